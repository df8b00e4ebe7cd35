// B1 and B2: one stream at full speed, in either direction.

import { contenders, everyone } from '../contenders/index.mjs';
import { BARE, OURS, ahead, compared } from './compare.mjs';

const MIB = 1024 * 1024;
const AIM = 0.95;

const isRival = (name) => contenders[name]?.isRival;

const bulk = (id, direction, workload) => ({
  id,
  what: `bulk ${direction}, 1 stream, Chromium`,
  async run(lab) {
    const size = (lab.isShort ? 32 : 256) * MIB;
    const what = `bulk ${direction}, 1 stream, ${size / MIB} MiB`;
    const rounds = await lab.rounds(everyone, lab.isShort ? 2 : 5, (name) => lab.measure(name, workload, { size }, { seconds: 120 }));
    const row = compared({ id, what, aim: AIM, unit: 'x WebSocket', direction: 'higher' }, rounds);
    const onServer = async (kind, suffix, words) => {
      const measured = await lab.rounds([BARE, OURS], lab.isShort ? 2 : 5, async (name) => {
        const { port } = await lab.server(name, kind);
        return lab.measure(name, workload, { size }, { port, seconds: 120 });
      });
      return compared({ id: `${id} ${suffix}`, what: `${what}, ${words}`, unit: 'x WebSocket', direction: 'higher' }, measured);
    };
    return [
      row,
      ahead({ id: `${id} rank`, what: `${what}: against the best rival`, aim: 1 }, row, isRival),
      await onServer('rust', 'Rust', 'server in Rust'),
      await onServer('node-alone', 'ws alone', 'server with ws and without bufferutil'),
    ];
  },
});

export const download = bulk('B1', 'download', 'downloadRate');
export const upload = bulk('B2', 'upload', 'uploadRate');
