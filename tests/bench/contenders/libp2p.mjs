// What the muxers of libp2p run on: a connection over a WebSocket, and streams that are events.

import { AbstractMessageStream } from '@libp2p/utils';
import { listen, openSocket } from './paced.mjs';

// As libp2p's own transport has it, but looked at more often than its twice a second.
const HIGH = 4 * 1024 * 1024;
const LOOK_MS = 4;

const log = Object.assign(() => {}, { trace() {}, error() {}, newScope: () => log, enabled: false });

class Connection extends AbstractMessageStream {
  #socket;

  constructor(socket, direction) {
    super({ log, direction });
    this.#socket = socket;
    listen(socket, (bytes) => this.onData(bytes), () => this.onTransportClosed());
  }

  sendData(data) {
    this.#socket.send(data.subarray());
    const canSendMore = this.#socket.bufferedAmount < HIGH;
    if (!canSendMore) this.#drain();
    return { sentBytes: data.byteLength, canSendMore };
  }

  #drain() {
    const look = () => {
      if (this.#socket.readyState !== 1) return;
      if (this.#socket.bufferedAmount < HIGH / 2) this.dispatchEvent(new Event('drain'));
      else setTimeout(look, LOOK_MS);
    };
    setTimeout(look, LOOK_MS);
  }

  sendReset() {
    this.#socket.close();
  }

  async sendClose() {
    this.#socket.close();
  }

  sendPause() {}

  sendResume() {}
}

class EventStream {
  constructor(stream) {
    this.stream = stream;
  }

  consume(onChunk) {
    return new Promise((resolve, reject) => {
      this.stream.addEventListener('end', resolve);
      this.stream.addEventListener('close', ({ error }) => (error ? reject(error) : resolve()));
      this.stream.addEventListener('message', ({ data }) => {
        if (data instanceof Uint8Array) onChunk(data);
        else for (const part of data) onChunk(part);
      });
    });
  }

  write(bytes) {
    return this.stream.send(bytes) ? undefined : this.stream.onDrain();
  }

  end() {
    return this.stream.close();
  }

  close() {
    return this.stream.close();
  }
}

/** Both ends over the muxers that `factory` makes. */
export function over(factory) {
  return {
    async connect(url) {
      const muxer = factory.createStreamMuxer(new Connection(await openSocket(url), 'outbound'));
      return { open: async () => new EventStream(await muxer.createStream()), close: () => muxer.close() };
    },

    accept(socket, onStream) {
      const muxer = factory.createStreamMuxer(new Connection(socket, 'inbound'));
      muxer.addEventListener('stream', ({ detail }) => onStream(new EventStream(detail)));
    },
  };
}
