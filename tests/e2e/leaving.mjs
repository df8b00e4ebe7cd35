#!/usr/bin/env node
// A page with a connection is left and come back to: the browser may have kept it, as it was, or not.
//
//     node tests/e2e/leaving.mjs chromium|firefox
//
// Either way nothing hangs: what waited has ended with a typed error or still works, and a new connection works.

import assert from 'node:assert/strict';
import { besideDemo, evaluate, open, ready } from './beside.mjs';
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
  // Without this nothing below would say anything about pages that are kept.
  assert.equal(await isKept(false), true, `${name} keeps no page`);
  console.log('an empty page is kept');
  if (await isKept(true)) console.log('a page with a connection is kept, too');
  else console.log('A PAGE WITH A CONNECTION IS NOT KEPT: it starts anew, and no connection has come back');
} finally {
  await stop();
}

/** Whether the page came back as it was left, after looking at what has become of it. */
async function isKept(hasConnection) {
  await open(driver, `${url}/leaving.html`);
  if (hasConnection) assert.equal(await evaluate(driver, 'start()'), 'left');
  await open(driver, `${url}/blank.html`);
  await driver.navigate().back();
  await ready(driver);
  const { state, persisted } = await evaluate(driver, 'state()');
  if (hasConnection && persisted) {
    // The browser closed the WebSocket, or it goes on.
    const outcome = await evaluate(driver, 'outcome()');
    console.log(`its connection: ${outcome}`);
    assert.match(outcome, /^(works|carrier_failed|heartbeat_timeout|closed with \d+)$/);
  }
  if (hasConnection && !persisted) assert.equal(state, 'new');
  assert.equal(await evaluate(driver, 'connectAgain()'), 'again');
  return persisted;
}
