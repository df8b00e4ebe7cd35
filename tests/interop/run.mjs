// Runs the cases, on every platform: each on a connection of its own, which must still answer, and close cleanly,
// when the case ends.

import { Call } from './call.mjs';
import { cases } from './cases.mjs';

// A hang is a failure; nothing that works comes near this, however slow the machine.
const GUARD_MS = 120_000;

/**
 * Runs the cases whose names contain `text`. `connect(options)` resolves with a multiplexer; `report` is given a line for
 * each case and last `N passed, N failed`. Resolves with the number that failed.
 */
export async function runCases(connect, report, text = '') {
  const chosen = cases.filter(({ name }) => name.includes(text));
  const results = [];
  const run = async (item) => results.push(await attempt(item, connect, report));
  // Idling costs nothing but time, so it is spent beside the other cases.
  const aside = chosen.filter((item) => item.aside).map(run);
  for (const item of chosen.filter((item) => !item.aside)) await run(item);
  await Promise.all(aside);
  const failed = results.filter((passed) => !passed).length;
  report(`${results.length - failed} passed, ${failed} failed`);
  return failed;
}

/** Whether the case passes. */
async function attempt({ name, options, body }, connect, report) {
  let mux;
  let guard;
  const hung = new Promise((_, reject) => {
    guard = setTimeout(() => reject(new Error(`still running after ${GUARD_MS / 1000} s`)), GUARD_MS);
  });
  const all = async () => {
    mux = await connect(options);
    // A case that fails first must not also report this promise as unhandled.
    mux.closed.catch(() => {});
    await body(mux);
    await farewell(mux);
  };
  try {
    await Promise.race([all(), hung]);
    report(`ok ${name}`);
    return true;
  } catch (error) {
    report(`FAILED ${name}: ${describe(error)}`);
    mux?.close();
    return false;
  } finally {
    clearTimeout(guard);
  }
}

async function farewell(mux) {
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
