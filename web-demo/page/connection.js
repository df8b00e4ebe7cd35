// The page's one WebSocket: connects, says what became of it, and connects again.

import { Multiplexer } from '/pkg/index.js';
import { Call } from './call.js';
import { codeOf } from './format.js';

const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
// A connection that lasted this long was a good one: the next attempt is made without delay upon delay.
const SETTLED_MS = 5_000;

/**
 * `state` is one of
 * - `{ name: 'connecting', reason? }`
 * - `{ name: 'open' }`
 * - `{ name: 'waiting', until, reason }`: connects again at the time `until` (of `performance.now()`)
 * - `{ name: 'closed', reason? }`: only `start` connects again
 *
 * where `reason` is `{ code, message }`, why there is no connection. Sends the events `state` and `calls`.
 */
export class Connection extends EventTarget {
  state = { name: 'closed' };
  /** The calls whose streams are open. */
  calls = new Set();
  #mux;
  #stopped = new AbortController();
  #endWait = () => {};

  constructor(url) {
    super();
    this.url = url;
    this.#stopped.abort();
    addEventListener('online', () => this.#endWait());
  }

  /** Connects, and again whenever the connection is lost, until `stop`. */
  start() {
    if (!this.#stopped.signal.aborted) return this.#endWait();
    this.#stopped = new AbortController();
    this.#run(this.#stopped.signal);
  }

  /** Closes the connection; every open stream ends with it. */
  stop() {
    this.#stopped.abort();
    this.#endWait();
    this.#mux?.close({ code: 1000, reason: 'disconnected by the user' });
  }

  /** For what keeps the connection from ever opening. */
  fail(error) {
    this.#enter({ name: 'closed', reason: { code: 'package_failed', message: String(error?.message ?? error) } });
  }

  /** Opens a stream to the service that `line` names. */
  async call(line, { signal } = {}) {
    if (!this.#mux) throw Object.assign(new Error('there is no connection'), { code: 'not_connected' });
    const stream = await this.#mux.openStream({ signal });
    const call = new Call(line.split(' ', 1)[0], stream, (call) => {
      this.calls.delete(call);
      this.dispatchEvent(new Event('calls'));
    });
    this.calls.add(call);
    this.dispatchEvent(new Event('calls'));
    try {
      await call.writeText(`${line}\n`);
      return call;
    } catch (error) {
      call.close();
      throw error;
    }
  }

  /** Whether a file is on its way in either direction. */
  get isBusy() {
    return [...this.calls].some(({ service }) => service === 'SINK' || service === 'SOURCE');
  }

  async #run(stopped) {
    let reason;
    for (let failures = 0; !stopped.aborted; failures += 1) {
      this.#enter({ name: 'connecting', reason });
      const attempt = await this.#connectOnce(stopped);
      reason = attempt.reason;
      if (stopped.aborted) break;
      if (attempt.lasted >= SETTLED_MS) failures = 0;
      await this.#wait(failures, reason);
    }
    this.#enter({ name: 'closed', reason });
  }

  /** Resolves when the connection has ended, or could not be made. */
  async #connectOnce(stopped) {
    let opened = Infinity;
    try {
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
      this.#mux = await Multiplexer.connect(this.url, { signal });
      opened = performance.now();
      this.#enter({ name: 'open' });
      const { code, reason } = await this.#mux.closed;
      return { reason: { code: `closed ${code}`, message: reason }, lasted: performance.now() - opened };
    } catch (error) {
      const code = stopped.aborted ? 'cancelled' : codeOf(error);
      return { reason: { code, message: error.message }, lasted: performance.now() - opened };
    } finally {
      this.#mux = undefined;
    }
  }

  async #wait(failures, reason) {
    // Spread, so that the pages of a restarted server do not all come back in the same instant.
    const delay = Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS) * (0.8 + 0.4 * Math.random());
    this.#enter({ name: 'waiting', until: performance.now() + delay, reason });
    let timer;
    await new Promise((resolve) => {
      this.#endWait = resolve;
      timer = setTimeout(resolve, delay);
    });
    clearTimeout(timer);
    this.#endWait = () => {};
  }

  #enter(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}
