// The package in browsers and in what bundlers make for them: the WebAssembly is a file beside this one.

import { provide } from './init.js';

provide({ later: () => new URL('./strandmux.wasm', import.meta.url) });

export * from './exports.js';
