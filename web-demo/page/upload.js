// One file on its way to the service SINK, on a stream of its own. Knows nothing of the document.

import { codeOf } from './format.js';
import { Hasher } from './hasher.js';
import { Rate } from './rate.js';

/**
 * `state` is `waiting`, `sending`, `checking` (all is sent, the answer is not there yet), `verified`,
 * `mismatch` or `failed` (then `code` and `message` say why). `onChange` is called after every change.
 */
export class Upload {
  state = 'waiting';
  sent = 0;
  /** The hash computed here, and what the server says it received. */
  hash;
  answer;
  code;
  message;
  rate;
  #cancelled;

  constructor(file, connection, onChange) {
    this.file = file;
    this.connection = connection;
    this.onChange = onChange;
  }

  get isOver() {
    return this.state === 'verified' || this.state === 'mismatch' || this.state === 'failed';
  }

  /** Sends the file; resolves when it is over, however it ended. */
  async run() {
    this.#cancelled = new AbortController();
    this.rate = new Rate();
    this.#enter('sending');
    const hasher = new Hasher();
    let call;
    try {
      call = await this.connection.call('SINK', { signal: this.#cancelled.signal });
      this.#cancelled.signal.addEventListener('abort', () => call.close());
      const answer = readAnswer(call);
      await this.#send(call, hasher);
      this.rate.finish();
      this.#enter('checking');
      this.hash = await hasher.digest();
      this.answer = await answer;
      this.#enter(this.#isConfirmed() ? 'verified' : 'mismatch');
    } catch (error) {
      this.rate.finish();
      this.code = this.#cancelled.signal.aborted ? 'cancelled' : codeOf(error);
      this.message = error.message;
      this.#enter('failed');
    } finally {
      hasher.drop();
      call?.close();
    }
  }

  /** Ends a running upload with the code `cancelled`. */
  cancel() {
    this.#cancelled?.abort();
  }

  /** Back to `waiting`, as if it had never run. */
  reset() {
    this.sent = 0;
    this.hash = this.answer = this.code = this.message = this.rate = undefined;
    this.#enter('waiting');
  }

  async #send(call, hasher) {
    const reader = this.file.stream().getReader();
    try {
      for (let chunk; (chunk = (await reader.read()).value); ) {
        const { length } = chunk;
        await call.write(chunk);
        // The stream has copied what it was given, so the worker can have the chunk itself.
        await hasher.update(chunk);
        this.sent += length;
        this.rate.add(length);
        this.onChange(this);
      }
      await call.end();
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  #isConfirmed() {
    return this.answer === `${this.file.size} ${this.hash}` && this.sent === this.file.size;
  }

  #enter(state) {
    this.state = state;
    this.onChange(this);
  }
}

/** The line `<count> <sha256>`; a rejection is reported to whoever awaits it, which may be nobody. */
function readAnswer(call) {
  const answer = (async () => {
    for await (const line of call.lines()) return line;
    return '';
  })();
  answer.catch(() => {});
  return answer;
}
