// Deno imports the WebAssembly itself, for which it asks no permission.

import source wasm from 'strandmux/strandmux.wasm';
import { init, Multiplexer } from 'strandmux/slim';
import { roundTrip } from '../program.js';

await init(wasm);
console.log(await roundTrip(Multiplexer, Deno.args[0]));
