// How soon a connection is of use.

import { piece } from '../pattern.mjs';
import { line } from './connect.mjs';

/** Milliseconds from connecting to the first stream being open, with the package's module loaded and no more. */
export async function firstStream(contender, url) {
  const start = performance.now();
  const session = await contender.connect(url);
  await session.open();
  return performance.now() - start;
}

/** Milliseconds from connecting to the answer to a first message. */
export async function firstAnswer(contender, url) {
  const start = performance.now();
  const session = await contender.connect(url);
  const stream = await session.open();
  await new Promise((resolve, reject) => {
    stream.consume(resolve).catch(reject);
    stream.write(line('SINK', 1, 1, 'ends'));
    stream.write(piece(0, 1));
  });
  return performance.now() - start;
}
