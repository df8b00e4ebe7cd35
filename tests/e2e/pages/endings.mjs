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
];
