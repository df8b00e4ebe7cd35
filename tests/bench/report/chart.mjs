// One row as horizontal bars, drawn as SVG.

import { escape, shown } from './format.mjs';

const WIDTH = 720;
const LEFT = 230;
const RIGHT = 90;
const BAR = 16;
const GAP = 8;
const TOP = 10;

/** The part of the width that a value takes: none below zero, which has a number but no bar, and all at most. */
export function extent(value, most) {
  if (!Number.isFinite(value) || !(most > 0)) return 0;
  return Math.min(Math.max(value / most, 0), 1);
}

/** Bars of ours, then of everyone else from the best on, and a line for the aim. */
export function chart(row) {
  const others = Object.entries(row.rivals).sort(byMerit(row.direction));
  const bars = [['strandmux', row.value, 'ours'], ...others.map(([name, value]) => [name, value, 'other'])];
  const numbers = [...bars.map(([, value]) => value), row.aim].filter((value) => Number.isFinite(value));
  const most = Math.max(0, ...numbers) * 1.05;
  const height = TOP + bars.length * (BAR + GAP) + TOP;
  const parts = bars.map((bar, index) => drawBar(bar, TOP + index * (BAR + GAP), most, row.unit));
  if (row.aim !== null && row.aim > 0) parts.push(drawAim(row, most, height));
  const label = escape(`${row.id}: ${row.what}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${label}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${parts.join('\n')}
</svg>`;
}

const at = (value, most) => LEFT + extent(value, most) * (WIDTH - LEFT - RIGHT);

function drawBar([name, value, kind], y, most, unit) {
  const end = at(value, most);
  const middle = y + BAR / 2;
  const fill = kind === 'ours' ? '#1f6feb' : '#b8c0cc';
  return `<text x="${LEFT - 8}" y="${middle}" text-anchor="end" dominant-baseline="central" fill="#24292f">${escape(name)}</text>
<rect x="${LEFT}" y="${y}" width="${(end - LEFT).toFixed(1)}" height="${BAR}" fill="${fill}"/>
<text x="${(end + 6).toFixed(1)}" y="${middle}" dominant-baseline="central" fill="#24292f">${escape(shown(value ?? NaN, unit))}</text>`;
}

function drawAim({ aim }, most, height) {
  const x = at(aim, most).toFixed(1);
  return `<line x1="${x}" y1="4" x2="${x}" y2="${height - 4}" stroke="#d1242f" stroke-width="2" stroke-dasharray="4 3"/>`;
}

function byMerit(direction) {
  const sign = direction === 'higher' ? -1 : 1;
  const rank = (value) => (Number.isFinite(value) ? sign * value : Infinity);
  return ([, left], [, right]) => (rank(left) === rank(right) ? 0 : rank(left) - rank(right));
}
