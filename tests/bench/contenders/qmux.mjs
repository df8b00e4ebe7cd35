// @moq/qmux.

import Session, { selectSubprotocol } from '@moq/qmux';
import { openSocket } from './paced.mjs';
import { PairStream } from './pair.mjs';

const STREAMS = 20_000n;
let isPonyfill = false;
let config = { maxStreamsBidi: STREAMS };
let sendBufferSize;

export function setup(settings) {
  isPonyfill = settings.isPonyfill ?? false;
  if (!settings.window) return;
  const window = BigInt(settings.window);
  config = { ...config, maxData: window, maxStreamDataBidiLocal: window, maxStreamDataBidiRemote: window };
  // Its documentation asks for the bandwidth-delay product here, too.
  sendBufferSize = 1024 * 1024;
}

export async function connect(url) {
  // Given a URL it takes the platform's WebSocketStream where there is one.
  const source = isPonyfill ? await openSocket(url, ['qmux-02']) : url;
  const session = new Session(source, { config, sendBufferSize });
  await session.ready;
  return {
    open: async () => new PairStream(await session.createBidirectionalStream()),
    close: () => session.close(),
  };
}

export const chooseProtocol = (offered) => selectSubprotocol([...offered]);

export async function accept(socket, onStream) {
  const session = Session.accept(socket, { config, sendBufferSize });
  for await (const stream of session.incomingBidirectionalStreams) onStream(new PairStream(stream));
}
