// For what lets streams come and go, in a page and in Node.

/** The ways in which a stream ends. */
export const endings = [
  (stream) => stream.close(),
  (stream) => stream.closeWrite(),
  (stream) => stream.readable.cancel(),
  (stream) => stream.writable.abort(),
  (stream) => stream.free(),
  // Left as it is.
  () => {},
  async (stream) => {
    await stream.writable.getWriter().close();
    for await (const _ of stream.readable);
  },
  // While a write waits.
  async (stream) => {
    const written = stream.writable.getWriter().write(bulk);
    await stream.close();
    await written.catch(() => {});
  },
];

/** Gives up an open, a read and a write while they wait. `first` is what the echo at the other end has to be told. */
export async function giveUp(mux, first = new Uint8Array()) {
  const stream = await mux.openStream();
  await stream.write(first);
  const giving = new AbortController();
  const { signal } = giving;
  const waits = [mux.openStream({ signal }), stream.read(1, { signal }), stream.write(bulk, { signal })];
  // Time for them to be sent, and none for answers.
  for (let turns = 0; turns < 10; turns += 1) await undefined;
  if (mux.stats().unacceptedOutbound === 0) throw new Error('no open is under way');
  giving.abort();
  for (const { reason } of await Promise.allSettled(waits)) {
    if (reason !== signal.reason) throw new Error(`not given up: ${reason}`);
  }
  await stream.close();
}

/** More than a window. */
const bulk = new Uint8Array(1 << 20);
