// This project, through the streams of the platform.

import { load } from './package.mjs';
import { PairStream } from './pair.mjs';

let loaded;

/** A server has to be ready before the first socket: what arrives on one meanwhile would be lost. */
export async function prepare() {
  loaded = await load();
}

/** Both ends over streams that `wrap` makes of the package's own. */
export function over(wrap) {
  return {
    async connect(url) {
      const { Multiplexer } = await load();
      const mux = await Multiplexer.connect(url, { acceptBacklog: 1024 });
      return {
        mux,
        open: async () => wrap(await mux.openStream()),
        // A stream whose ReadableStream and WritableStream nobody has asked for.
        openUntouched: () => mux.openStream(),
        close: () => mux.close(),
      };
    },

    async accept(socket, onStream) {
      const mux = new loaded.Multiplexer(socket, { role: 'server', acceptBacklog: 1024 });
      for await (const stream of mux) onStream(wrap(stream));
    },
  };
}

export const { connect, accept } = over((stream) => new PairStream(stream, () => stream.close()));
