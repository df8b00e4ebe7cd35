// The battery's cases. `options` are the connection's; `aside` cases run beside all others.

import { ramp, RampCheck, Receipt } from './bytes.mjs';
import { Call } from './call.mjs';
import { delay, equal, equalBytes, expectCode, ok } from './check.mjs';

const MIB = 1024 * 1024;
const encoder = new TextEncoder();

export const cases = [
  {
    name: 'idle past the heartbeat interval, then echo',
    aside: true,
    async body(mux) {
      const call = await Call.open(mux, 'ECHO');
      await pingPong(call, 1);
      // Longer than the 10 s after which either side gives up on a peer without heartbeats.
      await delay(12_000);
      await pingPong(call, 1);
      await call.close();
    },
  },
  ...[0, 1, 2, 100, 65_534, 65_535, 65_536, 65_537, 300_000, 4 * MIB].map((size) => ({
    name: `echo of ${size} bytes`,
    body: (mux) => echo(mux, size, 65_536),
  })),
  ...[[1, 500], [2, 2_000], [7, 20_000], [1_000, 200_000], [4_096, MIB], [65_535, 2 * MIB]].map(([cut, size]) => ({
    name: `echo of ${size} bytes in writes of ${cut}`,
    body: (mux) => echo(mux, size, cut),
  })),
  {
    name: 'echo whose command and payload share one write',
    async body(mux) {
      const call = Call.adopt(await mux.openStream());
      await call.write(encoder.encode('ECHO\npayload'));
      await call.end();
      equal(await call.readText(), 'payload');
      await call.close();
    },
  },
  {
    name: 'echo whose command arrives byte by byte',
    async body(mux) {
      const call = Call.adopt(await mux.openStream());
      for (const byte of encoder.encode('ECHO\npayload')) await call.write(Uint8Array.of(byte));
      await call.end();
      equal(await call.readText(), 'payload');
      await call.close();
    },
  },
  {
    name: '100 streams at once',
    body: (mux) => Promise.all(Array.from({ length: 100 }, (_, i) => echo(mux, 1_000 + i, 300))),
  },
  {
    name: '100 streams opened before the first answer, all open together',
    async body(mux) {
      const calls = await Promise.all(Array.from({ length: 100 }, () => Call.open(mux, 'ECHO')));
      equal(new Set(calls.map((call) => String(call.stream.id))).size, 100);
      await Promise.all(calls.map((call) => pingPong(call, 3)));
      await Promise.all(calls.map((call) => call.close()));
    },
  },
  ...[0, 1, 65_536, 64 * MIB].map((size) => ({
    name: `SINK of ${size} bytes`,
    body: (mux) => sink(mux, 'SINK', size),
  })),
  ...[0, 1, 65_535, 65_536, 64 * MIB].map((size) => ({
    name: `SOURCE of ${size} bytes`,
    body: (mux) => source(mux, size),
  })),
  {
    name: 'SINK and SOURCE of 16 MiB and ping-pong at once',
    async body(mux) {
      const call = await Call.open(mux, 'ECHO');
      let running = true;
      const bulk = Promise.all([sink(mux, 'SINK', 16 * MIB), source(mux, 16 * MIB)]).finally(() => (running = false));
      let rounds = 0;
      for (; running; rounds += 1) await pingPong(call, 1);
      await bulk;
      ok(rounds >= 3, `only ${rounds} round trips beside the transfers`);
      await call.close();
    },
  },
  {
    name: '1,000 times ping-pong',
    async body(mux) {
      const call = await Call.open(mux, 'ECHO');
      await pingPong(call, 1_000);
      await call.end();
      equal(await call.read(), undefined);
      await call.close();
    },
  },
  {
    name: 'SOURCE closed early with data in flight',
    async body(mux) {
      for (let round = 0; round < 10; round += 1) {
        const call = await Call.open(mux, `SOURCE ${64 * MIB}`);
        for (let i = 0; i < round; i += 1) await call.read();
        await call.close();
        await expectCode(call.write(Uint8Array.of(1)), 'stream_closed');
      }
    },
  },
  {
    name: 'SOURCE cancelled by its reader',
    async body(mux) {
      for (let round = 0; round < 10; round += 1) {
        const call = await Call.open(mux, `SOURCE ${64 * MIB}`);
        await call.read();
        await call.reader.cancel();
        await call.close();
      }
    },
  },
  {
    name: 'SINK and ECHO closed early with data in flight',
    async body(mux) {
      for (const service of ['SINK', 'ECHO', 'SINK', 'ECHO']) {
        const call = await Call.open(mux, service);
        for (const piece of ramp(60_000)) await call.write(piece);
        await call.close();
      }
    },
  },
  {
    name: 'close while a write waits for window',
    async body(mux) {
      const call = await Call.open(mux, 'HOLD 60000');
      const written = expectCode(writeRamp(call, MIB), 'stream_closed');
      await pingAside(mux, 5);
      await call.close();
      await written;
    },
  },
  {
    name: 'opens cancelled at once',
    async body(mux) {
      for (let round = 0; round < 20; round += 1) {
        const controller = new AbortController();
        const opened = mux.openStream({ signal: controller.signal });
        const reason = new Error('changed my mind');
        controller.abort(reason);
        equal(await opened.catch((error) => error), reason);
      }
    },
  },
  {
    name: 'opens cancelled after they have left',
    async body(mux) {
      for (let round = 0; round < 50; round += 1) {
        const controller = new AbortController();
        const opened = mux.openStream({ signal: controller.signal }).catch(() => {});
        // The open is on its way after a few turns of the microtask queue.
        for (let turn = 0; turn < 20; turn += 1) await null;
        controller.abort();
        await opened;
      }
      // They lie in the peer's backlog still, ten in the original, and must not crowd this one out.
      await (await Call.open(mux, 'ECHO')).close();
    },
  },
  {
    name: 'HOLD reads nothing',
    async body(mux) {
      const call = await Call.open(mux, 'HOLD 500');
      let fulfilled = false;
      const written = writeRamp(call, 4 * MIB).then(() => (fulfilled = true), () => {});
      await pingAside(mux, 20);
      equal(await call.readText(), '', 'the answer of HOLD');
      await call.close();
      await written;
      ok(!fulfilled, '4 MiB were written to a service that reads nothing');
    },
  },
  {
    name: 'SLOW reads everything in the end',
    body: (mux) => sink(mux, 'SLOW 256', 256 * 1024),
  },
  {
    name: 'DROP ends the stream and fails its writes',
    async body(mux) {
      const call = await Call.open(mux, 'DROP');
      equal(await call.readText(), '', 'the answer of DROP');
      await expectCode(writeRamp(call, MIB), 'remote_closed');
      await call.close();
    },
  },
  ...[[1, 1], [8, 100_000], [8, MIB]].map(([count, size]) => ({
    name: `DIAL ${count} ${size}`,
    body: (mux) => dialled(mux, count, size),
  })),
  {
    name: 'DIAL 100 1000, and 100 streams of our own at the same time',
    options: { acceptBacklog: 128 },
    body: (mux) => Promise.all([dialled(mux, 100, 1_000), ...Array.from({ length: 100 }, () => echo(mux, 1_000, 300))]),
  },
  ...['NONSENSE', '', 'echo'].map((line) => ({
    name: `unknown command ${JSON.stringify(line)}`,
    async body(mux) {
      const call = await Call.open(mux, line);
      equal(await call.readText(), 'ERROR unknown command\n');
      await call.close();
    },
  })),
];

