// B13: how soon a connection is of use.

import { native } from '../processes.mjs';
import { BARE, OURS, compared } from './compare.mjs';
import { rivals } from '../contenders/index.mjs';

export const first = {
  id: 'B13',
  what: 'from connecting to the first open stream, Chromium',
  async run(lab) {
    const rows = [];
    for (const [id, milliseconds, aim] of [['B13', 0, 1.3], ['B13 20 ms', 20, undefined]]) {
      // A new page each time, in a profile of its own: nothing is compiled yet.
      const rounds = await lab.rounds([BARE, OURS, ...(milliseconds ? [] : rivals)], lab.isShort ? 5 : 25, async (name) => {
        const { port: to } = await lab.server(name);
        const link = milliseconds ? await lab.start(native('link'), [String(to), String(milliseconds / 2)]) : undefined;
        try {
          return await lab.measure(name, name === BARE ? 'firstAnswer' : 'firstStream', {}, { port: link?.port });
        } finally {
          await link?.stop();
        }
      });
      const where = milliseconds ? `, ${milliseconds} ms away` : '';
      const what = `connecting to the first open stream${where}, against a WebSocket's first answer`;
      rows.push(compared({ id, what, aim, unit: 'x WebSocket', direction: 'lower' }, rounds));
    }
    return rows;
  },
};
