// node main.mjs URL: with the platform's own WebSocket.
import { Multiplexer } from 'strandmux';
import { roundTrip } from '../program.js';

console.log(await roundTrip(Multiplexer, process.argv[2]));