async function writeRamp(call, size, cut) {
  for (const piece of ramp(size, cut)) await call.write(piece);
}

/** Reads a ramp of exactly `size` bytes and the end of the stream. */
async function readRamp(call, size) {
  const check = new RampCheck();
  for (let chunk; (chunk = await call.read());) check.take(chunk);
  equal(check.received, size, 'bytes before the end of the stream');
}

async function echo(mux, size, cut) {
  const call = await Call.open(mux, 'ECHO');
  const sent = writeRamp(call, size, cut).then(() => call.end());
  await Promise.all([readRamp(call, size), sent]);
  await call.close();
}

async function sink(mux, command, size) {
  const call = await Call.open(mux, command);
  // Hashed on the way: all of it at once would hold up the heartbeats.
  const receipt = new Receipt();
  for (const piece of ramp(size)) {
    receipt.add(piece);
    await call.write(piece);
  }
  await call.end();
  equal(await call.readText(), receipt.line());
  await call.close();
}

async function source(mux, size) {
  const call = await Call.open(mux, `SOURCE ${size}`);
  await readRamp(call, size);
  await call.close();
}

/** Sends 64 bytes and waits for them, `rounds` times. */
async function pingPong(call, rounds) {
  for (let round = 0; round < rounds; round += 1) {
    const ping = new Uint8Array(64).fill(round);
    await call.write(ping.slice());
    const pong = [];
    while (pong.length < ping.length) {
      const chunk = await call.read();
      ok(chunk, 'the echo ended early');
      pong.push(...chunk);
    }
    equalBytes(Uint8Array.from(pong), ping);
  }
}

async function pingAside(mux, rounds) {
  const call = await Call.open(mux, 'ECHO');
  await pingPong(call, rounds);
  await call.close();
}

/** Has the server open `count` streams to us and echoes each. */
async function dialled(mux, count, size) {
  const call = await Call.open(mux, `DIAL ${count} ${size}`);
  await Promise.all(
    Array.from({ length: count }, async () => {
      const incoming = Call.adopt(await mux.acceptStream());
      equal(incoming.stream.id % 2n, 0n, 'the parity of a stream of the server');
      const check = new RampCheck();
      for (let chunk; (chunk = await incoming.read());) {
        check.take(chunk);
        await incoming.write(chunk);
      }
      equal(check.received, size, 'bytes on a dialled stream');
      // The server may close its stream as soon as it has every byte back.
      await incoming.end().catch((error) => equal(error.code, 'remote_closed'));
      await incoming.close();
    }),
  );
  equal(await call.readText(), `OK ${count}\n`);
  await call.close();
}
