// Small messages through an echo.

import { piece } from '../pattern.mjs';
import { line, warm } from './connect.mjs';

const SIZE = 64;

// Writes that are under way before the sender waits for one, so that it neither waits for each nor promises all.
const AT_ONCE = 1024;

// Made before the clock runs, and sent again and again.
const messages = Array.from({ length: AT_ONCE }, (_, index) => piece(index * SIZE, SIZE));

/** Messages a second: `count` writes of 64 bytes, from the first to the last byte of the echo. */
export async function pipelined(contender, url, { count }) {
  const session = await warm(contender, url);
  const stream = await session.open();
  const chunks = [];
  const start = performance.now();
  let received = 0;
  const done = new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received === count * SIZE) resolve();
    });
    ended.then(() => reject(new Error(`the echo ended after ${received} bytes`)), reject);
  });
  stream.write(line('ECHO'));
  for (let sent = 0; sent < count; sent += 1) {
    const room = stream.write(messages[sent % AT_ONCE]);
    if (sent % AT_ONCE === AT_ONCE - 1 && room) await room;
  }
  await done;
  const seconds = (performance.now() - start) / 1e3;
  compare(chunks);
  return count / seconds;
}

function compare(chunks) {
  let at = 0;
  for (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte !== messages[Math.floor(at / SIZE) % AT_ONCE][at % SIZE]) throw new Error(`the echo differs at byte ${at}`);
      at += 1;
    }
  }
}

/** One ping-pong after another on a stream of its own: resolves to a function that does one. */
export async function pinger(session) {
  const stream = await session.open();
  let missing = 0;
  let answered;
  let failed;
  const ended = stream.consume((chunk) => {
    missing -= chunk.length;
    if (missing === 0) answered();
  });
  ended.then(() => failed?.(new Error('the echo ended')), (error) => failed?.(error));
  const ping = () =>
    new Promise((resolve, reject) => {
      answered = resolve;
      failed = reject;
      missing = SIZE;
      Promise.resolve(stream.write(piece(0, SIZE))).catch(reject);
    });
  await stream.write(line('ECHO'));
  await ping();
  return { ping, close: () => stream.close() };
}

/** Round trip times of `count` pings in milliseconds, with nothing else on the connection. */
export async function pings(contender, url, { count, warmUp = 50, isCold = false }) {
  const session = isCold ? await contender.connect(url) : await warm(contender, url);
  const { ping } = await pinger(session);
  for (let sent = 0; sent < warmUp; sent += 1) await ping();
  const times = [];
  for (let sent = 0; sent < count; sent += 1) {
    const start = performance.now();
    await ping();
    times.push(performance.now() - start);
  }
  return times;
}
