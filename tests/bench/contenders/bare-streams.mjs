// A WebSocket for each stream, with a ReadableStream and a WritableStream around it.

import { listen, openSocket, send } from './paced.mjs';
import { PairStream } from './pair.mjs';

export { openAtOnce } from './bare.mjs';

function wrap(socket) {
  let hasEnded = false;
  const readable = new ReadableStream({
    start(controller) {
      const end = () => {
        if (!hasEnded) controller.close();
        hasEnded = true;
      };
      listen(socket, (bytes) => controller.enqueue(bytes), end);
    },
    cancel() {
      hasEnded = true;
    },
  });
  const writable = new WritableStream({
    write: (bytes) => send(socket, bytes),
  });
  return new PairStream({ readable, writable }, () => socket.close());
}

export async function connect(url) {
  return { open: async () => wrap(await openSocket(url)), close() {} };
}

export { accept } from './bare.mjs';
