// capnweb: a call that is given a ReadableStream and a WritableStream for each stream.

import { RpcTarget, newWebSocketRpcSession } from 'capnweb';
import { openSocket } from './paced.mjs';
import { PairStream } from './pair.mjs';

class Server extends RpcTarget {
  #onStream;

  constructor(onStream) {
    super();
    this.#onStream = onStream;
  }

  // What a call is given is its own until it returns.
  open(readable, writable) {
    return this.#onStream(new PairStream({ readable, writable }));
  }
}

export async function connect(url) {
  const session = newWebSocketRpcSession(await openSocket(url));
  return {
    async open() {
      const up = new TransformStream();
      const down = new TransformStream();
      session.open(up.readable, down.writable).catch(() => {});
      return new PairStream({ readable: down.readable, writable: up.writable });
    },
    close: () => session[Symbol.dispose](),
  };
}

export function accept(socket, onStream) {
  newWebSocketRpcSession(socket, new Server(onStream));
}
