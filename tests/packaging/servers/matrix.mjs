#!/usr/bin/env node
// Every client against every server, or those named:
//
//     node tests/packaging/servers/matrix.mjs [--servers a,b] [--clients a,b] [--text TEXT]
//
// runs the interop cases, or those whose names contain TEXT. Prints a line for each pair and last `N passed, N failed`. The
// package is the one that `install.mjs` has installed.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { clients } from './clients.mjs';
import { servers } from './processes.mjs';

const { values } = parseArgs({
  options: {
    servers: { type: 'string', default: Object.keys(servers).join() },
    clients: { type: 'string', default: Object.keys(clients).join() },
    text: { type: 'string', default: '' },
  },
});

let passed = 0;
let failed = 0;
for (const server of values.servers.split(',')) {
  const { port, end } = await servers[server]();
  try {
    // The cases mostly wait for each other; a few clients at a time keep the machine busy.
    const waiting = values.clients.split(',');
    const work = async () => {
      for (let client; (client = waiting.shift());) await pair(client, server, port);
    };
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  } finally {
    await end();
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function pair(client, server, port) {
  const start = performance.now();
  const output = await clients[client](port, values.text).catch((error) => `${error.message}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const [, cases, failures] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  if (Number(cases) > 0 && failures === '0') {
    passed += 1;
    console.log(`ok ${client} at ${server}: ${cases} cases (${seconds} s)`);
    return;
  }
  failed += 1;
  const lines = output.split('\n').filter((line) => !line.startsWith('ok '));
  console.log(`FAILED ${client} at ${server} (${seconds} s)\n${lines.map((line) => `  | ${line}`).join('\n')}`);
}
