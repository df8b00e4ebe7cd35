#!/usr/bin/env node
// The laptop sleeps: the browser stands still for a while, with all its processes, and goes on.
//
//     node tests/e2e/sleeping.mjs
//
// In Chromium. A connection survives a nap; after a sleep of longer than the heartbeats allow it has ended at the server,
// and whatever waited on it says so, with a typed error. Either way another connection works at once.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { besideDemo, evaluate, open } from './beside.mjs';
import { browsers } from './browsers.mjs';

const PATIENCE_MS = 60_000;
// Either end gives up 10 s after the last heartbeat, which came up to 5 s before.
const NAP_MS = 3_000;
const SLEEP_MS = 15_000;

const { driver, url, stop } = await besideDemo(browsers.chromium);
try {
  await driver.manage().setTimeouts({ script: PATIENCE_MS });
  const browser = (await driver.getCapabilities()).get('goog:processID');
  assert.ok(browser > 0, 'the driver tells the process of its browser');

  const after = async (milliseconds) => {
    await open(driver, `${url}/leaving.html`);
    assert.equal(await evaluate(driver, 'start()'), 'left');
    await standStill(browser, milliseconds);
    const outcome = await evaluate(driver, 'outcome()');
    console.log(`after ${milliseconds / 1_000} s of sleep: ${outcome}`);
    assert.equal(await evaluate(driver, 'connectAgain()'), 'again');
    return outcome;
  };
  assert.equal(await after(NAP_MS), 'works');
  assert.match(await after(SLEEP_MS), /^(carrier_failed|heartbeat_timeout|eof_inside_message|closed with \d+)$/);
} finally {
  await stop();
}

/** Stops a process and all that it has started, and continues them. */
async function standStill(root, milliseconds) {
  const processes = [root, ...descendants(root)];
  const tell = (signal) => {
    for (const id of processes) {
      try {
        process.kill(id, signal);
      } catch (error) {
        // It may have ended.
        assert.equal(error.code, 'ESRCH');
      }
    }
  };
  tell('SIGSTOP');
  try {
    // Stopped, or ended.
    while (!processes.every((id) => ['T', 'Z', ''].includes(stateOf(id)))) await sleep(10);
    assert.equal(stateOf(root), 'T');
    console.log(`${processes.length} processes stand still`);
    await sleep(milliseconds);
  } finally {
    tell('SIGCONT');
  }
}

/** State and parent of a process, as the system tells: `ID (NAME) STATE PARENT ...`. */
function status(id) {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  } catch {
    // It has ended.
    return ['', '0'];
  }
}

function stateOf(id) {
  return status(id)[0];
}

function descendants(root) {
  const children = new Map();
  for (const id of readdirSync('/proc').map(Number).filter(Boolean)) {
    const parent = Number(status(id)[1]);
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const below = (id) => (children.get(id) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}
