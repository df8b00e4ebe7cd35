// Drives the services of the server that the page came from, and shows the lines.

import { Multiplexer } from '/strandmux/index.js';
import { runCases } from '/tests/interop/run.mjs';

const url = new URL('/mux', location.href).href.replace(/^http/, 'ws');
const text = new URL(location.href).searchParams.get('text') ?? '';
const lines = [];
const connect = (options) => Multiplexer.connect(url, options);
await runCases(connect, (line) => lines.push(line), text);
document.body.dataset.result = lines.join('\n');
