// The result as it is kept: plain values, what is not a number left out with its reason.

import { contenders } from '../contenders/index.mjs';
import { isMet } from '../stats.mjs';

/** Rows of the measurement as rows of `results.json`. */
export function toResult(rows, { date, machine, mode }) {
  return { date, machine, mode, rows: rows.map((row) => toRow(row, { date, machine })) };
}

/** Rows of before with those measured now in place of all of the same measurement, in the order of `ids`. */
export function updated(before, now, ids) {
  const of = ({ id }) => ids.findIndex((known) => id === known || id.startsWith(`${known} `));
  const measured = new Set(now.map(of));
  return [...before.filter((row) => !measured.has(of(row))), ...now].sort((left, right) => of(left) - of(right));
}

function toRow({ id, what, value, aim, unit, direction, others, failures, rounds, reason }, { date, machine }) {
  return {
    id,
    what,
    value: rounded(value),
    aim: aim ?? null,
    met: isMet({ value, aim, direction }) ?? null,
    unit,
    direction,
    rivals: Object.fromEntries(Object.entries(others).map(([name, other]) => [titleOf(name), rounded(other)])),
    rounds,
    machine,
    date,
    ...(reason && { reason }),
    ...(Object.keys(failures).length > 0 && { failures: named(failures) }),
  };
}

const named = (object) => Object.fromEntries(Object.entries(object).map(([name, text]) => [titleOf(name), text]));

/** What the report calls a contender; others than those in the list keep their names. */
export const titleOf = (name) => contenders[name]?.title ?? (name === 'raw' ? 'TCP' : name.replace('-', ' '));

const rounded = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);
