#!/usr/bin/env node
// Many connections and streams, one after another, that end in every way: nothing of them may stay in memory.
//
//     node --expose-gc tests/interop/churn.mjs [CYCLES]

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket, { WebSocketServer } from 'ws';
import { endings } from '../e2e/pages/endings.mjs';
import { connect, Multiplexer } from './client.mjs';

const CYCLES = Number(process.argv[2] ?? 560);
/** So many leave their garbage behind at a time. */
const BATCH = 80;
/** Looks at the memory that are left out at first, and that are compared then and at the end: single ones vary. */
const WARM_UP = 1;
const COMPARED = 2;
/** What the memory may grow by, in bytes: much less than if something small stayed of every stream. */
const TOLERANCE = 300_000;

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', async (socket) => {
  const mux = new Multiplexer(socket, { role: 'server' });
  for await (const stream of mux) stream.readable.pipeTo(stream.writable).catch(() => {});
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
console.log('garbage closes');
server.close();
for (const socket of server.clients) socket.terminate();
