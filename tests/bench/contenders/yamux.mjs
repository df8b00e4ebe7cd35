// @libp2p/yamux.

import { yamux } from '@libp2p/yamux';
import { over } from './libp2p.mjs';

const STREAMS = 20_000;

export const { connect, accept } = over(yamux({ maxInboundStreams: STREAMS, maxOutboundStreams: STREAMS })());
