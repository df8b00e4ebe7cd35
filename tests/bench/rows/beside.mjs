// B6 and B10: pings beside a download and an upload, at full speed and over a slow link.

import { contenders, everyone } from '../contenders/index.mjs';
import { native } from '../processes.mjs';
import { median, quantile } from '../stats.mjs';
import { OURS, absolute, ahead, compared } from './compare.mjs';

const KIB = 1024;
const isRival = (name) => contenders[name]?.isRival;

export const loaded = {
  id: 'B6',
  what: '64-byte ping-pong beside a download and an upload, Chromium',
  async run(lab) {
    const options = { seconds: lab.isShort ? 3 : 10, start: 1024 * KIB, step: 256 * KIB };
    const rounds = await lab.rounds(everyone, lab.isShort ? 1 : 5, (name) => lab.measure(name, 'beside', options, { seconds: 90 }));
    const what = 'ping beside bulk both ways';
    const tail = absolute({ id: 'B6 p99', what: `${what}: 99th percentile`, unit: 'ms', direction: 'lower' }, rounds, {
      // Of all rounds together: one has too few for a percentile.
      pick: ({ times }) => times,
      summary: (lists) => quantile(lists.flat(), 0.99),
    });
    return [
      compared({ id: 'B6', what: `${what}: median`, aim: 1.5, unit: 'x a second WebSocket', direction: 'lower' }, rounds, { pick: ({ times }) => median(times) }),
      tail,
      ahead({ id: 'B6 p99 rank', what: `${what}: 99th percentile against the best rival`, aim: 1 }, tail, isRival),
      compared({ id: 'B6 goodput', what: `${what}: bytes both ways meanwhile`, aim: 0.9, unit: 'x WebSockets', direction: 'higher' }, rounds, { pick: ({ down, up }) => down + up }),
      compared({ id: 'B6 down', what: `${what}: bytes down meanwhile`, unit: 'x WebSockets', direction: 'higher' }, rounds, { pick: ({ down }) => down }),
      compared({ id: 'B6 up', what: `${what}: bytes up meanwhile`, unit: 'x WebSockets', direction: 'higher' }, rounds, { pick: ({ up }) => up }),
    ];
  },
};

// 10 Mbit/s each way, and 10 ms there and back.
const RATE = 10_000_000 / 8;
const DELAY_MS = 5;

export const slow = {
  id: 'B10',
  what: 'ping beside a download and an upload over 10 Mbit/s, Chromium',
  async run(lab) {
    const options = { seconds: lab.isShort ? 4 : 10, start: 256 * KIB, step: 16 * KIB };
    const rounds = await lab.rounds(everyone, lab.isShort ? 1 : 3, async (name) => {
      // A link of its own each time: what waits in it is gone with it.
      const { port: to } = await lab.server(name);
      const link = await lab.start(native('link'), [String(to), String(DELAY_MS), String(RATE)]);
      try {
        const idle = await lab.measure(name, 'pings', { count: 30, warmUp: 5, isCold: true }, { port: link.port });
        const busy = await lab.measure(name, 'beside', options, { port: link.port, seconds: 90 });
        return { above: median(busy.times) - median(idle), share: (busy.down + busy.up) / (2 * RATE) };
      } finally {
        await link.stop();
      }
    });
    const what = 'ping beside bulk both ways over 10 Mbit/s';
    return [
      absolute({ id: 'B10', what: `${what}: median above idle`, aim: 50, unit: 'ms', direction: 'lower' }, rounds, { pick: ({ above }) => above, summary: median }),
      absolute({ id: 'B10 share', what: `${what}: share of the link that bulk got`, unit: '', direction: 'higher' }, rounds, { pick: ({ share }) => share, summary: median, ours: OURS }),
    ];
  },
};
