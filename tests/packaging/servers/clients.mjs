// Every client, as a function that drives the services of a server at a port and resolves with what it prints.

import { browsers } from '../../e2e/browsers.mjs';
import { here, installed, root, run, tool } from '../lib/packed.mjs';
import { Site } from '../lib/site.mjs';
import { workerd } from './processes.mjs';

// Nothing that works comes near this, however slow the machine.
const PATIENCE_MS = 600_000;

const battery = `${root}tests/interop/battery.mjs`;
const rust = `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/release/battery`;
const deno = ['run', '--no-lock', '--cached-only', '--allow-net', '--allow-read', '--allow-env'];

const env = { ...process.env, STRANDMUX_PACKAGE: installed.replace(/\/$/, '') };
const prints = (command, ...args) => (port, text) =>
  run(command, args.concat(`ws://127.0.0.1:${port}/mux`, text), { timeout: PATIENCE_MS, cwd: root, env });

export const clients = {
  rust: prints(rust),
  node: prints(process.execPath, battery),
  'node-own': prints(process.execPath, '--experimental-websocket', battery, '--own'),
  deno: prints(tool('deno'), ...deno, battery, '--own'),
  bun: prints(tool('bun'), 'run', '--no-install', battery, '--own'),
  workerd: fromWorkerd,
  chromium: (port, text) => fromPage('chromium', port, text),
  firefox: (port, text) => fromPage('firefox', port, text),
};

async function fromWorkerd(port, text) {
  const client = await workerd();
  try {
    const query = new URLSearchParams({ server: `ws://127.0.0.1:${port}/mux`, text });
    const answer = await fetch(`http://127.0.0.1:${client.port}/?${query}`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return await answer.text();
  } finally {
    await client.end();
  }
}

async function fromPage(name, port, text) {
  const folders = [
    { path: '/page/', directory: `${here}servers/page` },
    { path: '/strandmux/', directory: installed },
    { path: '/tests/interop/', directory: `${root}tests/interop` },
    { path: '/web-demo/page/', directory: `${root}web-demo/page` },
  ];
  const site = new Site(folders, port);
  await site.start();
  const driver = await browsers[name].start();
  try {
    await driver.get(`${site.url}/page/?${new URLSearchParams({ text })}`);
    let seen;
    const ready = async () => (seen = await driver.executeScript('return document.body.dataset.result'));
    await driver.wait(ready, PATIENCE_MS, 'the page does not come to an end', 250);
    return seen;
  } finally {
    await driver.quit();
    await site.stop();
  }
}
