// Numbers as they are shown.

/** Three digits that matter, and the unit. */
export function shown(value, unit = '') {
  if (!Number.isFinite(value)) return 'failed';
  const number = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
  // "x WebSocket" is a factor of it; its number says so by itself.
  return unit && !unit.startsWith('x ') ? `${number} ${unit}` : `${number}${unit ? 'x' : ''}`;
}

/** An aim, with which side of it is good. */
export const shownAim = ({ aim, direction, unit }) => (aim === null ? '' : `${direction === 'higher' ? '≥' : '≤'} ${shown(aim, unit)}`);

export function verdict({ met, reason }) {
  if (reason) return 'failed';
  return met === null ? '' : met ? 'met' : 'missed';
}

export const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);
