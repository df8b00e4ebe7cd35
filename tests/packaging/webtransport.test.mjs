// `./webtransport` in Node, with its own WebSocket.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Multiplexer } from 'strandmux';
import { WebTransport, WebTransportBidirectionalStream, WebTransportError } from 'strandmux/webtransport';
import { WebSocketServer } from 'ws';
import { DemoServer } from '../e2e/server.mjs';
import { FOUND, useSession } from './projects/webtransport/program.js';

const demo = new DemoServer();
let server;
let url;

before(async () => {
  await demo.start();
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  url = `http://127.0.0.1:${server.address().port}/`;
});
after(async () => {
  for (const socket of server.clients) socket.terminate();
  server.close();
  await demo.kill();
});

/** A session that is ready, and the multiplexer and socket at its other end. */
async function pair(options, settings) {
  const accepting = once(server, 'connection');
  const session = new WebTransport(url, options);
  const [socket] = await accepting;
  const peer = new Multiplexer(socket, { role: 'server', ...settings });
  await session.ready;
  return { session, peer, socket };
}

async function refusal(promise) {
  const error = await promise.then(() => undefined, (error) => error);
  assert.ok(error instanceof Error, 'it was not refused');
  return error;
}

test('a program for WebTransport runs', async () => {
  assert.equal(await useSession(WebTransport, demo.url + 'mux'), FOUND);
});

test('it knows its state', async () => {
  const session = new WebTransport(demo.url + 'mux');
  assert.equal(session.reliability, 'pending');
  await session.ready;
  assert.deepEqual([session.reliability, session.congestionControl], ['reliable-only', 'default']);
  assert.equal(WebTransport.supportsReliableOnly, true);
  session.close();
  assert.deepEqual(await session.closed, { closeCode: 0, reason: '' });
});

test('close codes arrive as the numbers of a WebSocket, and come back', async () => {
  for (const [closeCode, code] of [[0, 1_000], [1, 4_101], [899, 4_999], [3_000, 3_000], [3_999, 3_999]]) {
    const { session, peer } = await pair();
    session.close({ closeCode, reason: 'why' });
    assert.deepEqual(await session.closed, { closeCode, reason: 'why' });
    assert.deepEqual({ ...(await peer.closed) }, { code, reason: 'why' });

    const { session: other, peer: closing } = await pair();
    await closing.close({ code, reason: 'so' });
    assert.deepEqual(await other.closed, { closeCode, reason: 'so' });
  }
});

test('codes that no session chooses are told from those that one does', async () => {
  // A peer that goes away, and those in Rust and in JavaScript that have seen an error.
  const seen = [[1_001, 0], [1_002, 1_002], [1_011, 1_011], [4_000, 4_000], [4_002, 4_002], [4_003, 4_003], [4_008, 4_008], [4_011, 4_011]];
  for (const [code, closeCode] of seen) {
    const accepting = once(server, 'connection');
    const session = new WebTransport(url);
    const [socket] = await accepting;
    await session.ready;
    socket.close(code, 'why');
    assert.deepEqual(await session.closed, { closeCode, reason: 'why' });
  }
});

test('close codes that a WebSocket does not have are refused, and nothing is closed', async () => {
  const { session, peer } = await pair();
  for (const closeCode of [-1, 900, 1_000, 2_999, 4_000, 2 ** 32, 1.5]) {
    assert.throws(() => session.close({ closeCode }), { code: 'unsupported' });
  }
  await Promise.all([session.createBidirectionalStream(), peer.acceptStream()]);
  session.close();
  await session.closed;
  // As for the platform's own.
  session.close({ closeCode: -1 });
});

test('a long reason is shortened between characters', async () => {
  const { session, peer } = await pair();
  session.close({ reason: `${'a'.repeat(122)}é` });
  assert.equal((await peer.closed).reason, 'a'.repeat(122));
});

