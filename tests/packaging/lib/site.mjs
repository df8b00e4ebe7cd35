// A site that serves directories, and hands WebSockets on to a server of their own, as from the same origin.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

export class Site {
  #server = createServer((request, response) => this.#answer(request, response));
  #folders;
  #sockets = new Set();

  /** `folders` is a list of `{ path, directory, headers }`, or of a single file; WebSockets go to `port` of this machine. */
  constructor(folders, port) {
    this.#folders = folders;
    this.#server.on('connection', (socket) => this.#keep(socket));
    this.#server.on('upgrade', (request, socket, head) => this.#pass(request, socket, head, port));
  }

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A browser that goes away resets its connections.
    socket.on('error', () => socket.destroy());
  }

  async #answer(request, response) {
    const path = normalize(decodeURIComponent(new URL(request.url, this.url).pathname));
    const folder = this.#folders.find(({ path: prefix }) => path.startsWith(prefix));
    try {
      if (!folder) throw new Error('there is no such folder');
      const rest = path.slice(folder.path.length) || 'index.html';
      const name = folder.path.endsWith('/') ? join(folder.directory, rest) : folder.directory;
      const contents = await readFile(name);
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', ...folder.headers });
      response.end(contents);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('there is no such file\n');
    }
  }

  #pass(request, socket, head, port) {
    const upstream = connect(port, '127.0.0.1', () => {
      const headers = [];
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        headers.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}\r\n`);
      }
      upstream.write(`GET ${request.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    this.#keep(upstream);
    for (const [one, other] of [[socket, upstream], [upstream, socket]]) one.on('close', () => other.destroy());
  }
}
