// The class `Multiplexer`: that of the bindings, which sees to the WebAssembly by itself.

import { Multiplexer as Bindings, Stream } from './bindings.js';
import { EarlySocket } from './early-socket.js';
import { init, initNow, isReady } from './init.js';

export class Multiplexer extends Bindings {
  constructor(socket, options) {
    initNow();
    super(socket, options);
  }

  static async connect(url, options) {
    // Wrong arguments are for the bindings to judge.
    const socket = isReady() ? undefined : EarlySocket.open(url, options);
    try {
      await unlessAborted(options?.signal, init());
    } catch (error) {
      socket?.close();
      throw error;
    }
    const connecting = socket ? socket.handTo((it) => super.connectSocket(it, options)) : super.connect(url, options);
    // It was made by the class of the bindings.
    return Object.setPrototypeOf(await connecting, this.prototype);
  }
}

// Not every platform has the symbol; with a polyfill that was loaded before, all have.
if (Symbol.asyncDispose) {
  const dispose = { value() { return this.close(); }, configurable: true, writable: true };
  for (const { prototype } of [Bindings, Stream]) Object.defineProperty(prototype, Symbol.asyncDispose, dispose);
}

/** As the promise, unless the signal aborts first. */
function unlessAborted(signal, promise) {
  if (typeof signal?.addEventListener !== 'function') return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
