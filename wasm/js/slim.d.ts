import type { WasmSource } from './exports.js';

export * from './exports.js';

/**
 * Instantiates the WebAssembly, which has to be done before anything else. Calls at the same time share one
 * instantiation, later ones do nothing; one that failed can be repeated.
 *
 * Rejects with the code `wasm_failed` and the reason as `cause`, such as a Content-Security-Policy without
 * `'wasm-unsafe-eval'`.
 *
 * @param source The contents of `strandmux/strandmux.wasm` of the same version of this package.
 */
export function init(source: WasmSource | Promise<WasmSource>): Promise<void>;
