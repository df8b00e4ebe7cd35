#!/usr/bin/env node
// One page in which connections and streams come and go for long: its memory stays flat.
//
//     node tests/e2e/churn.mjs [SECONDS]
//
// In Chromium, which tells how much memory a page has. A minute if SECONDS is left out; 1800 is the full run.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { besideDemo } from './beside.mjs';
import { browsers } from './browsers.mjs';

const seconds = Number(process.argv[2] ?? 60);
/** Looks at the memory. The first of them are for warming up, the last for what has become of it. */
const SAMPLES = 20;
const WARM_UP = 8;
const AT_THE_END = 5;
/** What the heap may grow by, in bytes: much less than if something small stayed of every stream. */
const TOLERANCE = 300_000;
/**
 * Seconds between collections of garbage. WebAssembly memory never shrinks, so how much there is would depend on how late
 * the browser collects connections that nobody holds any more.
 */
const PIECE = 0.5;

const { driver, url, stop } = await besideDemo(browsers.chromium);
try {
  await driver.manage().setTimeouts({ script: seconds * 1_000 + 300_000 });
  await driver.get(`${url}/churn.html`);
  await driver.wait(() => driver.executeScript('return globalThis.ready'), 60_000, 'the page does not start');
  await churn();
} finally {
  await stop();
}

async function churn() {
  const samples = [];
  for (let taken = 0; taken < SAMPLES; taken += 1) {
    const cycles = await comeAndGo(seconds / SAMPLES);
    const sample = { cycles, ...(await settled()) };
    console.log(JSON.stringify(sample));
    samples.push(sample);
  }
  for (const [name, tolerance] of [['heap', TOLERANCE], ['wasm', 0], ['listeners', 20]]) {
    const values = samples.map((sample) => sample[name]);
    const before = Math.max(...values.slice(0, WARM_UP));
    const after = Math.min(...values.slice(-AT_THE_END));
    console.log(`${name}: ${before} after warming up, ${after} at the end`);
    assert.ok(after <= before + tolerance, `${name} grew from ${before} to ${after}`);
  }
  assert.ok(samples.at(-1).cycles > samples[WARM_UP].cycles, 'nothing went on');
}

/** Lets connections come and go for as many seconds; how many there have been in all. */
async function comeAndGo(seconds) {
  let cycles;
  for (let left = seconds; left > 0; left -= PIECE) {
    const [count, error] = await driver.executeAsyncScript(
      'const done = arguments[1]; churn(arguments[0]).then((cycles) => done([cycles]), (error) => done([0, `${error.code} ${error.stack}`]))',
      Math.min(left, PIECE),
    );
    assert.equal(error, undefined);
    cycles = count;
    await tell('HeapProfiler.collectGarbage');
  }
  return cycles;
}

function tell(name) {
  return driver.sendAndGetDevToolsCommand(name, {});
}

/** What is left when what is garbage has gone, as what finalizers let go of is found later. */
async function settled() {
  let heap = Infinity;
  let listeners = Infinity;
  for (let turns = 0; turns < 6; turns += 1) {
    await tell('HeapProfiler.collectGarbage');
    await sleep(100);
    heap = Math.min(heap, (await tell('Runtime.getHeapUsage')).usedSize);
    listeners = Math.min(listeners, (await tell('Memory.getDOMCounters')).jsEventListeners);
  }
  const wasm = await driver.executeScript('return wasmMemory()');
  return { heap, wasm, listeners };
}
