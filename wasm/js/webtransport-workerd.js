// `./webtransport` in workerd.

import './workerd.js';

export * from './session.js';
