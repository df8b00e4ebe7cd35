import { WebTransport } from '/strandmux/webtransport.js';
import { show } from '/program.js';
import { useSession } from './program.js';

show(useSession(WebTransport, new URL('/mux', location.href)));
