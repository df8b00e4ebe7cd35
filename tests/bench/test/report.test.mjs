import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chart, extent } from '../report/chart.mjs';
import { shown, shownAim } from '../report/format.mjs';
import { render } from '../report/render.mjs';
import { toResult, updated } from '../report/result.mjs';

const about = { date: '2026-01-02', machine: 'a machine', mode: 'short' };

const measured = [
  { id: 'B1', what: 'bulk', value: 0.98765, aim: 0.95, unit: 'x WebSocket', direction: 'higher', others: { yamux: 0.7, qmux: NaN }, failures: { qmux: 'too <slow>' }, rounds: 5 },
  { id: 'B10', what: 'above idle', value: -0.4, aim: 50, unit: 'ms', direction: 'lower', others: { yamux: 1700 }, failures: {}, rounds: 3 },
  { id: 'B9', what: 'far', value: NaN, unit: '', direction: 'higher', others: {}, failures: {}, rounds: 0, reason: 'no page | no server' },
];

const widths = (svg) => [...svg.matchAll(/<rect x="\d+" y="\d+" width="([^"]*)"/g)].map(([, width]) => Number(width));

test('a result keeps values, aims and who was compared', () => {
  const { rows } = toResult(measured, about);
  assert.equal(rows[0].value, 0.9877);
  assert.equal(rows[0].met, true);
  assert.deepEqual(rows[0].rivals, { 'libp2p yamux': 0.7, qmux: null });
  assert.equal(rows[0].failures.qmux, 'too <slow>');
  assert.equal(rows[0].date, about.date);
  assert.equal(rows[2].value, null);
  assert.equal(rows[2].aim, null);
  assert.equal(rows[2].met, null);
  assert.equal(rows[2].reason, 'no page | no server');
  assert.deepEqual(JSON.parse(JSON.stringify(rows)), rows);
});

test('rows that are measured anew replace all of the same measurement and no others', () => {
  const row = (id, date) => ({ id, date });
  const before = [row('B1', 1), row('B1 rank', 1), row('B1 Rust', 1), row('B9 50 ms', 1), row('B10', 1)];
  const now = [row('B2', 2), row('B1', 2), row('B1 rank', 2)];
  const after = updated(before, now, ['B1', 'B2', 'B9', 'B10']);
  assert.deepEqual(after, [row('B1', 2), row('B1 rank', 2), row('B2', 2), row('B9 50 ms', 1), row('B10', 1)]);
});

test('a bar is never below zero nor beyond the chart', () => {
  assert.equal(extent(-3, 10), 0);
  assert.equal(extent(NaN, 10), 0);
  assert.equal(extent(5, 0), 0);
  assert.equal(extent(5, 10), 0.5);
  assert.equal(extent(50, 10), 1);
});

test('bars of values that are negative, missing or all zero can be drawn', () => {
  const { rows } = toResult(measured, about);
  for (const row of [...rows, { ...rows[0], value: 0, aim: 0, rivals: { a: 0 } }]) {
    const svg = chart(row);
    assert.ok(widths(svg).every((width) => width >= 0 && width <= 720), svg);
    assert.ok(!/NaN|undefined|Infinity/.test(svg), svg);
  }
});

test('bars are as long as their values, ours first, the others from the best on', () => {
  const [row] = toResult([{ ...measured[0], value: 2, others: { yamux: 1, mplex: 4 }, aim: undefined }], about).rows;
  const svg = chart(row);
  const [ours, first, second] = widths(svg);
  assert.ok(Math.abs(first / ours - 2) < 0.01);
  assert.ok(Math.abs(second / ours - 0.5) < 0.01);
  assert.ok(svg.indexOf('libp2p mplex') < svg.indexOf('libp2p yamux'));
});

test('names are escaped', () => {
  const [row] = toResult([{ ...measured[0], what: 'a < b & "c"' }], about).rows;
  assert.ok(chart(row).includes('a &lt; b &amp; &quot;c&quot;'));
});

test('numbers are shown with three digits and their unit', () => {
  assert.equal(shown(0.98765, 'x WebSocket'), '0.988x');
  assert.equal(shown(123456, '/s'), '123,456 /s');
  assert.equal(shown(0.25), '0.25');
  assert.equal(shown(null), 'failed');
  assert.equal(shownAim({ aim: 50, direction: 'lower', unit: 'ms' }), '≤ 50 ms');
  assert.equal(shownAim({ aim: null, direction: 'lower', unit: 'ms' }), '');
});

test('a report has a line and a chart for each row, in both forms', async (context) => {
  const folder = await mkdtemp(join(os.tmpdir(), 'report-'));
  context.after(() => rm(folder, { recursive: true }));
  await render(toResult(measured, about), folder);
  assert.deepEqual((await readdir(folder)).sort(), ['README.md', 'b1.svg', 'b10.svg', 'b9.svg', 'index.html']);
  const text = await readFile(join(folder, 'README.md'), 'utf8');
  assert.ok(text.includes('| B1 | bulk | 0.988x | ≥ 0.95x | met | 0.7x (libp2p yamux) | 5 |'), text);
  assert.ok(text.includes('| B9 | far | failed: no page \\| no server |'), text);
  assert.ok(text.includes('![B10](b10.svg)'));
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  assert.equal(page.match(/<svg/g).length, measured.length);
  assert.ok(page.includes('too &lt;slow&gt;'));
});
