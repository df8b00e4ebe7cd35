// Statistics of a few samples.

/** The middle value, or the mean of the two middle ones; NaN of none. */
export function median(values) {
  return quantile(values, 0.5);
}

/** The value below which the fraction `q` of the samples lies, linear between neighbours; NaN of none. */
export function quantile(values, q) {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

/** Jain's fairness index: 1 if all have the same, 1/n if one has everything; NaN of nothing at all. */
export function jain(shares) {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}

/**
 * The median over rounds of one contender's value divided by another's in the same round, so that a machine
 * that was slower for a round does not count. Rounds that either lacks are left out.
 */
export function ratio(values, base) {
  const ratios = [];
  for (let round = 0; round < Math.min(values.length, base.length); round += 1) {
    const quotient = values[round] / base[round];
    if (Number.isFinite(quotient)) ratios.push(quotient);
  }
  return median(ratios);
}

/** Whether a value reaches its aim; undefined without an aim. */
export function isMet({ value, aim, direction }) {
  if (aim === undefined || aim === null) return undefined;
  if (!Number.isFinite(value)) return false;
  return direction === 'higher' ? value >= aim : value <= aim;
}

/** The best of several named values, or undefined if there is none. */
export function best(values, direction) {
  const known = Object.entries(values).filter(([, value]) => Number.isFinite(value));
  if (known.length === 0) return undefined;
  const better = direction === 'higher' ? (a, b) => a > b : (a, b) => a < b;
  const [name, value] = known.reduce((left, right) => (better(right[1], left[1]) ? right : left));
  return { name, value };
}
