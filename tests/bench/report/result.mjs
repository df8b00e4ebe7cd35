// The result as it is kept: plain values, what is not a number left out with its reason.

import { contenders } from '../contenders/index.mjs';
import { isMet } from '../stats.mjs';

/** Rows of the measurement as rows of `results.json`. */
export function toResult(rows, { date, machine, mode }) {
  return { date, machine, mode, rows: rows.map((row) => toRow(row, { date, machine })) };
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
