#!/usr/bin/env node
// Drives every service of a strandmux server through the npm package, over nothing but the wire:
//
//     node tests/interop/battery.mjs ws://HOST:PORT/mux
//
// Prints `ok NAME` or `FAILED NAME: why` for each case and last `N passed, N failed`.
// Each case has a connection of its own, which must still answer, and close cleanly, when it ends.

import { cases } from './cases.mjs';
import { Call, connect } from './client.mjs';

// A hang is a failure; nothing that works comes near this, however slow the machine.
const GUARD_MS = 60_000;

const url = process.argv[2];
if (!url || url.startsWith('-')) {
  console.error('usage: node tests/interop/battery.mjs ws://HOST:PORT/mux');
  process.exit(2);
}

let passed = 0;
let failed = 0;

async function run({ name, options, body }) {
  const connection = connect(url, options);
  let guard;
  const hung = new Promise((_, reject) => {
    guard = setTimeout(() => reject(new Error(`still running after ${GUARD_MS / 1000} s`)), GUARD_MS);
  });
  try {
    await Promise.race([attempt(connection.mux, body), hung]);
    passed += 1;
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${name}: ${describe(error)}`);
  } finally {
    clearTimeout(guard);
    connection.terminate();
  }
}

async function attempt(mux, body) {
  await body(mux);
  if (mux.internalError) throw mux.internalError;
  const call = await Call.open(mux, 'ECHO');
  await call.write(new TextEncoder().encode('still there'));
  await call.end();
  const answer = await call.readText();
  if (answer !== 'still there') throw new Error(`after the case, ECHO answered ${JSON.stringify(answer)}`);
  await call.close();
  await mux.close();
  await mux.closed;
}

function describe(error) {
  const code = typeof error?.code === 'string' ? `${error.code}: ` : '';
  const cause = error?.cause ? ` (${describe(error.cause)})` : '';
  return `${code}${error?.message ?? error}${cause}`.replaceAll('\n', ' ');
}

// Idling costs nothing but time, so it is spent beside the other cases.
const aside = cases.filter((item) => item.aside).map(run);
for (const item of cases.filter((item) => !item.aside)) await run(item);
await Promise.all(aside);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
