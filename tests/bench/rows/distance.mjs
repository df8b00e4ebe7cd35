// B9: links on which bytes take their time.

import { everyone } from '../contenders/index.mjs';
import { native } from '../processes.mjs';
import { median } from '../stats.mjs';
import { OURS, compared } from './compare.mjs';

// Steady is what it has to be after 3 s.
const FROM = 3;

export const distance = {
  id: 'B9',
  what: 'download over 50, 100 and 200 ms, Chromium',
  async run(lab) {
    const rows = [];
    for (const milliseconds of lab.isShort ? [100] : [50, 100, 200]) {
      const rounds = await lab.rounds(everyone, lab.isShort ? 1 : 3, async (name) => {
        const { port: to } = await lab.server(name);
        const link = await lab.start(native('link'), [String(to), String(milliseconds / 2)]);
        try {
          return await lab.measure(name, 'steady', { from: FROM, to: lab.isShort ? 5 : 8 }, { port: link.port, seconds: 90 });
        } finally {
          await link.stop();
        }
      });
      const id = `B9 ${milliseconds} ms`;
      const what = `download over a round trip of ${milliseconds} ms, after ${FROM} s`;
      rows.push(compared({ id, what, aim: 0.95, unit: 'x WebSocket', direction: 'higher' }, rounds, { pick: ({ rate }) => rate }));
      rows.push(
        memory({ id: `${id} memory`, what: `${what}: the most that could wait to be read`, aim: 3 }, milliseconds, rounds, 'window'),
        memory({ id: `${id} unread`, what: `${what}: the most that waited to be read` }, milliseconds, rounds, 'unread'),
      );
    }
    return rows;
  },
};

/** Received bytes against what the path holds. */
function memory(row, milliseconds, { results, failures }, kind) {
  const known = (results[OURS] ?? []).filter((round) => Number.isFinite(round?.[kind]));
  const value = median(known.map((round) => round[kind] / ((round.rate * milliseconds) / 1e3)));
  const reason = known.length === 0 ? { reason: failures[OURS] ?? 'no round finished' } : {};
  return { ...row, unit: 'x bandwidth-delay product', direction: 'lower', value, others: {}, rounds: known.length, failures: {}, ...reason };
}
