// Hashes several files at once beside the page. In: `{ id, chunk }`, then `{ id, end: true }`, or
// `{ id, drop: true }`. Out: `{ id, taken }` for each chunk, and `{ id, hex }` at the end.

import { Sha256 } from './sha256.js';

const hashes = new Map();

self.onmessage = ({ data: { id, chunk, end, drop } }) => {
  if (drop) {
    hashes.delete(id);
    return;
  }
  let hash = hashes.get(id);
  if (!hash) hashes.set(id, (hash = new Sha256()));
  if (chunk) {
    hash.update(chunk);
    self.postMessage({ id, taken: chunk.length });
  }
  if (end) {
    hashes.delete(id);
    self.postMessage({ id, hex: hash.digest() });
  }
};
