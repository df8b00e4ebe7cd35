// The package under test, from wasm/pkg: the page is served it, Node reads it.

const isNode = typeof process !== 'undefined';
const root = isNode ? new URL('../../../wasm/pkg/', import.meta.url) : new URL('/pkg/', location);

const loaded = await import(new URL('strandmux.js', root));

/** The package's module, made ready for use. */
export async function load() {
  if (isNode) {
    const { readFile } = await import('node:fs/promises');
    loaded.initSync({ module: await readFile(new URL('strandmux_bg.wasm', root)) });
  } else {
    const { memory } = await loaded.default();
    globalThis.wasmBytes = () => memory.buffer.byteLength;
  }
  return loaded;
}
