// B7: streams that live for one byte.

import { contenders, rivals } from '../contenders/index.mjs';
import { DIRECT, OURS, absolute, ahead } from './compare.mjs';
import { median } from '../stats.mjs';

const isRival = (name) => contenders[name]?.isRival;

export const cycle = {
  id: 'B7',
  what: 'open, echo of one byte and close, Chromium',
  async run(lab) {
    const names = [OURS, DIRECT, ...rivals];
    const rows = [];
    for (const [id, atOnce, aim, how] of [['B7 together', 100, 5, '100 at a time'], ['B7 alone', 1, 1, 'one after another']]) {
      const count = (lab.isShort ? 300 : 2_000) * (atOnce > 1 ? 2 : 1);
      const rounds = await lab.rounds(names, lab.isShort ? 1 : 5, (name) => lab.measure(name, 'cycles', { count, atOnce }, { seconds: 90 }));
      const what = `open, echo of one byte and close, ${how}`;
      const rate = absolute({ id: `${id} rate`, what: `${what}: a second`, unit: '/s', direction: 'higher' }, rounds, { summary: median });
      rows.push(ahead({ id, what, aim }, rate, isRival), rate);
      if (rounds.results[DIRECT]) {
        const direct = absolute({ unit: '/s', direction: 'higher' }, rounds, { summary: median, ours: DIRECT, except: [OURS] });
        rows.push(ahead({ id: `${id} direct`, what: `${what}, with write() and read()`, aim }, direct, isRival));
      }
    }
    return rows;
  },
};
