// `await using`, on platforms that have the symbol, that have it from a polyfill, and that lack it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { WebSocketServer } from 'ws';
import * as node from 'strandmux';
import { installed, work } from './lib/packed.mjs';

const bytes = await readFile(`${installed}strandmux.wasm`);
let server;
let url;

before(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${server.address().port}/`;
  server.on('connection', (socket) => {
    const mux = new node.Multiplexer(socket, { role: 'server' });
    mux.acceptStream().catch(() => {});
  });
});
after(() => server.close());

/** The package where another expression takes the place of the symbol. */
async function packageWith(symbol) {
  const outfile = `${work}disposal/${symbol}.mjs`;
  const define = { 'Symbol.asyncDispose': symbol };
  await build({ entryPoints: [`${installed}slim.js`], outfile, bundle: true, format: 'esm', define });
  const slim = await import(outfile);
  await slim.init(bytes);
  return slim;
}

/** Disposes of a stream and a multiplexer, which closes them. */
async function dispose({ Multiplexer }, symbol) {
  const mux = await Multiplexer.connect(url);
  const stream = await mux.openStream();
  assert.equal(await stream[symbol](), undefined);
  await assert.rejects(stream.write(Uint8Array.of(1)), { code: 'stream_closed' });
  assert.equal(await mux[symbol](), undefined);
  assert.deepEqual({ ...(await mux.closed) }, { code: 1_000, reason: '' });
}

function members({ Multiplexer, Stream }) {
  const classes = [Object.getPrototypeOf(Multiplexer), Multiplexer, Stream];
  return classes.flatMap(({ prototype }) => Reflect.ownKeys(prototype));
}

test('the symbol of the platform', () => dispose(node, Symbol.asyncDispose));

test('the symbol of a polyfill', async () => {
  globalThis.polyfill = Symbol('asyncDispose');
  await dispose(await packageWith('polyfill'), globalThis.polyfill);
});

test('without the symbol there is no member in its place', async () => {
  const slim = await packageWith('undefined');
  assert.ok(members(node).includes(Symbol.asyncDispose));
  const without = members(node).filter((name) => name !== Symbol.asyncDispose);
  assert.deepEqual(members(slim), without);
  const mux = await slim.Multiplexer.connect(url);
  await mux.close();
});
