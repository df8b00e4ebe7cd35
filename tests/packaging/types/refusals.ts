// What the types refuse. The compiler complains where it has nothing to complain about.

import { init, Multiplexer, Stream } from 'strandmux';
import * as slim from 'strandmux/slim';
import { WebTransport } from 'strandmux/webtransport';

export async function refused(mux: Multiplexer, stream: Stream, session: WebTransport): Promise<void> {
  // @ts-expect-error: a string is no WebSocket
  new Multiplexer('wss://localhost/mux');
  // @ts-expect-error: roles are client and server
  new Multiplexer({}, { role: 'both' });
  // @ts-expect-error: an option that there is not
  await Multiplexer.connect('wss://localhost/mux', { window: 1 });
  // @ts-expect-error: a number, not a string
  await Multiplexer.connect('wss://localhost/mux', { acceptBacklog: '10' });
  // @ts-expect-error: connecting has one role
  await Multiplexer.connect('wss://localhost/mux', { role: 'server' });
  // @ts-expect-error: a controller is no signal
  await mux.openStream({ signal: new AbortController() });
  // @ts-expect-error: streams come from a multiplexer
  new Stream();
  // @ts-expect-error: text is not bytes
  await stream.writable.getWriter().write('text');
  // @ts-expect-error: nor is it for direct writes
  await stream.write('text');
  // @ts-expect-error: a deadline is a time
  stream.setDeadline('tomorrow');
  // @ts-expect-error: identifiers do not change
  stream.id = 1n;
  // @ts-expect-error: a number
  await mux.close({ code: '1000' });
  // @ts-expect-error: there is nothing to instantiate
  await init(null);
  // @ts-expect-error: this entry has no WebAssembly of its own
  await slim.init();
  // @ts-expect-error: a number is no WebAssembly
  await slim.init(5);
  // @ts-expect-error: nor is an object of another kind
  await slim.init({ wasm: '/strandmux.wasm' });
  // @ts-expect-error: nor what a promise gives
  await slim.init(Promise.resolve(new Date()));
  // @ts-expect-error: there are no datagrams to await
  await session.datagrams.readable;
  // @ts-expect-error: a member of the bindings
  await Multiplexer.connectSocket(new WebSocket('wss://localhost/mux'), {});
}
