import { Multiplexer } from 'strandmux';
import { roundTrip, sameOrigin, show } from '../program.js';

show(roundTrip(Multiplexer, sameOrigin()));
