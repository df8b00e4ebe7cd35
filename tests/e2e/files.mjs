// Files to upload: pseudo-random, the same in every run, with their hashes.

import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';

const MIB = 1024 * 1024;

/** The edges of the stream's window and of a message, and sizes far beyond them. */
export const SIZES = [
  0, 1, 2, 100, 1_000, 4_095, 4_096, 65_534, 65_535, 65_536, 65_537, 131_070, 131_072, 250_000,
  MIB, MIB + 1, 3 * MIB, 10 * MIB, 25 * MIB, 100 * MIB,
];

/** Writes a file of `size` bytes into `directory`: `{ name, path, size, hash }`. */
export async function makeFile(directory, size) {
  const name = `${String(size).padStart(9, '0')}.bin`;
  const path = join(directory, name);
  const hash = createHash('sha256');
  const noise = createCipheriv('aes-128-ctr', createHash('md5').update(name).digest(), Buffer.alloc(16));
  const out = createWriteStream(path);
  for (let at = 0; at < size; at += MIB) {
    const piece = noise.update(Buffer.alloc(Math.min(MIB, size - at)));
    hash.update(piece);
    if (!out.write(piece)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return { name, path, size, hash: hash.digest('hex') };
}
