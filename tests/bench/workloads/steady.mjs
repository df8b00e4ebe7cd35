// A download over a link that takes its time.

import { Checker } from '../pattern.mjs';
import { line } from './connect.mjs';

const SAMPLE_MS = 10;

/**
 * Bytes a second between the seconds `from` and `to` after the request, and the most that was received and not
 * read, and could have been, as far as the contender says.
 */
export async function steady(contender, url, { from, to }) {
  const session = await contender.connect(url);
  const stream = await session.open();
  const checker = new Checker(false);
  const held = new Held(session.mux);
  const start = performance.now();
  let first;
  return new Promise((resolve, reject) => {
    const ended = stream.consume((chunk) => {
      checker.add(chunk);
      const now = performance.now();
      held.sample(now);
      const second = (now - start) / 1e3;
      if (second < from) return;
      first ??= { second, count: checker.count };
      if (second >= to) resolve({ rate: (checker.count - first.count) / (second - first.second), ...held.most });
    });
    ended.then(() => reject(new Error('the download ended')), reject);
    Promise.resolve(stream.write(line('SOURCE', Infinity))).catch(reject);
  });
}

/** The most that a multiplexer said it held of what it received. */
class Held {
  most = {};
  #mux;
  #last = -Infinity;

  constructor(mux) {
    this.#mux = mux?.stats && mux;
  }

  sample(now) {
    if (!this.#mux || now < this.#last + SAMPLE_MS) return;
    this.#last = now;
    const { unreadBytes, receiveWindow } = this.#mux.stats();
    const { unread = 0, window = 0 } = this.most;
    this.most = { unread: Math.max(unread, unreadBytes), window: Math.max(window, receiveWindow) };
  }
}
