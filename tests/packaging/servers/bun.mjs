// The services on Bun.

import { Multiplexer } from 'strandmux';
import { webSockets } from './bun-socket.mjs';
import { serve } from './services.mjs';

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    if (!server.upgrade(request)) return new Response('this is a WebSocket', { status: 426 });
  },
  websocket: webSockets((socket) => serve(new Multiplexer(socket, { role: 'server' }))),
});
console.log(`listening on http://127.0.0.1:${server.port}`);
