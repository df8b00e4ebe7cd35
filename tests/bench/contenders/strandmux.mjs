// This project, through the streams of the platform.

import { Multiplexer } from './package.mjs';
import { PairStream } from './pair.mjs';

// A server accepts at once, but a hundred opens can come in one message.
const OPTIONS = { acceptBacklog: 1024 };

/** Both ends over streams that `wrap` makes of the package's own. */
export function over(wrap) {
  return {
    async connect(url) {
      const mux = await Multiplexer.connect(url);
      return {
        mux,
        open: async () => wrap(await mux.openStream()),
        // A stream whose ReadableStream and WritableStream nobody has asked for.
        openUntouched: () => mux.openStream(),
        close: () => mux.close(),
      };
    },

    async accept(socket, onStream) {
      const mux = new Multiplexer(socket, { role: 'server', ...OPTIONS });
      for await (const stream of mux) onStream(wrap(stream));
    },
  };
}

export const { connect, accept } = over((stream) => new PairStream(stream, () => stream.close()));
