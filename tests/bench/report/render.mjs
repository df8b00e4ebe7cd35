// The report of a result, in HTML and in Markdown, with a chart of each row.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart } from './chart.mjs';
import { escape, shown, shownAim, verdict } from './format.mjs';

/** Writes `README.md`, its charts and `index.html` into `folder`, in place of what was there. */
export async function render(result, folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const row of result.rows) await writeFile(join(folder, chartName(row)), `${chart(row)}\n`);
  await writeFile(join(folder, 'README.md'), markdown(result));
  await writeFile(join(folder, 'index.html'), html(result));
}

const chartName = ({ id }) => `${id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;

const columns = ['row', 'what', 'value', 'aim', '', 'best other', 'rounds'];

const cells = (row) => [row.id, row.what, row.reason ? `failed: ${row.reason}` : shown(row.value, row.unit), shownAim(row), verdict(row), bestOther(row), String(row.rounds)];

function bestOther({ rivals, direction, unit }) {
  const known = Object.entries(rivals).filter(([, value]) => value !== null);
  if (known.length === 0) return '';
  const sign = direction === 'higher' ? -1 : 1;
  const [name, value] = known.sort(([, left], [, right]) => sign * (left - right))[0];
  return `${shown(value, unit)} (${name})`;
}

function summary({ rows, machine, mode }) {
  const dates = [...new Set(rows.map(({ date }) => date))].sort();
  return `Measured on ${dates.join(' and ')} (${mode} mode), on ${machine}. Factors are medians over rounds of what both reached in the same round; contenders take turns.`;
}

const failures = (row) => Object.entries(row.failures ?? {}).map(([name, reason]) => `${name}: ${reason}`);

export function markdown(result) {
  const cell = (text) => text.replaceAll('|', '\\|');
  const table = [columns, columns.map(() => '---'), ...result.rows.map(cells)].map((row) => `| ${row.map(cell).join(' | ')} |`);
  const charts = result.rows.map((row) => {
    const notes = failures(row).map((text) => `\n- failed: ${text}`);
    return `### ${row.id}: ${row.what}\n\n![${row.id}](${chartName(row)})\n${notes.join('')}`;
  });
  return `# strandmux measured\n\n${summary(result)}\n\n${table.join('\n')}\n\n${charts.join('\n')}`;
}

export function html(result) {
  const cell = (tag) => (text) => `<${tag}>${escape(text)}</${tag}>`;
  const head = `<tr>${columns.map(cell('th')).join('')}</tr>`;
  const body = result.rows.map((row) => `<tr class="${verdict(row)}">${cells(row).map(cell('td')).join('')}</tr>`).join('\n');
  const charts = result.rows.map((row) => {
    const notes = failures(row).map((text) => `<p class="failed">failed: ${escape(text)}</p>`);
    return `<section><h2>${escape(`${row.id}: ${row.what}`)}</h2>\n${chart(row)}\n${notes.join('')}</section>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>strandmux measured</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; color: #24292f; background: #ffffff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid #d0d7de; }
tr.met td:nth-child(5) { color: #1a7f37; }
tr.missed td:nth-child(5), tr.failed td:nth-child(5), .failed { color: #d1242f; }
svg { max-width: 100%; height: auto; }
</style>
<h1>strandmux measured</h1>
<p>${escape(summary(result))}</p>
<table>
${head}
${body}
</table>
${charts.join('\n')}
</html>
`;
}
