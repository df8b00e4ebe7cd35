// @libp2p/mplex.

import { mplex } from '@libp2p/mplex';
import { over } from './libp2p.mjs';

export const { connect, accept } = over(mplex()());
