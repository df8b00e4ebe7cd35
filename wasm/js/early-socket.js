// A WebSocket that connects while the WebAssembly is compiled, and keeps what happens meanwhile.

const KEPT = ['message', 'close'];

export class EarlySocket {
  #socket;
  #events = [];

  constructor(socket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    for (const type of KEPT) socket.addEventListener(type, this);
  }

  /** Begins to connect; undefined if something is wrong with that. */
  static open(url, options) {
    try {
      const protocols = [options?.protocols ?? []].flat();
      const isWrong = !/^wss?:/i.test(url) || protocols.some((it) => typeof it !== 'string');
      if (isWrong || options?.signal?.aborted) return undefined;
      return new EarlySocket(new WebSocket(url, protocols));
    } catch {
      return undefined;
    }
  }

  /** Calls `take`, which listens to the socket before it returns, and has it hear what has happened so far. */
  handTo(take) {
    for (const type of KEPT) this.#socket.removeEventListener(type, this);
    const taken = take(this.#socket);
    for (const event of this.#events) this.#socket.dispatchEvent(event);
    return taken;
  }

  close() {
    for (const type of KEPT) this.#socket.removeEventListener(type, this);
    this.#socket.close();
  }

  handleEvent(event) {
    this.#events.push(event);
  }
}
