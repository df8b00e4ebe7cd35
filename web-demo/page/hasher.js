// SHA-256 of a file that is still being read, computed in one worker for all files.

// What may wait for the worker per file before its reading pauses.
const BACKLOG = 4 * 1024 * 1024;

const hashers = new Map();
let lastId = 0;
let worker;

function post(message, transfer) {
  if (!worker) {
    worker = new Worker(new URL('./hash-worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => hashers.get(data.id)?.handle(data);
    worker.onerror = (event) => {
      const error = Object.assign(new Error(event.message || 'the hash worker failed'), { code: 'hash_failed' });
      for (const hasher of hashers.values()) hasher.fail(error);
    };
  }
  worker.postMessage(message, transfer);
}

export class Hasher {
  #id = (lastId += 1);
  #waiting = 0;
  #room;
  #result;

  constructor() {
    hashers.set(this.#id, this);
    this.#result = withResolvers();
    // The failure of a hash nobody waits for yet is reported by `update` or `digest` later.
    this.#result.promise.catch(() => {});
  }

  /** Takes the chunk over, buffer and all. Resolves when there is room for another. */
  async update(chunk) {
    const owned = chunk.byteLength === chunk.buffer.byteLength ? chunk : chunk.slice();
    this.#waiting += owned.byteLength;
    post({ id: this.#id, chunk: owned }, [owned.buffer]);
    if (this.#waiting < BACKLOG) return;
    this.#room = withResolvers();
    await Promise.race([this.#room.promise, this.#result.promise]);
  }

  /** The hash in hex. */
  digest() {
    post({ id: this.#id, end: true });
    return this.#result.promise;
  }

  /** Forgets the file; harmless after `digest` has resolved. */
  drop() {
    if (hashers.delete(this.#id)) post({ id: this.#id, drop: true });
  }

  handle({ taken, hex }) {
    if (hex !== undefined) {
      hashers.delete(this.#id);
      this.#result.resolve(hex);
      return;
    }
    this.#waiting -= taken;
    if (this.#waiting < BACKLOG) this.#room?.resolve();
  }

  fail(error) {
    hashers.delete(this.#id);
    this.#result.reject(error);
  }
}

function withResolvers() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}
