// The package in pages: without a bundler, with each of them, under policies, in a worker.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browsers } from '../e2e/browsers.mjs';
import { DemoServer } from '../e2e/server.mjs';
import { builders, viteServer } from './lib/bundles.mjs';
import { here, installed } from './lib/packed.mjs';
import { Site } from './lib/site.mjs';
import { EXPECTED } from './projects/program.js';
import { FOUND } from './projects/webtransport/program.js';

// Nothing that works comes near this, however slow the machine.
const PATIENCE_MS = 60_000;

const policy = (scripts) => ({ 'content-security-policy': `default-src 'none'; connect-src 'self'; script-src ${scripts}` });
const demo = new DemoServer();
const folders = [
  { path: '/strandmux/', directory: installed },
  { path: '/program.js', directory: `${here}projects/program.js` },
  { path: '/plain/', directory: `${here}projects/plain` },
  { path: '/worker/', directory: `${here}projects/worker` },
  { path: '/webtransport/', directory: `${here}projects/webtransport` },
  { path: '/allowed/', directory: `${here}projects/csp`, headers: policy("'self' 'wasm-unsafe-eval'") },
  { path: '/forbidden/', directory: `${here}projects/csp`, headers: policy("'self'") },
];
let site;

before(async () => {
  await demo.start();
  site = new Site(folders, demo.port);
  await site.start();
});
after(async () => {
  await site?.stop();
  await demo.kill();
});

for (const name of ['chromium', 'firefox']) {
  test(name, async (t) => {
    const driver = await browsers[name].start();
    const shows = async (url, expected) => {
      await driver.get(url);
      let seen;
      const ready = async () => (seen = await driver.executeScript('return document.body.dataset.result'));
      await driver.wait(ready, PATIENCE_MS, `nothing came of ${url}`, 50);
      assert.equal(seen, expected);
    };
    try {
      await t.test('a page without a bundler', () => shows(`${site.url}/plain/`, EXPECTED));
      await t.test("a policy with 'wasm-unsafe-eval'", () => shows(`${site.url}/allowed/`, EXPECTED));
      await t.test('a policy that forbids WebAssembly', () =>
        shows(`${site.url}/forbidden/`, 'wasm_failed, CompileError, 1 socket, closed'));
      await t.test('a worker whose streams are transferred', () => shows(`${site.url}/worker/`, EXPECTED));
      await t.test('a program for WebTransport', () => shows(`${site.url}/webtransport/`, FOUND));
      if (name === 'chromium') await bundled(t, shows);
    } finally {
      await driver.quit();
    }
  });
}

async function bundled(t, shows) {
  for (const [name, build] of Object.entries(builders)) {
    await t.test(name, async () => {
      folders.push({ path: `/${name}/`, directory: await build() });
      await shows(`${site.url}/${name}/`, EXPECTED);
    });
  }
  await t.test("Vite's server for development", async () => {
    const vite = await viteServer({ proxy: { '/mux': { target: site.url, ws: true } } });
    try {
      await shows(`http://127.0.0.1:${vite.httpServer.address().port}/`, EXPECTED);
    } finally {
      await vite.close();
    }
  });
}
