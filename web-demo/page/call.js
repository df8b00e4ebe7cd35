// One stream on which a service of the server was named; its first line is the service's name.

const encoder = new TextEncoder();

export class Call {
  bytes = 0;
  #stream;
  #writer;
  #reader;
  #onEnd;

  constructor(service, stream, onEnd) {
    this.service = service;
    this.#stream = stream;
    this.#onEnd = onEnd;
    this.#writer = stream.writable.getWriter();
    this.#reader = stream.readable.getReader();
    // Both settle with the error that the pending reads and writes report anyway.
    this.#writer.closed.catch(() => {});
    this.#reader.closed.catch(() => {});
  }

  get id() {
    return this.#stream.id;
  }

  /** Resolves when the stream has taken the bytes: that is the transfer's backpressure. */
  async write(bytes) {
    const { length } = bytes;
    await this.#writer.ready;
    await this.#writer.write(bytes);
    this.bytes += length;
  }

  writeText(text) {
    return this.write(encoder.encode(text));
  }

  /** Half-closes: the service reads the end of the stream, and can still answer. */
  end() {
    return this.#writer.close();
  }

  /** The next bytes, or `undefined` at the end of the stream. */
  async read() {
    const { value } = await this.#reader.read();
    if (value) this.bytes += value.length;
    return value;
  }

  /** What arrives, line by line, without the line ends. */
  async *lines() {
    const decoder = new TextDecoder();
    let rest = '';
    for (let chunk; (chunk = await this.read()); ) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop();
      yield* lines;
    }
    if (rest) yield rest;
  }

  /** Gives the stream up, whatever is still in flight. */
  close() {
    this.#onEnd(this);
    return this.#stream.close().catch(() => {});
  }
}
