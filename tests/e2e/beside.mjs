// The pages in `pages/`, and the package, served beside the demo server, in a browser.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { Site } from '../packaging/lib/site.mjs';
import { DemoServer } from './server.mjs';

const PATIENCE_MS = 60_000;
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const folders = [
  { path: '/strandmux/', directory: path('../../wasm/pkg') },
  { path: '/', directory: path('pages') },
];

/** The browser's driver, the address of the pages, and what ends it all. */
export async function besideDemo(browser) {
  const demo = new DemoServer();
  await demo.start();
  const site = new Site(folders, demo.port);
  await site.start();
  const driver = await browser.start();
  const stop = async () => {
    await driver.quit();
    await site.stop();
    await demo.kill();
  };
  return { driver, url: site.url, stop };
}

/** The value of an expression in a page, awaited. */
export async function evaluate(driver, expression) {
  const [value, error] = await driver.executeAsyncScript(
    `const done = arguments[0]; (async () => ${expression})().then((value) => done([value]), (error) => done([null, String(error)]))`,
  );
  assert.equal(error, undefined);
  return value;
}

/** Opens one of the pages and waits for its script. */
export async function open(driver, address) {
  await driver.get(address);
  await ready(driver);
}

export function ready(driver) {
  const isReady = () => driver.executeScript('return globalThis.ready').catch(() => false);
  return driver.wait(isReady, PATIENCE_MS, 'the page is not there');
}
