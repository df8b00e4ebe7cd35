// From rounds to rows of the result.

import { best, ratio } from '../stats.mjs';

export const OURS = 'strandmux';
/** Ours without the platform's streams: rows of its own where those are most of the cost. */
export const DIRECT = 'strandmux-direct';
export const BARE = 'bare';

/**
 * A row of the result that compares everyone with `base` by one number of each round, as a ratio.
 * `pick` takes that number from what a round gave. A round's ratio is of that round's two values.
 */
export function compared(row, rounds, { base = BARE, pick = (value) => value, ours = OURS, except = [] } = {}) {
  const picked = pickAll(rounds.results, pick);
  const ratios = {};
  for (const [name, values] of Object.entries(picked)) {
    if (name !== base && !except.includes(name)) ratios[name] = ratio(values, picked[base] ?? []);
  }
  return finish(row, ratios, rounds, ours, [ours, base]);
}

/** A row with everyone's own numbers, put together by `summary`. */
export function absolute(row, rounds, { pick = (value) => value, summary, ours = OURS, except = [] }) {
  const values = {};
  for (const [name, samples] of Object.entries(pickAll(rounds.results, pick))) {
    if (except.includes(name)) continue;
    values[name] = samples.some((sample) => sample !== undefined) ? summary(samples.filter((sample) => sample !== undefined)) : NaN;
  }
  return finish(row, values, rounds, ours, [ours]);
}

/** How far ahead of the best rival we are: above 1 is ahead, whichever direction is better. */
export function ahead(row, of, isRival) {
  const rivals = Object.fromEntries(Object.entries(of.others).filter(([name]) => isRival(name)));
  const first = best(rivals, of.direction);
  if (!first) return { ...row, value: NaN, unit: 'x', direction: 'higher', others: {}, rounds: of.rounds, failures: of.failures, reason: 'no rival finished' };
  const lead = of.direction === 'higher' ? (value) => value / first.value : (value) => first.value / value;
  const others = Object.fromEntries(Object.entries(rivals).map(([name, value]) => [name, lead(value)]));
  return { ...row, value: lead(of.value), unit: 'x the best rival', direction: 'higher', others, rounds: of.rounds, failures: of.failures };
}

function pickAll(results, pick) {
  const pickOne = (value) => (value === undefined ? undefined : pick(value));
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, Array.from(values, pickOne)]));
}

function finish(row, values, { failures, rounds }, ours, needed) {
  const { [ours]: value = NaN, ...others } = values;
  const missing = needed.find((name) => failures[name]);
  const reason = Number.isFinite(value) ? undefined : missing ? `${missing}: ${failures[missing]}` : 'no round finished';
  return { ...row, value, others, rounds, failures, ...(reason && { reason }) };
}
