// The WebAssembly inside the bundle: esbuild's loader `binary` makes its bytes of it.

import { init, Multiplexer } from 'strandmux/slim';
import wasm from 'strandmux/strandmux.wasm';
import { roundTrip, sameOrigin, show } from '../program.js';

async function all() {
  await init(wasm);
  return roundTrip(Multiplexer, sameOrigin());
}

show(all());
