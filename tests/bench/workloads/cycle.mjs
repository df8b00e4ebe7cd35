// Streams that live for one byte.

import { line, warm } from './connect.mjs';

const X = 120;

/** Opens, sends one byte, reads its echo and closes, `count` times, `atOnce` at a time; how many a second. */
export async function cycles(contender, url, { count, atOnce }) {
  const session = await warm(contender, url);
  await run(session, Math.ceil(count / 10), atOnce);
  const start = performance.now();
  await run(session, count, atOnce);
  return count / ((performance.now() - start) / 1e3);
}

async function run(session, count, atOnce) {
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await cycle(session);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const request = new Uint8Array([...line('ECHO'), X]);

async function cycle(session) {
  const stream = await session.open();
  await new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      if (chunk.length === 1 && chunk[0] === X) resolve();
      else reject(new Error('the echo is another'));
    });
    ended.then(() => reject(new Error('the stream ended before its echo')), reject);
    Promise.resolve(stream.write(request)).catch(reject);
  });
  await stream.close();
}
