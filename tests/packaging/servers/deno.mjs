// The services on Deno.

import { Multiplexer } from 'strandmux';
import { serve } from './services.mjs';

Deno.serve({
  hostname: '127.0.0.1',
  port: 0,
  onListen: ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
  handler(request) {
    const { socket, response } = Deno.upgradeWebSocket(request);
    serve(new Multiplexer(socket, { role: 'server' }));
    return response;
  },
});
