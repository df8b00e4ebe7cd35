// Pings beside a download and an upload that never end.

import { Checker, piece } from '../pattern.mjs';
import { line, reports } from './connect.mjs';
import { pinger } from './small.mjs';

/**
 * Pings for `seconds`, once both directions have moved `start` bytes: the round trip times in milliseconds,
 * and the bytes a second that the two directions carried meanwhile.
 */
export async function beside(contender, url, { seconds, start, step }) {
  const session = await contender.connect(url);
  const { ping } = await pinger(session);
  const bulk = { down: 0, up: 0 };
  const failed = new Promise((_, reject) => {
    runDownload(session, bulk).catch(reject);
    runUpload(session, bulk, step).catch(reject);
  });
  const times = [];
  const measure = async () => {
    // What is measured also paces the waiting: nobody polls.
    while (bulk.down < start || bulk.up < start) await ping();
    const begin = performance.now();
    const before = { ...bulk };
    while (performance.now() < begin + seconds * 1e3) {
      const sent = performance.now();
      await ping();
      times.push(performance.now() - sent);
    }
    const elapsed = (performance.now() - begin) / 1e3;
    return { times, down: (bulk.down - before.down) / elapsed, up: (bulk.up - before.up) / elapsed };
  };
  return Promise.race([measure(), failed]);
}

async function runDownload(session, bulk) {
  const stream = await session.open();
  const checker = new Checker(false);
  const ended = stream.consume((chunk) => {
    checker.add(chunk);
    bulk.down = checker.count;
  });
  await stream.write(line('SOURCE', Infinity));
  await ended;
  throw new Error('the download ended');
}

async function runUpload(session, bulk, step) {
  const stream = await session.open();
  const counted = reports(stream, (count) => {
    bulk.up = count;
  });
  await stream.write(line('SINK', Infinity, step, 'ends'));
  const write = async () => {
    for (let sent = 0; ;) {
      const bytes = piece(sent);
      const room = stream.write(bytes);
      sent += bytes.length;
      // A socket that never asks to wait would keep the page from everything else.
      await (room ?? new Promise((resolve) => setTimeout(resolve)));
    }
  };
  await Promise.race([counted, write()]);
}
