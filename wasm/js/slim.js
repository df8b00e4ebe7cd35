// The package without its WebAssembly, which the user brings: `await init(source)`.

export * from './exports.js';
