// `./webtransport` in browsers and in what bundlers make for them.

import './index.js';

export * from './session.js';
