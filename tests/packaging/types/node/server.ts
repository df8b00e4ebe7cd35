// A server in Node, compiled without the types of browsers.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { Multiplexer, type Stream, type StrandmuxError } from 'strandmux';
import * as slim from 'strandmux/slim';
import { WebTransport } from 'strandmux/webtransport';

/** What the package ws gives, as far as it matters here. */
declare function accept(server: ReturnType<typeof createServer>, onSocket: (socket: object) => void): void;

export function main(): void {
  const server = createServer().listen(8080);
  accept(server, (socket) => void serve(new Multiplexer(socket, { role: 'server' })));
}

async function serve(mux: Multiplexer): Promise<void> {
  for await (const stream of mux) void echo(stream).catch((error: StrandmuxError) => console.error(error.code));
  const { code, reason } = await mux.closed;
  console.log(code, reason);
}

async function echo(stream: Stream): Promise<void> {
  const first: Uint8Array | null = await stream.read(1_024, { signal: AbortSignal.timeout(1_000) });
  if (first) await stream.write(first);
  await stream.readable.pipeTo(stream.writable);
}

export async function client(): Promise<void> {
  await slim.init(await readFile('strandmux.wasm'));
  await slim.init(new URL('https://localhost/strandmux.wasm'));
  const mux = await slim.Multiplexer.connect(new URL('ws://localhost:8080/'));
  const stream = await mux.openStream();
  const reader = stream.readable.getReader({ mode: 'byob' });
  const { value } = await reader.read(new Uint8Array(10));
  console.log(value?.length);
  const session = new WebTransport('http://localhost:8080/');
  await session.ready;
  await mux.close();
}
