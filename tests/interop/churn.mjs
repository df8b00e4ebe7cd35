#!/usr/bin/env node
// Many connections and streams, one after another, that end in every way: nothing of them may stay in memory.
//
//     node --expose-gc tests/interop/churn.mjs [CYCLES]

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { WebSocketServer } from 'ws';
import { endings, giveUp } from '../e2e/pages/endings.mjs';
import { connect, Multiplexer } from './client.mjs';

const CYCLES = Number(process.argv[2] ?? 1_120);
/** So many leave their garbage behind at a time. */
const BATCH = 80;
/**
 * Looks at the memory that are left out at first, and that are compared then and at the end: single ones vary. The engine
 * takes 400 kB more once, for code that it optimises after some hundred connections.
 */
const WARM_UP = 6;
const COMPARED = 3;
/** What the memory may grow by, in bytes: much less than if something small stayed of every stream. */
const TOLERANCE = 300_000;

const echoed = (stream) => void stream.readable.pipeTo(stream.writable).catch(() => {});
let serve = echoed;

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', async (socket) => {
  const mux = new Multiplexer(socket, { role: 'server' });
  for await (const stream of mux) serve(stream);
});
await once(server, 'listening');
const url = `ws://127.0.0.1:${server.address().port}`;

async function echo(stream) {
  const writer = stream.writable.getWriter();
  await writer.write(new Uint8Array(1_000));
  writer.releaseLock();
  const reader = stream.readable.getReader();
  for (let got = 0; got < 1_000; ) got += (await reader.read()).value.length;
  reader.releaseLock();
}

async function cycle(number) {
  const { mux, terminate } = connect(url);
  const signal = new AbortController();
  mux.incomingStreams.getReader().closed.catch(() => {});
  const waits = [mux.acceptStream({ signal: signal.signal }), mux.acceptStream()];
  for (const wait of waits) wait.catch(() => {});
  for (const end of endings) {
    const stream = await mux.openStream({ priority: number % 8 });
    await echo(stream);
    await end(stream);
  }
  await giveUp(mux);
  signal.abort();
  mux.openStream({ signal: signal.signal }).catch(() => {});
  mux.stats();
  if (number % 3 === 0) terminate();
  else await mux.close();
  await mux.closed.catch(() => {});
}

/** Collects what is garbage, over and over, as what finalizers let go of is found later. Gives the bytes left. */
async function settled() {
  let least = Infinity;
  for (let turns = 0; turns < 20; turns += 1) {
    globalThis.gc();
    await sleep(2);
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

const looks = [];
for (let number = 1; number <= CYCLES; number += 1) {
  await cycle(number);
  if (number % BATCH === 0) {
    looks.push(await settled());
    console.log(`after ${number} connections: ${looks.at(-1)} bytes`);
  }
}
const before = Math.max(...looks.slice(WARM_UP, WARM_UP + COMPARED));
const after = Math.min(...looks.slice(-COMPARED));
assert.ok(after - before < TOLERANCE, `the memory grew by ${after - before} bytes`);

// A multiplexer that nobody holds closes by itself.
const left = new WebSocket(url);
await once(left, 'open');
(() => void new Multiplexer(left))();
const closed = once(left, 'close');
for (let turns = 0; left.readyState === WebSocket.OPEN; turns += 1) {
  assert.ok(turns < 1_000, 'garbage is not closed');
  await settled();
}
const [code] = await closed;
assert.equal(code, 1_000);
console.log('a multiplexer that is garbage closes');

/** Opens a stream and drops it, but for what `keep` takes of it. Gives that, and the stream at its other end. */
async function leave(mux, keep) {
  const accepted = new Promise((resolve) => (serve = resolve));
  const kept = await (async () => {
    const stream = await mux.openStream();
    // So that they are made.
    for (const made of [stream.readable, stream.writable]) assert.equal(made.locked, false);
    return keep(stream);
  })();
  return { kept, peer: await accepted };
}

/** Collects garbage until it is so. */
async function becomes(isSo) {
  for (let turns = 0; !isSo(); turns += 1) {
    assert.ok(turns < 200, 'garbage is not closed');
    await settled();
  }
}

// So does a stream, and one of which somebody holds a part does not.
const { mux } = connect(url);
const dropped = await leave(mux, () => undefined);
let end;
dropped.peer.read().then((value) => (end = value));
await becomes(() => end !== undefined);
assert.equal(end, null);
await dropped.peer.close();
await becomes(() => mux.stats().outboundStreams === 0);
for (const [part, keep] of [['readable', (stream) => stream.readable], ['writable', (stream) => stream.writable]]) {
  const { kept, peer } = await leave(mux, keep);
  let read;
  peer.read().then((value) => (read = value), (error) => (read = error));
  for (let turns = 0; turns < 5; turns += 1) await settled();
  assert.equal(read, undefined, `the stream ended, although its ${part} is held`);
  if (part === 'readable') {
    await peer.write(Uint8Array.of(7));
    assert.deepEqual([...(await kept.getReader().read()).value], [7]);
  } else {
    await kept.getWriter().write(Uint8Array.of(7));
    await becomes(() => read !== undefined);
    assert.deepEqual([...read], [7]);
  }
}
await mux.close();
console.log('a stream that is garbage closes');
server.close();
for (const socket of server.clients) socket.terminate();
