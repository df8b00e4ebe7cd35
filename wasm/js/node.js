// The package in Node, Deno and Bun: the WebAssembly is read from its file when it is first needed.

import { readFileSync } from 'node:fs';
import { provide } from './init.js';

provide({ now: () => readFileSync(new URL('./strandmux.wasm', import.meta.url)) });

export * from './exports.js';
