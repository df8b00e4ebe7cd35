// `./webtransport` in Node, Deno and Bun.

import './node.js';

export * from './session.js';
