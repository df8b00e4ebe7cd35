// A connection of `Bun.serve`, whose events are calls of handlers that all connections share, in the shape of a WebSocket.

class BunSocket extends EventTarget {
  #connection;

  constructor(connection) {
    super();
    this.#connection = connection;
    connection.binaryType = 'arraybuffer';
  }

  get readyState() {
    return this.#connection.readyState;
  }

  get bufferedAmount() {
    return this.#connection.getBufferedAmount();
  }

  send(bytes) {
    this.#connection.send(bytes);
  }

  close(code, reason) {
    this.#connection.close(code, reason);
  }
}

/** Handlers for `Bun.serve({ websocket })` that call `accept` with the WebSocket of each connection. */
export function webSockets(accept) {
  return {
    open(connection) {
      connection.data = new BunSocket(connection);
      accept(connection.data);
    },
    message(connection, data) {
      connection.data.dispatchEvent(new MessageEvent('message', { data }));
    },
    close(connection, code, reason) {
      connection.data.dispatchEvent(new CloseEvent('close', { code, reason, wasClean: code !== 1006 }));
    },
  };
}
