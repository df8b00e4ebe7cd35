// The open streams as strands that share one cable: a line each from the page to the server, in the
// colour of its service, and brighter while it carries bytes.

import { schedule, setText } from './frame.js';

const REFRESH_MS = 200;
// Between strands, in pixels: at the ends, and in the cable.
const SPREAD = 14;
const PACK = 3;
const SVG = 'http://www.w3.org/2000/svg';
const NAMES = { SINK: ['upload', 'uploads'], SOURCE: ['download', 'downloads'], ECHO: ['echo', 'echoes'], FEED: ['feed', 'feeds'] };

export function showStrands(connection) {
  const svg = document.getElementById('strands');
  const paths = new Map();
  let size = { width: 0, height: 0 };

  new ResizeObserver(([{ contentRect }]) => {
    size = contentRect;
    // The observer calls before this frame is painted; the next one would be a frame too late.
    arrange();
  }).observe(svg);
  connection.addEventListener('calls', () => schedule(arrange));
  connection.addEventListener('state', () => schedule(arrange));
  setInterval(() => {
    for (const [call, strand] of paths) {
      const active = call.bytes !== strand.bytes;
      strand.bytes = call.bytes;
      if (active !== strand.active) strand.path.classList.toggle('active', active);
      strand.active = active;
    }
  }, REFRESH_MS);

  function arrange() {
    const calls = [...connection.calls];
    setText(document.getElementById('streams-open'), String(calls.length));
    document.getElementById('streams-word').textContent = calls.length === 1 ? 'stream' : 'streams';
    svg.dataset.state = connection.state.name;
    showLegend(calls);
    for (const [call, { path }] of paths) {
      if (connection.calls.has(call)) continue;
      path.remove();
      paths.delete(call);
    }
    const { width, height } = size;
    const spread = Math.min(SPREAD, (height - 6) / Math.max(1, calls.length - 1));
    const pack = Math.min(PACK, spread);
    calls.forEach((call, i) => {
      if (!paths.has(call)) paths.set(call, addStrand(svg, call));
      const offset = i - (calls.length - 1) / 2;
      const from = (height / 2 + offset * spread).toFixed(1);
      const to = (height / 2 + offset * pack).toFixed(1);
      const [a, b, c] = [0.08, 0.2, 0.32].map((share) => (share * width).toFixed(1));
      const [d, e, f] = [0.68, 0.8, 0.92].map((share) => (share * width).toFixed(1));
      const fanIn = `M0 ${from}H${a}C${b} ${from} ${b} ${to} ${c} ${to}`;
      const fanOut = `H${d}C${e} ${to} ${e} ${from} ${f} ${from}H${width}`;
      paths.get(call).path.setAttribute('d', fanIn + fanOut);
    });
  }
}

function addStrand(svg, call) {
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('class', `strand ${call.service.toLowerCase()}`);
  svg.append(path);
  return { path, bytes: -1, active: false };
}

function showLegend(calls) {
  for (const [service, names] of Object.entries(NAMES)) {
    const item = document.querySelector(`#strand-legend [data-service="${service}"]`);
    const number = calls.filter((call) => call.service === service).length;
    item.hidden = number === 0;
    setText(item, `${number} ${names[number === 1 ? 0 : 1]}`);
  }
}
