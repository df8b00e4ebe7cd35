// One call of a service on one stream.

const encoder = new TextEncoder();

/** A stream on which a service was named, or an accepted one (`adopt`). */
export class Call {
  constructor(stream) {
    this.stream = stream;
    this.writer = stream.writable.getWriter();
    this.reader = stream.readable.getReader();
    // Both end with the error that the pending reads and writes report.
    this.writer.closed.catch(() => {});
    this.reader.closed.catch(() => {});
  }

  /** Opens a stream and writes `line`, which names the service. */
  static async open(mux, line) {
    const call = new Call(await mux.openStream());
    await call.write(encoder.encode(`${line}\n`));
    return call;
  }

  static adopt(stream) {
    return new Call(stream);
  }

  write(bytes) {
    return this.writer.write(bytes);
  }

  /** Half-closes: the service reads the end of the stream. */
  end() {
    return this.writer.close();
  }

  /** The next bytes, or `undefined` at the end of the stream. */
  async read() {
    const { value, done } = await this.reader.read();
    // At the end workerd gives an empty array beside it, where others give nothing.
    return done ? undefined : value;
  }

  /** Everything up to the end of the stream, as text. */
  async readText() {
    const decoder = new TextDecoder();
    let text = '';
    for (let chunk; (chunk = await this.read());) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }

  close() {
    return this.stream.close();
  }
}
