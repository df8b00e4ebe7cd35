import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Checker, piece } from '../pattern.mjs';
import { serve } from '../services.mjs';

/** A stream to the service that is sent `chunks` and then ends; resolves to what it wrote. */
async function answer(chunks) {
  const written = [];
  let ends = 0;
  await serve({
    async consume(onChunk) {
      for (const chunk of chunks) await onChunk(chunk);
    },
    write: async (bytes) => void written.push(bytes),
    end: async () => void (ends += 1),
  });
  assert.ok(ends >= 1);
  return written;
}

const text = (words) => new TextEncoder().encode(words);
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));
const counts = (reports) => reports.map((bytes) => new Float64Array(bytes.buffer)[0]);

test('an echo sends back what follows its line, however that is cut', async () => {
  assert.deepEqual(await answer([text('EC'), text('HO\nab'), text('c')]), [text('ab'), text('c')]);
});

test('a source sends as many bytes of the pattern as were asked for', async () => {
  const checker = new Checker(true);
  for (const bytes of await answer([text('SOURCE 200000\n')])) checker.add(bytes);
  assert.equal(checker.count, 200_000);
});

test('a sink reports after each step and at the end', async () => {
  const sent = [joined(text('SINK 250 100 full\n'), piece(0, 50)), piece(50, 60), piece(110, 30), piece(140, 110)];
  assert.deepEqual(counts(await answer(sent)), [110, 250]);
});

test('a sink without end reports after each step', async () => {
  const sent = [text('SINK Infinity 10 ends\n'), piece(0, 10), piece(10, 5), piece(15, 6)];
  assert.deepEqual(counts(await answer(sent)), [10, 21]);
});

test('a sink fails on wrong bytes, and an unknown service does', async () => {
  await assert.rejects(answer([text('SINK 10 10 full\n'), piece(1, 10)]), /wrong bytes/);
  await assert.rejects(answer([text('SINGS\n')]), /no service/);
});
