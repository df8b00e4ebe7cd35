import assert from 'node:assert/strict';
import { test } from 'node:test';
import { absolute, ahead, compared } from '../rows/compare.mjs';
import { median } from '../stats.mjs';

const rounds = {
  results: { bare: [10, 20], strandmux: [9, 19], yamux: [5, undefined], mplex: [] },
  failures: { yamux: 'stream reset', mplex: 'no answer' },
  rounds: 2,
};

const rank = { id: 'R', what: 'rank', aim: 1 };

test('everyone is compared with the bare WebSocket, by round', () => {
  const row = compared({ id: 'X', direction: 'higher' }, rounds);
  assert.ok(Math.abs(row.value - 0.925) < 1e-9);
  assert.equal(row.others.yamux, 0.5);
  assert.ok(Number.isNaN(row.others.mplex));
  assert.ok(!('bare' in row.others));
  assert.equal(row.reason, undefined);
});

test('a row without our own value says why', () => {
  const failed = { ...rounds, results: { bare: [], strandmux: [9] }, failures: { bare: 'not ready' } };
  const row = compared({ id: 'X', direction: 'higher' }, failed);
  assert.ok(Number.isNaN(row.value));
  assert.equal(row.reason, 'bare: not ready');
});

test("absolute rows keep everyone's own numbers", () => {
  const row = absolute({ id: 'X', direction: 'lower' }, rounds, { summary: median });
  assert.equal(row.value, 14);
  assert.equal(row.others.bare, 15);
  assert.equal(row.others.yamux, 5);
});

test('being ahead is above 1 in either direction', () => {
  const isRival = (name) => name !== 'bare';
  const faster = ahead(rank, { value: 30, others: { a: 10, b: 20, bare: 99 }, direction: 'higher', rounds: 2, failures: {} }, isRival);
  assert.equal(faster.value, 1.5);
  const sooner = ahead(rank, { value: 5, others: { a: 10, b: 20 }, direction: 'lower', rounds: 2, failures: {} }, isRival);
  assert.equal(sooner.value, 2);
  const alone = ahead(rank, { value: 5, others: { a: NaN }, direction: 'lower', rounds: 2, failures: {} }, isRival);
  assert.equal(alone.reason, 'no rival finished');
});