test('what a WebSocket does not carry is refused', async () => {
  const { session } = await pair();
  assert.throws(() => session.datagrams, { code: 'unsupported' });
  assert.throws(() => session.createSendGroup(), { code: 'unsupported' });
  for (const promise of [
    session.createUnidirectionalStream(),
    session.getStats(),
    session.createBidirectionalStream({ sendGroup: {} }),
    session.incomingUnidirectionalStreams.getReader().read(),
  ]) {
    const error = await refusal(promise);
    assert.deepEqual([error.constructor, error.code], [Error, 'unsupported']);
  }
  assert.throws(() => new WebTransport(url, { requireUnreliable: true }), { code: 'unsupported' });
  assert.throws(() => new WebTransport(url, { serverCertificateHashes: [{}] }), { code: 'unsupported' });
  session.close();
});

/** What has arrived of the one stream when all of the other has, both with 2 MiB, the one's written first. */
async function arrivedBefore(open) {
  // Windows that hold up nobody.
  const { session, peer } = await pair({}, { streamReceiveWindow: 4 << 20 });
  const arrived = [0, 0];
  const reading = [0, 1].map(async (i) => {
    for await (const chunk of (await peer.acceptStream()).readable) arrived[i] += chunk.length;
    return arrived[0];
  });
  const [one, other] = await open(session);
  for (const { writable } of [one, other]) {
    const writer = writable.getWriter();
    writer.write(new Uint8Array(2 << 20));
    writer.close();
  }
  const before = await reading[1];
  assert.deepEqual([await reading[0], arrived[1]], [2 << 20, 2 << 20]);
  session.close();
  return before;
}

test('an error has what it was made with', () => {
  const made = new WebTransportError();
  assert.deepEqual([made.message, made.source, made.streamErrorCode, made.code], ['', 'stream', null, 'webtransport']);
  const cause = new Error('below');
  const other = new WebTransportError('why', { source: 'session', streamErrorCode: 7, code: 'mine', cause });
  assert.deepEqual([other.message, other.source, other.streamErrorCode, other.code, other.cause], ['why', 'session', 7, 'mine', cause]);
  const codes = [[0, 0], [-1, 0], [1.6, 2], [2 ** 32 - 1, 2 ** 32 - 1], [2 ** 40, 2 ** 32 - 1], [NaN, 0], [undefined, null]];
  for (const [given, kept] of codes) {
    assert.equal(new WebTransportError('', { streamErrorCode: given }).streamErrorCode, kept, String(given));
  }
});

/** A stream between a session and a peer with these settings. */
async function streamPair(settings) {
  const { session, peer, socket } = await pair({}, settings);
  const [stream, accepted] = await Promise.all([session.createBidirectionalStream(), peer.acceptStream()]);
  return { session, socket, stream, accepted };
}

test('an abort with a code ends the stream at the peer, or aborts it, without the code', async () => {
  for (const closeMeansAbort of [false, true]) {
    const { session, stream, accepted } = await streamPair({ closeMeansAbort });
    const reason = new WebTransportError('enough', { streamErrorCode: 7 });
    const writer = stream.writable.getWriter();
    await writer.write(Uint8Array.of(1));
    await writer.abort(reason);
    assert.equal(await refusal(writer.closed), reason);
    assert.deepEqual(await accepted.read(), Uint8Array.of(1));
    if (closeMeansAbort) assert.equal((await refusal(accepted.read())).code, 'aborted');
    else assert.equal(await accepted.read(), null);
    assert.equal((await refusal(accepted.write(Uint8Array.of(2)))).code, 'remote_closed');
    session.close();
  }
});

test('a cancel with a code is not noticed by the peer', async () => {
  const { session, stream, accepted } = await streamPair();
  await stream.readable.cancel(new WebTransportError('enough', { streamErrorCode: 7 }));
  // More than a window.
  await accepted.write(new Uint8Array(1 << 20));
  const writer = stream.writable.getWriter();
  await writer.write(Uint8Array.of(1));
  await writer.close();
  assert.deepEqual(await accepted.read(), Uint8Array.of(1));
  assert.equal(await accepted.read(), null);
  session.close();
});

