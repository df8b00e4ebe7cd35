// Ramps: byte i of every payload is i mod 251, so that a lost, doubled or swapped byte shows.

import { Sha256 } from '../../web-demo/page/sha256.js';

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
      for (let i = 0; i < length; i += 1) {
        if (chunk[at + i] !== table[start + i]) throw new Error(`the byte ${this.received + i} is wrong`);
      }
      at += length;
      this.received += length;
    }
  }
}

/** What SINK and SLOW answer to the bytes that they are given. */
export class Receipt {
  #count = 0;
  #hash = new Sha256();

  add(bytes) {
    this.#count += bytes.length;
    this.#hash.update(bytes);
  }

  line() {
    return `${this.#count} ${this.#hash.digest()}\n`;
  }
}
