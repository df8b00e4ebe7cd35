#!/usr/bin/env node
// Drives every service of a strandmux server through the npm package, over nothing but the wire:
//
//     node tests/interop/battery.mjs ws://HOST:PORT/mux [--own] [TEXT]
//
// over the WebSocket of the package `ws`, or with --own over the platform's; only the cases whose names contain TEXT.
// Prints `ok NAME` or `FAILED NAME: why` for each case and last `N passed, N failed`. Runs in Deno and Bun, too.

import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { runCases } from './run.mjs';

const { values, positionals } = parseArgs({ options: { own: { type: 'boolean' } }, allowPositionals: true });
const [url, text] = positionals;
if (!url) {
  console.error('usage: node tests/interop/battery.mjs ws://HOST:PORT/mux [--own] [TEXT]');
  process.exit(2);
}

// STRANDMUX_PACKAGE names another build of the package, such as one unpacked from a tarball.
const directory = process.env.STRANDMUX_PACKAGE
  ? pathToFileURL(`${process.env.STRANDMUX_PACKAGE}/`)
  : new URL('../../wasm/pkg/', import.meta.url);
const { Multiplexer } = await import(new URL('node.js', directory));

const failed = await runCases(values.own ? connectOwn : await connectWs(), (line) => console.log(line), text);
process.exit(failed === 0 ? 0 : 1);

function connectOwn(options) {
  return Multiplexer.connect(url, options);
}

async function connectWs() {
  const { default: WebSocket } = await import('ws');
  return async (options) => new Multiplexer(new WebSocket(url), options);
}
