// The client side of the demo's services: a connection from Node, and one call on one stream.

import { pathToFileURL } from 'node:url';
import WebSocket from 'ws';

// STRANDMUX_PACKAGE names another build of the package, such as one unpacked from a tarball.
const directory = process.env.STRANDMUX_PACKAGE
  ? pathToFileURL(`${process.env.STRANDMUX_PACKAGE}/`)
  : new URL('../../wasm/pkg/', import.meta.url);

export const { Multiplexer } = await import(new URL('node.js', directory));

/** Opens a WebSocket to `url` and multiplexes it; `terminate` drops it without a word. */
export function connect(url, options) {
  const socket = new WebSocket(url);
  // A refused connection ends the multiplexer; without a listener `ws` would end the process.
  socket.on('error', () => {});
  const mux = new Multiplexer(socket, options);
  // A case that fails first must not also report this promise as unhandled.
  mux.closed.catch(() => {});
  return { mux, terminate: () => socket.terminate() };
}

export { Call } from './call.mjs';
