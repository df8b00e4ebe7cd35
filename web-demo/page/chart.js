// Round-trip times of the last half minute, a bar each.

import { schedule } from './frame.js';

const SECONDS = 30;
// Heights of the scale: each is round, and so is its half.
const SCALES_MS = [1, 2, 3, 4, 6, 8].flatMap((n) => [1, 10, 100, 1_000, 10_000].map((decade) => n * decade)).sort((a, b) => a - b);
const AXIS_WIDTH = 54;
const TOP = 8;
const SVG = 'http://www.w3.org/2000/svg';

export class Chart {
  #svg;
  #samples = [];
  #size = { width: 0, height: 0 };
  #paint = () => this.#draw();

  constructor(svg) {
    this.#svg = svg;
    this.idle = this.#add('path', 'bars idle');
    this.busy = this.#add('path', 'bars busy');
    this.typed = this.#add('path', 'typed');
    this.grid = this.#add('path', 'grid');
    this.labels = [0, 1].map(() => this.#add('text', 'tick'));
    new ResizeObserver(([{ contentRect }]) => {
      this.#size = contentRect;
      // The observer calls before this frame is painted; the next one would be a frame too late.
      this.#draw();
    }).observe(svg);
    // The picture moves on while nothing arrives: an echo that stalls leaves a gap.
    setInterval(() => this.#samples.length && schedule(this.#paint), 250);
  }

  /** `busy` says that files were on their way too, `typed` that a person wrote the line. */
  add({ ms, busy, typed }) {
    this.#samples.push({ at: performance.now(), ms, busy, typed });
    schedule(this.#paint);
  }

  #draw() {
    const { width, height } = this.#size;
    const now = performance.now();
    while (this.#samples.length && now - this.#samples[0].at > SECONDS * 1000) this.#samples.shift();
    const most = this.#samples.reduce((most, { ms }) => Math.max(most, ms), 0);
    const top = SCALES_MS.find((scale) => scale >= most) ?? most;
    const x = (at) => (width - AXIS_WIDTH) * (1 - (now - at) / (SECONDS * 1000));
    const y = (ms) => height - Math.max(1.5, (ms / top) * (height - TOP));
    const paths = { idle: '', busy: '', typed: '' };
    for (const { at, ms, busy, typed } of this.#samples) {
      const where = x(at).toFixed(1);
      paths[busy ? 'busy' : 'idle'] += `M${where} ${height}V${y(ms).toFixed(1)}`;
      if (typed) paths.typed += `M${where} ${(y(ms) - 4).toFixed(1)}h0`;
    }
    for (const [name, path] of Object.entries(paths)) this[name].setAttribute('d', path);
    const right = width - AXIS_WIDTH;
    this.grid.setAttribute('d', `M0 ${height}H${right}M0 ${y(top / 2)}H${right}M0 ${y(top)}H${right}`);
    [top / 2, top].forEach((ms, i) => {
      this.labels[i].textContent = ms >= 1_000 ? `${ms / 1000} s` : `${ms} ms`;
      this.labels[i].setAttribute('x', width);
      this.labels[i].setAttribute('y', y(ms) + 4);
    });
  }

  #add(name, className) {
    const element = document.createElementNS(SVG, name);
    element.setAttribute('class', className);
    this.#svg.append(element);
    return element;
  }
}
