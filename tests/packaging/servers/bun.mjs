// The services on Bun, by the adapter of the package's README.

import { Multiplexer } from 'strandmux';
import { serve } from './services.mjs';

class ServerSocket extends EventTarget {
  readyState = 1;
  constructor(socket) { super(); this.socket = socket; }
  getBufferedAmount() { return this.socket.getBufferedAmount(); }
  send(bytes, onSent) { this.onSent = onSent; this.socket.sendBinary(bytes); }
  close(code, reason) { this.readyState = 2; this.socket.close(code, reason); }
}

const server = Bun.serve({
  port: 0,
  fetch(request, server) {
    if (server.upgrade(request, { data: {} })) return;
    return new Response("a WebSocket is expected", { status: 426 });
  },
  websocket: {
    maxPayloadLength: 65_548,
    open(ws) {
      ws.data.socket = new ServerSocket(ws);
      serve(new Multiplexer(ws.data.socket, { role: "server" }));
    },
    message(ws, data) { ws.data.socket.dispatchEvent(new MessageEvent("message", { data })); },
    drain(ws) { ws.data.socket.onSent?.(); },
    close(ws, code, reason) {
      ws.data.socket.readyState = 3;
      ws.data.socket.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: code !== 1006 }));
    },
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);
