// The JavaScript in the project's README: its server, and its page against that.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { browsers } from '../e2e/browsers.mjs';
import { here, installed, root, work } from './lib/packed.mjs';
import { Site } from './lib/site.mjs';

// Nothing that works comes near this, however slow the machine.
const PATIENCE_MS = 60_000;
// Beside `node_modules`, where the server's imports are found.
const serverFile = `${here}.readme-server.mjs`;
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

test('the page of the README talks to the server of the README', async () => {
  const readme = await readFile(`${root}README.md`, 'utf8');
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.equal(blocks.length, 2, 'a page and a server');
  const port = await freePort();
  const [client, serverCode] = blocks.map((code) => {
    assert.ok(code.trimEnd().split('\n').length <= 15, 'a start is short');
    assert.ok(code.includes('8080'), 'the port to replace');
    return code.replaceAll('8080', port);
  });
  await mkdir(directory, { recursive: true });
  await writeFile(`${directory}index.html`, page(client));
  await writeFile(serverFile, serverCode);
  const site = new Site([{ path: '/strandmux/', directory: installed }, { path: '/', directory }], port);
  const server = spawn(process.execPath, [serverFile], { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
  const driver = await browsers.chromium.start();
  try {
    await site.start();
    await listening(port, server);
    await driver.get(`${site.url}/`);
    let seen;
    const ready = async () => (seen = await driver.executeScript('return document.body.dataset.result'));
    await driver.wait(ready, PATIENCE_MS, 'the page did not come to its end', 50);
    assert.equal(seen, 'hello');
  } finally {
    server.kill('SIGKILL');
    await driver.quit();
    await site.stop();
  }
});
