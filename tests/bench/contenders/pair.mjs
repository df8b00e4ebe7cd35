// Streams that are a ReadableStream and a WritableStream.

export class PairStream {
  /** `close` ends both directions; without it they are ended one by one. */
  constructor({ readable, writable }, close) {
    this.reader = readable.getReader();
    this.writer = writable.getWriter();
    this.closeBoth = close;
    this.reader.closed.catch(() => {});
    this.writer.closed.catch(() => {});
  }

  async consume(onChunk) {
    for (;;) {
      const { value, done } = await this.reader.read();
      if (done) return;
      const room = onChunk(value);
      if (room) await room;
    }
  }

  write(bytes) {
    // A failure is reported by `ready`, too.
    this.writer.write(bytes).catch(() => {});
    return this.writer.ready;
  }

  end() {
    return this.writer.close();
  }

  async close() {
    if (this.closeBoth) return this.closeBoth();
    await this.writer.close();
    // The peer ends its side in answer; nothing more is wanted of it.
    this.reader.cancel().catch(() => {});
  }
}
