// Measures all rows, or those named, and writes the report.
//
// Usage: node tests/bench/run.mjs [--short] [--row ID]... [--contender NAME]... [--rounds N] [--out FOLDER] [--update]
//
// With --update, the rows that are not measured stay as they are in the folder.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.mjs';
import { everyone } from './contenders/index.mjs';
import { Lab } from './lab.mjs';
import { root } from './processes.mjs';
import { render } from './report/render.mjs';
import { toResult, updated } from './report/result.mjs';
import { rows } from './rows/index.mjs';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    row: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    out: { type: 'string' },
    update: { type: 'boolean', default: false },
  },
});

const chosen = options.row ? rows.filter(({ id }) => options.row.includes(id)) : rows;
for (const id of options.row ?? []) {
  if (!rows.some((row) => row.id === id)) usage(`no row is called ${id}; there are ${rows.map((row) => row.id).join(' ')}`);
}
for (const name of options.contender ?? []) {
  if (!everyone.includes(name)) usage(`no contender is called ${name}; there are ${everyone.join(' ')}`);
}

if (options.update && options.short) usage('what is kept is measured in full');

function usage(complaint) {
  console.error(`${complaint}\nUsage: node tests/bench/run.mjs [--short] [--row ID]... [--contender NAME]... [--rounds N] [--out FOLDER] [--update]`);
  process.exit(2);
}

// Figures to keep are of all rows, in full: anything less goes where nothing is kept.
const isWhole = !options.short && !options.row && !options.contender && !options.rounds;
const folder = options.out ?? (isWhole ? join(root, 'tests/bench') : join(root, 'target/bench'));

// The browser's driver closes the browser on this and goes on.
process.on('SIGTERM', () => process.exit(143));

await bundle();
const results = [];
for (const row of chosen) {
  const start = performance.now();
  console.log(`${row.id}: ${row.what}`);
  results.push(...(await measure(row)));
  console.log(`  (${((performance.now() - start) / 1e3).toFixed(0)} s)`);
}
await write(results);
process.exit(results.some(({ reason }) => reason) ? 1 : 0);

/** A row's results; one that fails has a reason instead of a value, and the others go on. */
async function measure(row) {
  const lab = new Lab({
    only: options.contender,
    rounds: options.rounds && Number(options.rounds),
    isShort: options.short,
    log: (text) => console.log(text),
  });
  try {
    const measured = await row.run(lab);
    for (const { id, value, unit, reason } of measured) console.log(`${id} = ${Number.isFinite(value) ? value.toPrecision(3) : `none: ${reason}`} ${unit}`);
    return measured;
  } catch (error) {
    console.log(`${row.id} failed: ${error.stack}`);
    return [{ id: row.id, what: row.what, value: NaN, unit: '', direction: 'higher', others: {}, failures: {}, rounds: 0, reason: error.message }];
  } finally {
    await lab.close();
  }
}

async function write(measured) {
  const date = new Date().toISOString().slice(0, 10);
  const result = toResult(measured, { date, machine: await machine(), mode: options.short ? 'short' : 'full' });
  if (options.update) result.rows = updated(await kept(), result.rows, rows.map(({ id }) => id));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'results.json'), `${JSON.stringify(result, null, 2)}\n`);
  await render(result, join(folder, 'results'));
  console.log(`wrote ${join(folder, 'results.json')} and ${join(folder, 'results')}`);
}

/** The rows that are in the folder. */
async function kept() {
  const text = await readFile(join(folder, 'results.json'), 'utf8').catch(() => '{"rows":[]}');
  return JSON.parse(text).rows;
}

async function machine() {
  const system = /^PRETTY_NAME="(.*)"$/m.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1];
  const [{ model }] = os.cpus();
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  return `${os.cpus().length} x ${model}, ${memory}, ${system ?? os.type()}, Linux ${os.release()}, Node ${process.versions.node}`;
}
