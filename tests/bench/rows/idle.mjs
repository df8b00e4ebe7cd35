// B8: streams on which nothing happens.

import { BARE, OURS, absolute } from './compare.mjs';
import { rivals } from '../contenders/index.mjs';
import { native, run } from '../processes.mjs';
import { median } from '../stats.mjs';

const STREAMS = 10_000;
const WARM_UP = 100;

// A browser has no more sockets than this to one host.
const SOCKETS = 150;

export const idle = {
  id: 'B8',
  what: '10,000 idle streams',
  async run(lab) {
    const [{ bytes: core }] = await run(native('idle'), [String(STREAMS)], 60_000);
    const rounds = await lab.rounds([BARE, OURS, ...rivals], lab.isShort ? 1 : 3, (name) => measure(lab, name));
    const what = `${STREAMS.toLocaleString('en')} idle streams: bytes each`;
    const row = (id, where, aim, pick) => absolute({ id, what: `${what}, ${where}`, aim, unit: 'bytes', direction: 'lower' }, rounds, { pick, summary: median });
    return [
      { id: 'B8 core', what: `${what}, core`, aim: 300, unit: 'bytes', direction: 'lower', value: core, others: {}, rounds: 1, failures: {} },
      row('B8 page', 'page heap, stream objects untouched', 1024, ({ page }) => page),
      row('B8 server', 'server (ours in Rust, others in Node)', 600, ({ server }) => server),
    ];
  },
};

/** Bytes that one more stream costs the page and the server's process. */
async function measure(lab, name) {
  const count = name === BARE ? SOCKETS : STREAMS;
  // What an earlier round took and gave back to the allocator would be used again, and not seen.
  const host = await lab.freshServer(name, name === OURS ? 'rust' : 'node');
  try {
    return await grown(lab, name, host, count);
  } finally {
    await host.stop();
  }
}

/** The same of `count` streams to `host`, in a page of its own. */
async function grown(lab, name, host, count) {
  const { page, context } = await lab.page(name);
  try {
    const cdp = await page.createCDPSession();
    const open = (more) => lab.runIn(page, name, 'idle', { count: more }, { port: host.port, seconds: 90 });
    await open(name === BARE ? 10 : WARM_UP);
    const [pageBefore, serverBefore] = [await heap(cdp, page), await host.memory()];
    await open(count);
    const [pageAfter, serverAfter] = [await heap(cdp, page), await host.memory()];
    return { page: (pageAfter - pageBefore) / count, server: (serverAfter - serverBefore) / count };
  } finally {
    await context.close();
  }
}

/** Bytes that the page holds after collecting garbage: JavaScript's, the browser's own, and WebAssembly's. */
async function heap(cdp, page) {
  for (let time = 0; time < 3; time += 1) await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize, embedderHeapUsedSize = 0 } = await cdp.send('Runtime.getHeapUsage');
  return usedSize + embedderHeapUsedSize + (await page.evaluate(() => globalThis.wasmBytes?.() ?? 0));
}
