// This project without the streams of the platform.

import { over } from './strandmux.mjs';

class DirectStream {
  constructor(stream) {
    if (!stream.read) throw new Error('this build has no read() and write()');
    this.stream = stream;
  }

  async consume(onChunk) {
    for (let chunk; (chunk = await this.stream.read());) {
      const room = onChunk(chunk);
      if (room) await room;
    }
  }

  write(bytes) {
    return this.stream.write(bytes);
  }

  end() {
    return this.stream.closeWrite();
  }

  close() {
    return this.stream.close();
  }
}

export const { connect, accept } = over((stream) => new DirectStream(stream));
