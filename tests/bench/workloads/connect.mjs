// What every workload begins with.

import { Checker, piece } from '../pattern.mjs';

const WARM_UP = 4 * 1024 * 1024;

const encoder = new TextEncoder();

export const line = (...words) => encoder.encode(`${words.join(' ')}\n`);

/** A connection on which both directions have carried a few MiB, with every byte compared. */
export async function warm(contender, url) {
  const session = await contender.connect(url);
  await download(session, WARM_UP, true);
  await upload(session, WARM_UP, true);
  return session;
}

/** Reads `size` bytes on a stream of their own; the seconds it took. */
export async function download(session, size, isFull = false) {
  const stream = await session.open();
  const checker = new Checker(isFull);
  const start = performance.now();
  await new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      checker.add(chunk);
      if (checker.count === size) resolve();
    });
    ended.then(() => reject(new Error(`the stream ended after ${checker.count} bytes`)), reject);
    Promise.resolve(stream.write(line('SOURCE', size))).catch(reject);
  });
  const seconds = (performance.now() - start) / 1e3;
  await stream.close();
  return seconds;
}

/** Writes `size` bytes on a stream of their own; the seconds until the server has reported them all. */
export async function upload(session, size, isFull = false) {
  const stream = await session.open();
  const start = performance.now();
  const reported = reports(stream, (count) => count === size);
  await stream.write(line('SINK', size, size, isFull ? 'full' : 'ends'));
  for (let sent = 0; sent < size;) {
    const bytes = piece(sent, size - sent);
    await stream.write(bytes);
    sent += bytes.length;
  }
  await reported;
  const seconds = (performance.now() - start) / 1e3;
  await stream.close();
  return seconds;
}

/** Hands the counts of a SINK to `onCount`; resolves once that returns true. */
export function reports(stream, onCount) {
  const bytes = new Uint8Array(8);
  let filled = 0;
  return new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      for (const byte of chunk) {
        bytes[filled] = byte;
        filled += 1;
        if (filled < bytes.length) continue;
        filled = 0;
        if (onCount(new Float64Array(bytes.buffer)[0])) resolve();
      }
    });
    ended.then(() => reject(new Error('the stream ended before its report')), reject);
  });
}
