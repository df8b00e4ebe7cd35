// How fast a transfer goes: smoothed while it runs, the plain average once it is over.

const INTERVAL_MS = 250;
const WEIGHT = 0.4;

export class Rate {
  #start = performance.now();
  #end;
  #total = 0;
  #markTime = this.#start;
  #markTotal = 0;
  #smoothed;

  add(bytes) {
    this.#total += bytes;
    const now = performance.now();
    const elapsed = now - this.#markTime;
    if (elapsed < INTERVAL_MS) return;
    const current = ((this.#total - this.#markTotal) / elapsed) * 1000;
    this.#smoothed = this.#smoothed === undefined ? current : this.#smoothed + WEIGHT * (current - this.#smoothed);
    this.#markTime = now;
    this.#markTotal = this.#total;
  }

  finish() {
    this.#end = performance.now();
  }

  /** Bytes per second; `undefined` for what is over, or has run, too briefly for a rate to mean anything. */
  get value() {
    if (this.#end === undefined) return this.#smoothed;
    const elapsed = this.#end - this.#start;
    return elapsed >= INTERVAL_MS ? (this.#total / elapsed) * 1000 : undefined;
  }
}
