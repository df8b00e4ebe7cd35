// node ws.mjs URL: with the WebSocket of the package ws.
import { Multiplexer } from 'strandmux';
import WebSocket from 'ws';
import { echo } from '../program.js';

const mux = new Multiplexer(new WebSocket(process.argv[2]));
const answer = await echo(await mux.openStream());
await mux.close();
const { code } = await mux.closed;
console.log(`${answer}, ${code}`);
