// B4 and B5: messages of 64 bytes.

import { contenders, everyone } from '../contenders/index.mjs';
import { median, quantile } from '../stats.mjs';
import { BARE, DIRECT, OURS, ahead, compared } from './compare.mjs';

const isRival = (name) => contenders[name]?.isRival;

export const pipelined = {
  id: 'B4',
  what: '64-byte writes pipelined through one echo stream, Chromium',
  async run(lab) {
    const count = lab.isShort ? 10_000 : 100_000;
    const rounds = await lab.rounds(everyone, lab.isShort ? 1 : 5, (name) => lab.measure(name, 'pipelined', { count }, { seconds: 180 }));
    const what = `${count.toLocaleString('en')} writes of 64 bytes through one echo stream: messages a second`;
    const unit = 'x WebSocket';
    const row = compared({ id: 'B4', what, aim: 10, unit, direction: 'higher' }, rounds);
    const rows = [row, ahead({ id: 'B4 rank', what: `${what}: against the best rival` }, row, isRival)];
    if (rounds.results[DIRECT]) {
      const direct = { id: 'B4 direct', what: `${what}, with write() and read()`, aim: 10, unit, direction: 'higher' };
      rows.push(compared(direct, rounds, { ours: DIRECT, except: [OURS] }));
    }
    return rows;
  },
};

export const idlePing = {
  id: 'B5',
  what: '64-byte ping-pong on an idle connection, Chromium',
  async run(lab) {
    const count = lab.isShort ? 300 : 2_000;
    const rounds = await lab.rounds(everyone, lab.isShort ? 2 : 7, (name) => lab.measure(name, 'pings', { count }));
    // When nothing is compiled beside it any more.
    const warmUp = lab.isShort ? 300 : 10_000;
    const later = await lab.rounds([BARE, OURS, DIRECT], lab.isShort ? 1 : 5, (name) => lab.measure(name, 'pings', { count: 2 * count, warmUp }));
    const what = '64-byte ping-pong, idle';
    const [unit, direction] = ['x WebSocket', 'lower'];
    return [
      compared({ id: 'B5', what: `${what}: median`, aim: 1.1, unit, direction }, rounds, { pick: median }),
      compared({ id: 'B5 p99', what: `${what}: 99th percentile`, unit, direction }, rounds, { pick: (times) => quantile(times, 0.99) }),
      compared({ id: 'B5 later', what: `${what}, after ${warmUp.toLocaleString('en')} others: median`, unit, direction }, later, { pick: median }),
    ];
  },
};
