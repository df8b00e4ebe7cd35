import { Multiplexer } from '/strandmux/index.js';
import { roundTrip, sameOrigin, show } from '/program.js';

const sockets = [];
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    sockets.push(this);
  }
};

show(
  roundTrip(Multiplexer, sameOrigin()).catch((error) => {
    const isOpen = sockets.some(({ readyState }) => readyState < WebSocket.CLOSING);
    const kind = error.cause instanceof WebAssembly.CompileError ? 'CompileError' : error.cause;
    return `${error.code}, ${kind}, ${sockets.length} socket, ${isOpen ? 'left open' : 'closed'}`;
  }),
);
