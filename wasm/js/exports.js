// What every entry exports.

export { Stream } from './bindings.js';
export { init } from './init.js';
export { Multiplexer } from './multiplexer.js';
