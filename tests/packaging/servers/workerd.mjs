// workerd as a server of the services, and as a client: `/?server=URL&text=TEXT` drives that server's services and answers
// with a line for each case.

import { Multiplexer } from 'strandmux';
import { runCases } from '../../interop/run.mjs';
import { serve } from './services.mjs';

export default {
  async fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') return accept();
    const { searchParams } = new URL(request.url);
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const encoder = new TextEncoder();
    const report = (line) => writer.write(encoder.encode(`${line}\n`));
    const connect = (options) => Multiplexer.connect(searchParams.get('server'), options);
    runCases(connect, report, searchParams.get('text') ?? '').finally(() => writer.close());
    return new Response(readable);
  },
};

function accept() {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  serve(new Multiplexer(server, { role: 'server' }));
  return new Response(null, { status: 101, webSocket: client });
}
