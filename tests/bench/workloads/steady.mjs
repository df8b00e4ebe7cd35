// A download over a link that takes its time.

import { Checker } from '../pattern.mjs';
import { line } from './connect.mjs';

/**
 * Bytes a second between the seconds `from` and `to` after the request, and the most memory that received
 * bytes took or could have taken, as far as the contender says.
 */
export async function steady(contender, url, { from, to }) {
  const session = await contender.connect(url);
  const stream = await session.open();
  const checker = new Checker(false);
  const start = performance.now();
  let first;
  let peak;
  return new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      checker.add(chunk);
      peak = most(peak, session);
      const now = (performance.now() - start) / 1e3;
      if (now < from) return;
      first ??= { now, count: checker.count };
      if (now >= to) resolve({ rate: (checker.count - first.count) / (now - first.now), peak });
    });
    ended.then(() => reject(new Error('the download ended')), reject);
    Promise.resolve(stream.write(line('SOURCE', Infinity))).catch(reject);
  });
}

function most(peak, session) {
  const stats = session.mux?.stats?.();
  return stats ? Math.max(peak ?? 0, stats.bufferedInbound ?? 0) : peak;
}
