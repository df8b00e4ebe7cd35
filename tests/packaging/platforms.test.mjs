// The package on platforms without pages.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { DemoServer } from '../e2e/server.mjs';
import { here, installed, node20, node22, run, tool, work } from './lib/packed.mjs';
import { EXPECTED } from './projects/program.js';

const demo = new DemoServer();
let url;

before(async () => {
  await demo.start();
  url = `ws://127.0.0.1:${demo.port}/mux`;
});
after(() => demo.kill());

async function prints(expected, program, ...args) {
  assert.equal((await run(program, [...args, url], { env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } })).trim(), expected);
}

test('Node 20, with ws', async () => {
  const { engines } = JSON.parse(await readFile(`${installed}package.json`, 'utf8'));
  assert.match(await run(node20, ['--version']), new RegExp(`^v${engines.node.replace('>=', '')}\\.`));
  await prints(EXPECTED, node20, 'projects/node/ws.mjs');
});
test('Node 22, with ws', () => prints(EXPECTED, node22, 'projects/node/ws.mjs'));
test('Node 22, with its own WebSocket', () => prints(EXPECTED, node22, 'projects/node/main.mjs'));
test('Node 22, required', () => prints(EXPECTED, node22, 'projects/node/required.cjs'));
const deno = [tool('deno'), 'run', '--no-prompt', '--no-lock', '--cached-only', '--allow-net=127.0.0.1'];
test('Deno', () => prints(EXPECTED, ...deno, '--allow-read=node_modules/strandmux', 'projects/node/main.mjs'));
test('Deno, without reading files', () => prints(EXPECTED, ...deno, 'projects/node/deno.mjs'));
test('Bun', () => prints(EXPECTED, tool('bun'), 'run', '--no-install', 'projects/node/main.mjs'));

test('workerd', async () => {
  const directory = `${work}workerd/`;
  await mkdir(directory, { recursive: true });
  // As wrangler does it: with this condition, and WebAssembly left to be imported as a module.
  await build({
    entryPoints: [`${here}projects/workerd/main.js`],
    outfile: `${directory}main.js`,
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    external: ['*.wasm'],
  });
  await cp(`${installed}strandmux.wasm`, `${directory}strandmux.wasm`);
  await cp(`${here}projects/workerd/config.capnp`, `${directory}config.capnp`);
  const server = spawn(tool('workerd'), ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  try {
    const port = await new Promise((resolve, reject) => {
      server.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
      createInterface(server.stdio[3]).on('line', (line) => resolve(JSON.parse(line).port));
    });
    const answer = await fetch(`http://127.0.0.1:${port}/?server=${encodeURIComponent(url)}`);
    assert.equal(await answer.text(), EXPECTED);
  } finally {
    server.kill('SIGKILL');
  }
});
