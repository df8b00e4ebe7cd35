// B3: a hundred downloads at once.

import { everyone } from '../contenders/index.mjs';
import { median } from '../stats.mjs';
import { absolute, compared } from './compare.mjs';

const STREAMS = 100;
const MIB = 1024 * 1024;

export const crowd = {
  id: 'B3',
  what: '100 downloads of 1 MiB at once, Chromium',
  async run(lab) {
    const options = { streams: STREAMS, size: MIB };
    const rounds = await lab.rounds(everyone, lab.isShort ? 1 : 5, (name) => lab.measure(name, 'crowd', options, { seconds: 90 }));
    const what = `${STREAMS} downloads of 1 MiB at once`;
    return [
      compared({ id: 'B3', what: `${what}: total rate`, aim: 1.5, unit: 'x 100 WebSockets', direction: 'higher' }, rounds, { pick: ({ rate }) => rate }),
      absolute({ id: 'B3 Jain', what: `${what}: Jain index at half time`, aim: 0.99, unit: '', direction: 'higher' }, rounds, { pick: (round) => round.jain, summary: median }),
      absolute({ id: 'B3 starved', what: `${what}: streams with nothing at half time`, aim: 0, unit: 'streams', direction: 'lower' }, rounds, {
        pick: ({ starved }) => starved,
        summary: (counts) => Math.max(...counts),
      }),
    ];
  },
};
