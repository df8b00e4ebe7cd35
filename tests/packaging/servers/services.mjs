// The demo's services, those for tests included, in JavaScript, for servers on every platform.

import { Receipt, ramp, RampCheck } from '../../interop/bytes.mjs';
import { delay } from '../../interop/check.mjs';

/** The longest first line, in bytes. */
const MAX_LINE = 1_024;
const NEWLINE = 10;
const encoder = new TextEncoder();

/** Answers every stream that the client opens, until the multiplexer ends. */
export async function serve(mux) {
  // The connection's end is seen elsewhere.
  mux.closed.catch(() => {});
  for await (const stream of mux) {
    // So is a client's closing the stream.
    answer(new Channel(stream), mux).catch(() => stream.close());
  }
}

async function answer(channel, mux) {
  const [, name, argument, second] = COMMAND.exec((await channel.readLine()) ?? '') ?? [];
  const service = services[name];
  if (!service || service.length !== 1 + [argument, second].filter(Boolean).length) {
    await channel.write(encoder.encode('ERROR unknown command\n'));
    return channel.finish();
  }
  const bound = { channel, mux };
  return argument ? service(bound, Number(argument), Number(second)) : service(bound);
}

const COMMAND = /^([A-Z]+)(?: (\d+))?(?: (\d+))?$/;

// Each has as many parameters as its line has words.
const services = {
  async ECHO({ channel }) {
    for (let chunk; (chunk = await channel.read());) await channel.write(chunk);
    return channel.finish();
  },

  async SINK({ channel }) {
    const receipt = new Receipt();
    for (let chunk; (chunk = await channel.read());) receipt.add(chunk);
    await channel.write(encoder.encode(receipt.line()));
    return channel.finish();
  },

  async SOURCE({ channel }, size) {
    for (const piece of ramp(size)) await channel.write(piece);
    return channel.finish();
  },

  async FEED({ channel }) {
    for (let lines = 0; ; lines += 1) {
      await channel.write(encoder.encode(`${JSON.stringify({ lines })}\n`));
      await delay(1_000);
    }
  },

  async HOLD({ channel }, millis) {
    await delay(millis);
    return channel.close();
  },

  async SLOW({ channel }, rate) {
    const receipt = new Receipt();
    for (let chunk; (chunk = await channel.read());) {
      receipt.add(chunk);
      await delay(chunk.length / rate);
    }
    await channel.write(encoder.encode(receipt.line()));
    return channel.finish();
  },

  async DROP({ channel }) {
    return channel.close();
  },

  async DIAL({ channel, mux }, count, size) {
    const dialled = Array.from({ length: count }, () => dial(mux, size));
    const text = await Promise.all(dialled).then(() => `OK ${count}\n`, (error) => `FAIL ${error.message}\n`);
    await channel.write(encoder.encode(text));
    return channel.finish();
  },
};

/** Opens a stream, sends a ramp, and expects it back. */
async function dial(mux, size) {
  const channel = new Channel(await mux.openStream());
  const send = async () => {
    for (const piece of ramp(size)) await channel.write(piece);
    await channel.finish();
  };
  const expect = async () => {
    const check = new RampCheck();
    for (let chunk; (chunk = await channel.read());) check.take(chunk);
    if (check.received !== size) throw new Error(`the echo ended after ${check.received} bytes`);
  };
  await Promise.all([send(), expect()]);
  await channel.close();
}

/** A stream as a service sees it, with what came after its first line. */
class Channel {
  #stream;
  #reader;
  #writer;
  #ahead;

  constructor(stream) {
    this.#stream = stream;
    this.#reader = stream.readable.getReader();
    this.#writer = stream.writable.getWriter();
    // Both end with the error that the pending reads and writes report.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
  }

  /** The first line without its newline; none if the stream ends before it or it is too long. */
  async readLine() {
    let line = new Uint8Array();
    for (let chunk; (chunk = await this.read());) {
      const at = chunk.indexOf(NEWLINE);
      const end = at < 0 ? chunk.length : at;
      line = Uint8Array.of(...line, ...chunk.subarray(0, Math.min(end, MAX_LINE + 1)));
      if (line.length > MAX_LINE) return undefined;
      if (at < 0) continue;
      // A copy, because a byte stream takes over the buffer it is given.
      if (at + 1 < chunk.length) this.#ahead = chunk.slice(at + 1);
      return new TextDecoder().decode(line);
    }
    return undefined;
  }

  /** The next bytes, undefined at the end of the stream. */
  async read() {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? (await this.#reader.read()).value;
  }

  write(bytes) {
    return this.#writer.write(bytes);
  }

  /** Half-closes. The stream closes when the client has, too. */
  finish() {
    return this.#writer.close();
  }

  close() {
    return this.#stream.close();
  }
}
