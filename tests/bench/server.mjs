// One contender's server: a process that serves the page, and the services over WebSockets at /ws.
//
// Usage: node server.mjs CONTENDER
// Prints `listening on PORT`, and ends with its standard input.

import './contenders/with-resolvers.mjs';

import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket, { WebSocketServer } from 'ws';
import { contenders } from './contenders/index.mjs';
import { serve } from './services.mjs';

const types = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };
const folders = {
  '/pkg/': new URL('../../wasm/pkg/', import.meta.url),
  '/bundle/': new URL('../../target/bench/bundle/', import.meta.url),
};

/** A page of which timers are exact (it is cross-origin isolated), and the files it loads. */
function respond(request, response) {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/') {
    response.setHeader('Content-Type', types['.html']);
    response.end('<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,">');
    return;
  }
  const folder = Object.keys(folders).find((prefix) => pathname.startsWith(prefix));
  const file = folder && createReadStream(fileURLToPath(new URL(pathname.slice(folder.length), folders[folder])));
  if (!file) return void response.writeHead(404).end();
  response.setHeader('Content-Type', types[extname(pathname)] ?? 'application/octet-stream');
  file.on('error', () => response.writeHead(404).end());
  file.pipe(response);
}

// Node 20 has none of its own, and a library looks for the constants of the class.
globalThis.WebSocket ??= WebSocket;

// Connections and streams end in the middle of things, as the page that measured is closed.
const ignore = () => {};
process.on('unhandledRejection', ignore);

const { file, settings } = contenders[process.argv[2]];
const contender = await import(`./contenders/${file}`);
contender.setup?.(settings ?? {});

const server = createServer(respond);
const sockets = new WebSocketServer({ server, path: '/ws', handleProtocols: contender.chooseProtocol });
sockets.on('connection', (socket, request) => {
  socket.on('error', ignore);
  Promise.resolve(contender.accept(socket, (stream) => serve(stream).catch(ignore), request)).catch(ignore);
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));

process.stdin.resume();
process.stdin.on('end', () => process.exit());
