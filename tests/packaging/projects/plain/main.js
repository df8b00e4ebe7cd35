import { init, Multiplexer } from '/strandmux/index.js';
import { roundTrip, sameOrigin, show } from '/program.js';

/** The constructor needs to be told that the WebAssembly is there, as it cannot wait. */
async function all() {
  const early = await code(() => new Multiplexer(new WebSocket(sameOrigin())));
  if (early !== 'not_initialized') throw new Error(`before init: ${early}`);
  const result = await roundTrip(Multiplexer, sameOrigin());
  await init();
  const mux = new Multiplexer(new WebSocket(sameOrigin()));
  await (await mux.openStream()).close();
  await mux.close();
  return result;
}

async function code(attempt) {
  try {
    await attempt();
    return 'no error';
  } catch (error) {
    return error.code;
  }
}

show(all());
