#!/usr/bin/env node
// A page with a connection is left and come back to: the browser may have kept it, as it was, or not.
//
//     node tests/e2e/leaving.mjs chromium|firefox
//
// Either way nothing hangs: what waited has ended with a typed error or still works, and a new connection works.

import assert from 'node:assert/strict';
import { besideDemo } from './beside.mjs';
import { browsers } from './browsers.mjs';

const PATIENCE_MS = 60_000;
const name = process.argv[2];
const browser = browsers[name];
if (!browser) {
  console.error('usage: node tests/e2e/leaving.mjs chromium|firefox');
  process.exit(2);
}

const { driver, url, stop } = await besideDemo(browser);
try {
  await driver.manage().setTimeouts({ script: PATIENCE_MS });
  console.log(`an empty page is kept: ${await isKept(false)}`);
  console.log(`a page with a connection is kept: ${await isKept(true)}`);
} finally {
  await stop();
}

/** Whether the page came back as it was left, after looking at what has become of it. */
async function isKept(hasConnection) {
  await open('leaving.html');
  if (hasConnection) assert.equal(await run('start()'), 'left');
  await open('blank.html');
  await driver.navigate().back();
  await ready();
  const { state, persisted } = await run('state()');
  if (hasConnection && persisted) {
    // The browser closed the WebSocket, or it goes on.
    const outcome = await run('outcome()');
    console.log(`its connection: ${outcome}`);
    assert.match(outcome, /^(works|carrier_failed|heartbeat_timeout|closed with \d+)$/);
  }
  if (hasConnection && !persisted) assert.equal(state, 'new');
  assert.equal(await run('connectAgain()'), 'again');
  return persisted;
}

async function open(file) {
  await driver.get(`${url}/${file}`);
  await ready();
}

function ready() {
  return driver.wait(() => driver.executeScript('return globalThis.ready').catch(() => false), PATIENCE_MS, 'the page is not there');
}

/** The value of an expression in the page, awaited. */
async function run(expression) {
  const [value, error] = await driver.executeAsyncScript(
    `const done = arguments[0]; (async () => ${expression})().then((value) => done([value]), (error) => done([null, String(error)]))`,
  );
  assert.equal(error, undefined);
  return value;
}
