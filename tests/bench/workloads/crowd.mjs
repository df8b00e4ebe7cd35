// Many downloads at once.

import { Checker } from '../pattern.mjs';
import { jain } from '../stats.mjs';
import { line, warm } from './connect.mjs';

/** Total rate, and how evenly the streams had been served when half of the time was over. */
export async function crowd(contender, url, { streams: count, size }) {
  const session = await warm(contender, url);
  const streams = await openAll(session, count, contender.openAtOnce ?? count);
  // Each chunk's time, stream and size: what half of the time is, is only known in the end.
  const log = [];
  const start = performance.now();
  await Promise.all(streams.map((stream, index) => receive(stream, size, (bytes) => log.push([performance.now(), index, bytes]))));
  const end = performance.now();
  const shares = new Array(count).fill(0);
  for (const [time, index, bytes] of log) if (time <= (start + end) / 2) shares[index] += bytes;
  return {
    rate: (count * size) / ((end - start) / 1e3),
    jain: jain(shares),
    starved: shares.filter((share) => share === 0).length,
  };
}

/** Opens `count` streams, `atOnce` at a time. */
export async function openAll(session, count, atOnce) {
  const streams = [];
  let left = count;
  const open = async () => {
    while (left > 0) {
      left -= 1;
      streams.push(await session.open());
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, open));
  return streams;
}

function receive(stream, size, onBytes) {
  const checker = new Checker(false);
  return new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      checker.add(chunk);
      onBytes(chunk.length);
      if (checker.count === size) resolve();
    });
    ended.then(() => reject(new Error(`a stream ended after ${checker.count} bytes`)), reject);
    Promise.resolve(stream.write(line('SOURCE', size))).catch(reject);
  });
}
