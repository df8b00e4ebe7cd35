import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Checker, piece } from '../pattern.mjs';

const SIZE = 64 * 1024;

test('the pattern does not depend on how it is cut', () => {
  const long = piece(100_000, 1_000);
  assert.deepEqual(piece(100_400, 600), long.subarray(400));
  assert.equal(piece(0).length, SIZE);
  assert.equal(piece(0, 10 * SIZE).length, SIZE);
});

test('both kinds of checker count what is right', () => {
  for (const isFull of [false, true]) {
    const checker = new Checker(isFull);
    for (const length of [1, 0, 1000, SIZE, 7]) checker.add(piece(checker.count, length));
    assert.equal(checker.count, 1 + 1000 + SIZE + 7);
  }
});

test('lost, repeated and swapped pieces are seen at their ends', () => {
  assert.throws(() => new Checker(false).add(piece(SIZE)), /wrong bytes after the first 0/);
  const checker = new Checker(false);
  checker.add(piece(0));
  assert.throws(() => checker.add(piece(0)), /wrong bytes/);
});

test('one wrong byte in the middle is seen by a full check', () => {
  const bytes = piece(0).slice();
  bytes[1000] ^= 1;
  new Checker(false).add(bytes);
  assert.throws(() => new Checker(true).add(bytes), /wrong bytes/);
});
