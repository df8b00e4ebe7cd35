// How the WebAssembly comes, beside the WebSocket that connects meanwhile. In Node with its own WebSocket, by the
// entry `slim`, so that the test decides when it comes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { after, before, beforeEach, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { installed, work } from './lib/packed.mjs';

const bytes = await readFile(`${installed}strandmux.wasm`);
/** The server opens stream 2, with a window of 16 bytes. */
const SERVER_OPENS = Uint8Array.of(1, 2, 16);
let server;
let url;

before(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${server.address().port}/`;
});
after(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

let slim;
let count = 0;
beforeEach(async () => {
  // A copy for each test, as modules of the same name are shared and the WebAssembly with them.
  count += 1;
  const copy = `${work}loading/${count}/`;
  await rm(copy, { recursive: true, force: true });
  await cp(installed, copy, { recursive: true });
  slim = await import(`${copy}slim.js`);
});

/** The WebAssembly, when the test says so. */
function held() {
  let settle;
  const promise = new Promise((resolve, reject) => (settle = { release: () => resolve(bytes), fail: reject }));
  return { promise, ...settle };
}

/** The server's side of the connection that is made next. */
async function accepted() {
  const [socket] = await once(server, 'connection');
  return socket;
}

async function refusal(promise) {
  const error = await promise.then(() => undefined, (error) => error);
  assert.ok(error instanceof Error, 'it was not refused');
  return error;
}

test('the socket connects while the WebAssembly is awaited, and what it receives meanwhile is kept', async () => {
  const wasm = held();
  const loaded = slim.init(wasm.promise);
  const accepting = accepted();
  const connecting = slim.Multiplexer.connect(url);
  const socket = await accepting;
  socket.send(SERVER_OPENS.subarray(0, 2));
  socket.send(SERVER_OPENS.subarray(2));
  // The answer comes after the messages.
  socket.ping();
  await once(socket, 'pong');
  wasm.release();
  await loaded;
  const mux = await connecting;
  assert.ok(mux instanceof slim.Multiplexer);
  assert.equal((await mux.acceptStream()).id, 2n);
  await mux.close();
});

test('a server that closes meanwhile has refused the connection', async () => {
  const wasm = held();
  slim.init(wasm.promise);
  const accepting = accepted();
  const connecting = slim.Multiplexer.connect(url);
  const socket = await accepting;
  socket.close(4_001, 'go away');
  await once(socket, 'close');
  wasm.release();
  assert.equal((await refusal(connecting)).code, 'connect_failed');
});

test('a signal that aborts meanwhile ends it, and closes the socket', async () => {
  const wasm = held();
  const loaded = slim.init(wasm.promise);
  const accepting = accepted();
  const controller = new AbortController();
  const connecting = slim.Multiplexer.connect(url, { signal: controller.signal });
  const closed = once(await accepting, 'close');
  controller.abort(new Error('enough'));
  assert.equal((await refusal(connecting)).message, 'enough');
  await closed;
  // Others wait for the same WebAssembly.
  wasm.release();
  await loaded;
  const mux = await slim.Multiplexer.connect(url);
  await mux.close();
});

test('a signal that has aborted makes no connection', async () => {
  const connections = server.clients.size;
  const reason = new Error('too late');
  const connecting = slim.Multiplexer.connect(url, { signal: AbortSignal.abort(reason) });
  assert.equal(await refusal(connecting), reason);
  assert.equal(server.clients.size, connections);
});

test('WebAssembly that fails to come fails the connect with its cause, and can be had again', async () => {
  const wasm = held();
  const loaded = refusal(slim.init(wasm.promise));
  const accepting = accepted();
  const connecting = slim.Multiplexer.connect(url);
  const closed = once(await accepting, 'close');
  const cause = new Error('no network');
  wasm.fail(cause);
  const error = await refusal(connecting);
  assert.deepEqual([error.code, error.cause], ['wasm_failed', cause]);
  assert.equal((await loaded).code, 'wasm_failed');
  await closed;
  await slim.init(bytes);
  const mux = await slim.Multiplexer.connect(url);
  await mux.close();
});

test('wrong options are refused and the socket closed, also if they are seen late', async () => {
  const wasm = held();
  slim.init(wasm.promise);
  const accepting = accepted();
  const connecting = slim.Multiplexer.connect(url, { acceptBacklog: 'many' });
  const closed = once(await accepting, 'close');
  wasm.release();
  const error = await refusal(connecting);
  assert.deepEqual([error.constructor, error.code], [TypeError, 'invalid_option']);
  await closed;
});

test('wrong URLs are refused', async () => {
  await slim.init(bytes);
  for (const wrong of ['http://127.0.0.1/', '/mux', 7]) {
    const error = await refusal(slim.Multiplexer.connect(wrong));
    assert.deepEqual([error.constructor, error.code], [TypeError, 'invalid_url']);
  }
});

test('without its WebAssembly it says so', async () => {
  const socket = new WebSocket(url);
  assert.throws(() => new slim.Multiplexer(socket), { code: 'not_initialized' });
  socket.close();
  assert.equal((await refusal(slim.Multiplexer.connect(url))).code, 'not_initialized');
  assert.equal((await refusal(slim.init())).code, 'not_initialized');
});

test('while it is awaited the constructor refuses, and then works', async () => {
  const wasm = held();
  const loaded = slim.init(wasm.promise);
  const socket = new WebSocket(url);
  assert.throws(() => new slim.Multiplexer(socket), { code: 'not_initialized' });
  wasm.release();
  await loaded;
  const mux = new slim.Multiplexer(socket);
  await mux.close();
});

test('calls at the same time share one instance', async () => {
  const wasm = held();
  const calls = [slim.init(wasm.promise), slim.init(bytes), slim.init()];
  const connecting = [slim.Multiplexer.connect(url), slim.Multiplexer.connect(url)];
  wasm.release();
  await Promise.all(calls);
  for (const mux of await Promise.all(connecting)) await mux.close();
});

for (const [what, source] of [
  ['a view', () => bytes],
  ['a buffer', () => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)],
  ['a module', () => new WebAssembly.Module(bytes)],
  ['a response', () => new Response(bytes, { headers: { 'content-type': 'application/wasm' } })],
  ['a promise', async () => new Response(bytes, { headers: { 'content-type': 'application/wasm' } })],
  ['a URL', () => `data:application/wasm;base64,${bytes.toString('base64')}`],
  ['a URL object', () => new URL(`data:application/wasm;base64,${bytes.toString('base64')}`)],
]) {
  test(`init takes ${what}`, async () => {
    await slim.init(source());
    const mux = await slim.Multiplexer.connect(url);
    assert.equal(mux.addr, 'multiplexer:odd');
    await mux.close();
  });
}

test('init refuses what is no WebAssembly', async () => {
  const missing = new Response('no such file', { status: 404 });
  for (const source of [missing, Uint8Array.of(0, 97), 'data:text/html,no', {}, 7]) {
    assert.equal((await refusal(slim.init(source))).code, 'wasm_failed', String(source));
  }
});

test('a class of the user\'s own connects as itself', async () => {
  class Mine extends slim.Multiplexer {}
  await slim.init(bytes);
  const mux = await Mine.connect(url);
  assert.ok(mux instanceof Mine);
  await mux.close();
});
