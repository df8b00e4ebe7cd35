// The WebSocket itself: a socket for each stream, a message for each write.

import { listen, openSocket, send } from './paced.mjs';

// A browser delays connections while many others are under way to the same host.
export const openAtOnce = 4;

class SocketStream {
  constructor(socket) {
    this.socket = socket;
  }

  consume(onChunk) {
    return new Promise((resolve) => listen(this.socket, onChunk, resolve));
  }

  write(bytes) {
    return send(this.socket, bytes);
  }

  // There is no half-close: the client knows how much comes, and closes.
  end() {}

  close() {
    this.socket.close();
  }
}

export async function connect(url) {
  return { open: async () => new SocketStream(await openSocket(url)), close() {} };
}

export function accept(socket, onStream) {
  onStream(new SocketStream(socket));
}
