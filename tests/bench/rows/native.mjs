// B11: over TCP on this machine, without a browser.

import { native, run } from '../processes.mjs';
import { OURS, compared } from './compare.mjs';

const MIB = 1024 * 1024;
const CRATE = '-crate';
const names = ['raw', OURS, `yamux${CRATE}`, `qmux${CRATE}`];

export const throughput = {
  id: 'B11',
  what: 'upload over TCP on this machine, 1 and 100 streams, native',
  async run(lab) {
    const size = (lab.isShort ? 128 : 1024) * MIB;
    const rows = [];
    for (const streams of [1, 100]) {
      const rounds = await lab.rounds(names, lab.isShort ? 3 : 7, async (name) => {
        const [{ rate }] = await run(native('throughput'), [name.replace(CRATE, ''), String(streams), String(size)], 120_000);
        return rate;
      });
      const what = `${streams} stream${streams > 1 ? 's' : ''} over TCP, ${size / MIB} MiB`;
      const id = `B11 ${streams}`;
      rows.push(
        compared({ id: `${id} raw`, what: `${what}: against TCP itself`, aim: 0.9, unit: 'x TCP', direction: 'higher' }, rounds, { base: 'raw' }),
        compared({ id: `${id} yamux`, what: `${what}: against the yamux crate`, aim: 2, unit: 'x yamux', direction: 'higher' }, rounds, { base: `yamux${CRATE}`, except: ['raw'] }),
      );
    }
    return rows;
  },
};
