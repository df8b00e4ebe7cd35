/** What an import of it gives depends on the platform or bundler: a module, or the URL of the file. */
declare const wasm: WebAssembly.Module | string;
export default wasm;
