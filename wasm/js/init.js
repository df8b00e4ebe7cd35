// The WebAssembly behind the classes: instantiated once, by whichever entry asks first.

import instantiate, { initSync } from './bindings.js';
import { error } from './error.js';

let isInstantiated = false;
/** The instantiation under way, for all who ask meanwhile. */
let pending;
/** Where an entry has the WebAssembly from. */
let provided = {};

/**
 * For the entries: how to come by the WebAssembly without being given it, `now` (returns bytes or a module) or
 * `later` (returns what `init` takes).
 */
export function provide({ now, later }) {
  provided = { now, later };
}

export function isReady() {
  return isInstantiated;
}

/**
 * Instantiates the WebAssembly, unless that was done. `source` is its bytes, a `Response`, a URL or a
 * `WebAssembly.Module`, or a promise for one of them.
 */
export async function init(source) {
  if (isInstantiated) return;
  if (!pending && source === undefined && provided.now) return initNow();
  pending ??= load(source ?? provided.later?.()).finally(() => (pending = undefined));
  await pending;
}

/** Instantiates the WebAssembly before it returns, where that is possible. */
export function initNow() {
  if (isInstantiated) return;
  // One instance would replace the other, and with it the memory of all that was made in it.
  if (pending) throw error('not_initialized', 'the WebAssembly is not instantiated yet: await init() first');
  if (!provided.now) throw error('not_initialized', 'the WebAssembly is not instantiated: call init() first, and await it');
  try {
    initSync({ module: provided.now() });
  } catch (cause) {
    throw failed(cause);
  }
  isInstantiated = true;
}

async function load(source) {
  if (source === undefined) {
    throw error('not_initialized', 'this entry has no WebAssembly of its own: pass it to init() first');
  }
  try {
    await instantiate({ module_or_path: await fetched(await source) });
  } catch (cause) {
    throw failed(cause);
  }
  isInstantiated = true;
}

/** A response for a URL, and bytes for one that cannot be compiled while it arrives; anything else as it is. */
async function fetched(source) {
  const isUrl = typeof source === 'string' || source instanceof URL;
  const response = isUrl ? await fetch(source) : source;
  if (!(response instanceof Response)) return response;
  if (!response.ok) throw new Error(`${response.url} answers with the status ${response.status}`);
  const isWasm = response.headers.get('content-type') === 'application/wasm';
  return isWasm ? response : response.arrayBuffer();
}

function failed(cause) {
  return error('wasm_failed', `the WebAssembly cannot be loaded: ${cause?.message ?? cause}`, cause);
}
