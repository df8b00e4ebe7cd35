// The JavaScript in the project's README, its server, and its page against that; and the servers in the package's.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { browsers } from '../e2e/browsers.mjs';
import { Multiplexer } from 'strandmux';
import WebSocket from 'ws';
import { here, installed, root, tool, work } from './lib/packed.mjs';
import { Site } from './lib/site.mjs';
import { workerd } from './servers/processes.mjs';

// Nothing that works comes near this, however slow the machine.
const PATIENCE_MS = 60_000;
// Beside `node_modules`, where the server's imports are found.
const serverFile = (name) => `${here}.readme-server-${name}.mjs`;
/** What stands in the READMEs for the user's own page. */
const ORIGIN = 'https://example.com';
const directory = `${work}readme/`;

/** Ends the page's script by showing what it printed. */
const page = (script) => `<!doctype html>
<script type="importmap">{ "imports": { "strandmux": "/strandmux/index.js" } }</script>
<body><script type="module">
const printed = [];
console.log = (line) => printed.push(line);
${script}
document.body.dataset.result = printed.join("|");
</script></body>`;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something listens, for as long as the process runs. */
async function listening(port, server) {
  while (server.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isThere = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'close').then(() => false)]).catch(() => false);
    socket.destroy();
    if (isThere) return;
    await sleep(50);
  }
  throw new Error(`the server ended with ${server.exitCode}`);
}

/** The JavaScript in a text. */
function blocksOf(text) {
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
}

test('the page of the README talks to the server of the README', async () => {
  const blocks = blocksOf(await readFile(`${root}README.md`, 'utf8'));
  assert.equal(blocks.length, 2, 'a page and a server');
  for (const code of blocks) {
    assert.ok(code.trimEnd().split('\n').length <= 15, 'a start is short');
    assert.ok(code.includes('8080'), 'the port to replace');
  }
  const port = await freePort();
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}index.html`, page(blocks[0].replaceAll('8080', port)));
  const site = new Site([{ path: '/strandmux/', directory: installed }, { path: '/', directory }], port);
  await site.start();
  await writeFile(serverFile('root'), blocks[1].replaceAll('8080', port).replace(ORIGIN, site.url));
  const server = spawn(process.execPath, [serverFile('root')], { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
  const driver = await browsers.chromium.start();
  try {
    await listening(port, server);
    await driver.get(`${site.url}/`);
    let seen;
    const ready = async () => (seen = await driver.executeScript('return document.body.dataset.result'));
    await driver.wait(ready, PATIENCE_MS, 'the page did not come to its end', 50);
    assert.equal(seen, 'hello');
    await refuses(port);
  } finally {
    server.kill('SIGKILL');
    await driver.quit();
    await site.stop();
  }
});

/** A server echoes to a page of the right origin, and to a program. */
async function echoes(port) {
  for (const options of [{ origin: ORIGIN }, {}]) {
    const mux = new Multiplexer(new WebSocket(`ws://127.0.0.1:${port}/`, options));
    const stream = await mux.openStream();
    await stream.write(new TextEncoder().encode('hello'));
    await stream.closeWrite();
    let text = '';
    for (let bytes; (bytes = await stream.read());) text += new TextDecoder().decode(bytes);
    assert.equal(text, 'hello');
    await mux.close();
  }
}

/** A server refuses a page from elsewhere. */
async function refuses(port) {
  for (const origin of ['https://example.org', `${ORIGIN}.example.org`, 'null']) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { origin });
    const [error] = await once(socket, 'error');
    assert.match(error.message, /Unexpected server response: 40[13]/, origin);
  }
}

/** A server closes on a message of more than a multiplexer sends. */
async function limits(port) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(socket, 'open');
  socket.on('error', () => {});
  socket.send(new Uint8Array(65_549));
  const [code] = await once(socket, 'close');
  // That it is too big, or nothing: a multiplexer would have closed with 4002.
  assert.ok([1_009, 1_006].includes(code), `${code}`);
}

const [common, ...platforms] = blocksOf(/^## As a server$(.*?)^## /ms.exec(await readFile(`${root}wasm/README.md`, 'utf8'))[1]);
const codeFor = (part) => `${common}\n${platforms.find((code) => code.includes(part))}`;

test('the README has a server for each platform', () => assert.equal(platforms.length, 4));

for (const { name, part, command, checks } of [
  { name: 'node', part: 'WebSocketServer', command: [process.execPath], checks: [echoes, refuses, limits] },
  { name: 'deno', part: 'Deno.serve', command: [tool('deno'), 'run', '--no-lock', '--cached-only', '--allow-net', '--allow-read'], checks: [echoes, refuses] },
  { name: 'bun', part: 'Bun.serve', command: [tool('bun'), 'run', '--no-install'], checks: [echoes, refuses, limits] },
]) {
  test(`the package's README: ${name}`, async () => {
    const port = await freePort();
    const code = codeFor(part);
    assert.ok(code.includes('8080'), 'the port to replace');
    await writeFile(serverFile(name), code.replace('8080', port));
    const [program, ...args] = [...command, serverFile(name)];
    const server = spawn(program, args, { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
    try {
      await listening(port, server);
      for (const check of checks) await check(port);
    } finally {
      server.kill('SIGKILL');
    }
  });
}

test("the package's README: workerd", async () => {
  await writeFile(serverFile('workerd'), codeFor('WebSocketPair'));
  const server = await workerd(serverFile('workerd'));
  try {
    await echoes(server.port);
    await refuses(server.port);
  } finally {
    await server.end();
  }
});
