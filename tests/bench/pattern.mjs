// The bytes that travel: known by their position, so that either end can check them without keeping them.

// A prime, so that no piece of a power-of-two size equals the one before or after it.
const PERIOD = 65521;
const PIECE = 64 * 1024;

const pattern = new Uint8Array(PERIOD + PIECE);
for (let at = 0, state = 1; at < pattern.length; at += 1) {
  state = (state * 75 + 74) % 65537;
  pattern[at] = at < PERIOD ? state : pattern[at - PERIOD];
}

/** The bytes from `position` on, at most 64 KiB of them. Not to be changed: all pieces share their memory. */
export function piece(position, length = PIECE) {
  const start = position % PERIOD;
  return pattern.subarray(start, start + Math.min(length, PIECE));
}

/**
 * Follows bytes as they arrive. Every byte is compared if `isFull`; otherwise the first and the last of each
 * chunk, which costs nothing and still sees what was lost, repeated or out of order.
 */
export class Checker {
  count = 0;

  constructor(isFull) {
    this.isFull = isFull;
  }

  add(chunk) {
    const start = this.count % PERIOD;
    const isWhole = this.isFull ? this.#isEqual(chunk) : this.#hasRightEnds(chunk, start);
    if (!isWhole) throw new Error(`wrong bytes after the first ${this.count}`);
    this.count += chunk.length;
  }

  #hasRightEnds(chunk, start) {
    const last = chunk.length - 1;
    return last < 0 || (chunk[0] === pattern[start] && chunk[last] === pattern[(start + last) % PERIOD]);
  }

  #isEqual(chunk) {
    for (let at = 0; at < chunk.length; at += 1) {
      if (chunk[at] !== pattern[(this.count + at) % PERIOD]) return false;
    }
    return true;
  }
}
