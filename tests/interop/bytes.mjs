// Ramps: byte i of every payload is i mod 251, so that a lost, doubled or swapped byte shows.

import { createHash } from 'node:crypto';

const PERIOD = 251;
const PIECE = 65_536;
const table = Uint8Array.from({ length: PERIOD + PIECE }, (_, i) => i % PERIOD);

/** Views of the ramp, `size` bytes in all, in pieces of at most `cut` bytes. */
export function* ramp(size, cut = PIECE) {
  for (let at = 0; at < size;) {
    const length = Math.min(cut, PIECE, size - at);
    // A copy, because a byte stream takes over the buffer it is given.
    yield table.slice(at % PERIOD, at % PERIOD + length);
    at += length;
  }
}

/** Follows a ramp that arrives in pieces of any size. */
export class RampCheck {
  received = 0;

  take(chunk) {
    for (let at = 0; at < chunk.length;) {
      const start = this.received % PERIOD;
      const length = Math.min(PIECE, chunk.length - at);
      if (Buffer.compare(chunk.subarray(at, at + length), table.subarray(start, start + length)) !== 0) {
        throw new Error(`wrong bytes between ${this.received} and ${this.received + length}`);
      }
      at += length;
      this.received += length;
    }
  }
}

/** What SINK and SLOW answer to a ramp of `size` bytes. */
export function rampAnswer(size) {
  const hash = createHash('sha256');
  for (const piece of ramp(size)) hash.update(piece);
  return `${size} ${hash.digest('hex')}\n`;
}
