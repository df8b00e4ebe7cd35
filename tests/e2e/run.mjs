#!/usr/bin/env node
// The demo page, end to end, in a real browser:
//
//     node tests/e2e/run.mjs chromium|firefox
//
// Starts the demo server itself, prints a line for each case and last `N passed, N failed`, and leaves
// screenshots in tests/artefacts. The cases are one journey: each goes on where the one before ended.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browsers } from './browsers.mjs';
import { journey } from './journey.mjs';
import { Page } from './page.mjs';
import { DemoServer } from './server.mjs';

const name = process.argv[2];
const browser = browsers[name];
if (!browser) {
  console.error('usage: node tests/e2e/run.mjs chromium|firefox');
  process.exit(2);
}

const artefacts = fileURLToPath(new URL('../artefacts/', import.meta.url));
const directory = await mkdtemp(join(tmpdir(), 'strandmux-e2e-'));
const server = new DemoServer();
let driver;
let passed = 0;
let failed = 0;

try {
  await mkdir(artefacts, { recursive: true });
  await server.start();
  driver = await browser.start();
  await driver.manage().window().setRect({ width: 1280, height: 1600 });
  const page = new Page(driver);
  for (const [title, body] of journey({ page, server, browser, directory, screenshot })) {
    const start = performance.now();
    try {
      await body();
      passed += 1;
      console.log(`ok ${title} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${title}: ${String(error.message ?? error).replaceAll('\n', ' ')}`);
      await screenshot(`failed-${failed}`).catch(() => {});
    }
  }
} catch (error) {
  failed += 1;
  console.log(`FAILED to set up: ${error.message}`);
} finally {
  await driver?.quit().catch(() => {});
  await server.kill();
  await rm(directory, { recursive: true, force: true });
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function screenshot(what) {
  await writeFile(join(artefacts, `${name}-${what}.png`), await driver.takeScreenshot(), 'base64');
}
