// The package in workerd, which compiles no WebAssembly at run time: it is imported as a module.

import module from './strandmux.wasm';
import { provide } from './init.js';

provide({ now: () => module });

export * from './exports.js';
