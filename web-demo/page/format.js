// Numbers as the page shows them: always as many digits as keep a column from jumping.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const whole = new Intl.NumberFormat('en');

export function count(n) {
  return whole.format(n);
}

export function bytes(n) {
  let unit = 0;
  for (; n >= 1024 && unit < UNITS.length - 1; unit += 1) n /= 1024;
  return `${unit === 0 ? n : n.toFixed(n < 100 ? 1 : 0)}\u00a0${UNITS[unit]}`;
}

/** Empty where there is no rate to tell. */
export function rate(bytesPerSecond) {
  return bytesPerSecond === undefined ? '' : `${bytes(Math.round(bytesPerSecond))}/s`;
}

export function milliseconds(ms) {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)}\u00a0s`;
  return `${ms.toFixed(ms < 100 ? 1 : 0)}\u00a0ms`;
}

export function duration(seconds) {
  const s = Math.floor(seconds);
  const pair = (n) => String(n).padStart(2, '0');
  const days = Math.floor(s / 86_400);
  const clock = `${pair(Math.floor(s / 3600) % 24)}:${pair(Math.floor(s / 60) % 60)}:${pair(s % 60)}`;
  return days > 0 ? `${days}\u00a0d ${clock}` : clock;
}

/** The stable code of an error of the package; for an error of the browser, its name. */
export function codeOf(error) {
  return typeof error?.code === 'string' ? error.code : (error?.name ?? 'unknown');
}
