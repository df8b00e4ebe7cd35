import assert from 'node:assert/strict';
import { test } from 'node:test';
import { best, isMet, jain, median, quantile, ratio } from '../stats.mjs';

test('a median is the middle, whatever the order', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 2, 4, 100]), 7);
  assert.equal(median([3]), 3);
  assert.ok(Number.isNaN(median([])));
});

test('numbers are sorted as numbers, and the samples left as they were', () => {
  const samples = [100, 20, 3];
  assert.equal(median(samples), 20);
  assert.deepEqual(samples, [100, 20, 3]);
});

test('a quantile lies between its neighbours', () => {
  assert.equal(quantile([0, 10], 0.25), 2.5);
  assert.equal(quantile([1, 2, 3, 4, 5], 1), 5);
  assert.equal(quantile([1, 2, 3, 4, 5], 0), 1);
  assert.ok(quantile([...Array(100).keys()], 0.99) > 98);
});

test("Jain's index is 1 for equals and 1/n for a winner", () => {
  assert.equal(jain([7, 7, 7]), 1);
  assert.equal(jain([0, 0, 5, 0]), 0.25);
  assert.ok(Number.isNaN(jain([0, 0])));
});

test('a ratio is taken within each round', () => {
  // The second round was on a machine of half the speed: of medians it would be 1.5.
  assert.equal(ratio([20, 10, 20], [20, 10, 10]), 1);
  assert.equal(ratio([20, 5], [10, 5]), 1.5);
});

test('a round that either lacks does not count', () => {
  assert.equal(ratio([undefined, 30, 40], [10, 10, 10]), 3.5);
  assert.equal(ratio([30, 40], [10]), 3);
  assert.ok(Number.isNaN(ratio([undefined], [1])));
});

test('an aim is met on its own side', () => {
  assert.equal(isMet({ value: 0.95, aim: 0.95, direction: 'higher' }), true);
  assert.equal(isMet({ value: 0.94, aim: 0.95, direction: 'higher' }), false);
  assert.equal(isMet({ value: 51, aim: 50, direction: 'lower' }), false);
  assert.equal(isMet({ value: 0, aim: 0, direction: 'lower' }), true);
  assert.equal(isMet({ value: NaN, aim: 50, direction: 'lower' }), false);
  assert.equal(isMet({ value: 1, direction: 'lower' }), undefined);
});

test('the best is by direction, and never one that failed', () => {
  const values = { a: 3, b: NaN, c: 2 };
  assert.deepEqual(best(values, 'higher'), { name: 'a', value: 3 });
  assert.deepEqual(best(values, 'lower'), { name: 'c', value: 2 });
  assert.equal(best({ b: NaN }, 'lower'), undefined);
});