test('streams fail with their own errors, and opening with one of the session', async () => {
  const { session, stream, socket } = await streamPair({ acceptBacklog: 1 });
  // The peer accepts none of them, and holds one.
  const opens = [session.createBidirectionalStream(), session.createBidirectionalStream()];
  const rejected = await refusal(Promise.race(opens));
  for (const open of opens) open.catch(() => {});
  assert.ok(rejected instanceof WebTransportError);
  assert.equal(rejected.cause.code, 'stream_rejected');
  const reading = stream.readable.getReader().read();
  socket.terminate();
  const error = await refusal(reading);
  assert.deepEqual([error.constructor, error.code, error.cause.code], [Error, 'multiplexer_closed', 'carrier_failed']);
});

test('streams of a higher order are sent first', async () => {
  const opened = async (session) => [
    await session.createBidirectionalStream({ sendOrder: -100 }),
    await session.createBidirectionalStream({ sendOrder: -2 }),
  ];
  const set = async (session) => {
    const streams = [await session.createBidirectionalStream(), await session.createBidirectionalStream()];
    assert.equal(streams[1].writable.sendOrder, 0);
    streams[1].writable.sendOrder = 1.5;
    assert.equal(streams[1].writable.sendOrder, 1);
    return streams;
  };
  for (const open of [opened, set]) assert.ok((await arrivedBefore(open)) < 1 << 20, open.name);
  const same = (session) => Promise.all([session.createBidirectionalStream(), session.createBidirectionalStream({ sendOrder: null })]);
  // About half or all of it: which stream is read faster depends on how its bytes came to lie together.
  assert.ok((await arrivedBefore(same)) > 3 << 18);
});

test('wrong URLs are refused at once', () => {
  for (const wrong of ['/mux', '', `${url}#part`]) {
    assert.throws(() => new WebTransport(wrong), { name: 'TypeError', code: 'invalid_url' });
  }
});

test('a URL of another kind is refused', async () => {
  const session = new WebTransport('ftp://127.0.0.1/');
  assert.equal((await refusal(session.ready)).code, 'invalid_url');
});

test('a server that is not there fails every promise with an error of the session', async () => {
  const session = new WebTransport('http://127.0.0.1:9/');
  const incoming = session.incomingBidirectionalStreams.getReader().read();
  for (const promise of [session.ready, session.closed, session.createBidirectionalStream(), incoming]) {
    const error = await refusal(promise);
    assert.ok(error instanceof WebTransportError);
    assert.deepEqual([error.name, error.source, error.code], ['WebTransportError', 'session', 'connect_failed']);
    assert.equal(error.cause.code, 'connect_failed');
  }
});

test('a session that is closed before it is ready never is', async () => {
  const session = new WebTransport(url);
  session.close();
  for (const promise of [session.ready, session.closed]) {
    assert.deepEqual((({ source, code }) => [source, code])(await refusal(promise)), ['session', 'session_closed']);
  }
});

test('a connection that is lost fails what waits', async () => {
  const { session, socket } = await pair();
  const incoming = session.incomingBidirectionalStreams.getReader().read();
  const opening = refusal(session.createBidirectionalStream());
  socket.terminate();
  const error = await refusal(session.closed);
  assert.ok(error instanceof WebTransportError);
  assert.equal(error.source, 'session');
  assert.equal((await opening).code, 'multiplexer_closed');
  assert.equal(await refusal(incoming), error);
});

test('options reach the multiplexer, and protocols the WebSocket', async () => {
  const { session, peer, socket } = await pair({ protocols: ['one'], multiplexer: { streamReceiveWindow: 0 } });
  assert.equal(socket.protocol, 'one');
  const [stream] = await Promise.all([session.createBidirectionalStream(), peer.acceptStream().then(async (accepted) => {
    const writing = accepted.writable.getWriter().write(Uint8Array.of(1));
    const first = await Promise.race([writing.then(() => 'written'), new Promise((resolve) => setTimeout(resolve, 100, 'waits'))]);
    assert.equal(first, 'waits');
    writing.catch(() => {});
  })]);
  assert.ok(stream instanceof WebTransportBidirectionalStream);
  session.close();
});
