// Drives the services of the server that the page came from, and shows the lines.

import { Multiplexer } from '/strandmux/index.js';
import { runCases } from '/tests/interop/run.mjs';

const url = new URL('/mux', location.href).href.replace(/^http/, 'ws');
const text = new URL(location.href).searchParams.get('text') ?? '';
const lines = [];
const connect = (options) => Multiplexer.connect(url, options);
const ran = runCases(connect, (line) => lines.push(line), text).catch((error) => lines.push(String(error)));
ran.then(() => (document.body.dataset.result = lines.join('\n')));
