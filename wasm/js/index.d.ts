import type { WasmSource } from './exports.js';

export * from './exports.js';

/**
 * Instantiates the WebAssembly, which `Multiplexer.connect` also does by itself. Calls at the same time share one
 * instantiation, later ones do nothing; one that failed can be repeated.
 *
 * Only browsers need it, and only before `new Multiplexer`: Node, Deno, Bun and workerd instantiate at once what they need.
 *
 * Rejects with the code `wasm_failed` and the reason as `cause`, such as a Content-Security-Policy without
 * `'wasm-unsafe-eval'`.
 *
 * @param source In place of the package's own file.
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void>;
