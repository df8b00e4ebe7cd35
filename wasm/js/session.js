// `WebTransport` by its shape, over a multiplexer: for programs that are written for the one and get the other.

import { error } from './error.js';
import { Multiplexer } from './multiplexer.js';

/** The most bytes in the reason of a WebSocket's close. */
const MAX_REASON = 123;
/** The priority of streams that have none of their own, and the most urgent one. */
const DEFAULT_PRIORITY = 3;
const HIGHEST_PRIORITY = 7;

export class WebTransportError extends Error {
  /** `session`, or `stream`. */
  source;
  /** The wire has no codes for streams. */
  streamErrorCode = null;
  /** As every error of this package has it. */
  code;

  constructor(message, { source = 'stream', code = 'webtransport', cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.source = source;
    this.code = code;
  }

  get name() {
    return 'WebTransportError';
  }
}

export class WebTransportBidirectionalStream {
  #stream;
  #sendOrder;

  constructor(stream, sendOrder) {
    this.#stream = stream;
    this.#sendOrder = sendOrder;
  }

  get readable() {
    return this.#stream.readable;
  }

  get writable() {
    const { writable } = this.#stream;
    return Object.defineProperty(writable, 'sendOrder', {
      get: () => this.#sendOrder,
      set: (sendOrder) => {
        this.#sendOrder = toInteger(sendOrder);
        this.#stream.priority = priorityOf(this.#sendOrder);
      },
      configurable: true,
      enumerable: true,
    });
  }
}

export class WebTransport {
  static supportsReliableOnly = true;

  ready;
  closed;
  /** Nothing on the wire says so, and it never fulfils. */
  draining = new Promise(() => {});
  congestionControl = 'default';
  incomingBidirectionalStreams;
  incomingUnidirectionalStreams = new ReadableStream({
    start: (controller) => controller.error(unsupported('unidirectional streams')),
  });
  #mux;
  #hasEnded = false;
  /** Aborts connecting. */
  #closing = new AbortController();

  constructor(url, options = {}) {
    const address = webSocketUrl(url);
    const { protocols, requireUnreliable, serverCertificateHashes, multiplexer } = options ?? {};
    if (requireUnreliable) throw unsupported('unreliable delivery');
    if (serverCertificateHashes?.length) throw unsupported('a certificate that is known by its hash');
    const connected = Multiplexer.connect(address, { ...multiplexer, protocols, signal: this.#closing.signal });
    this.ready = connected.then((mux) => void (this.#mux = mux), refuse);
    this.closed = this.#untilClosed(connected).finally(() => (this.#hasEnded = true));
    // As for the platform's own: an end that nobody looks at is not an unhandled error.
    for (const promise of [this.ready, this.closed]) promise.catch(() => {});
    this.incomingBidirectionalStreams = this.#incoming();
  }

  get reliability() {
    return this.#mux ? 'reliable-only' : 'pending';
  }

  get datagrams() {
    throw unsupported('datagrams');
  }

  async createBidirectionalStream(options = {}) {
    if (options?.sendGroup) throw unsupported('groups of streams');
    const sendOrder = toInteger(options?.sendOrder);
    await this.ready;
    const stream = await this.#mux.openStream({ priority: priorityOf(sendOrder) }).catch(refuse);
    return new WebTransportBidirectionalStream(stream, sendOrder);
  }

  async createUnidirectionalStream() {
    throw unsupported('unidirectional streams');
  }

  createSendGroup() {
    throw unsupported('groups of streams');
  }

  async getStats() {
    throw unsupported('statistics of the transport');
  }

  close({ closeCode = 0, reason = '' } = {}) {
    if (this.#hasEnded) return;
    const info = { code: webSocketCode(closeCode), reason: shortened(String(reason)) };
    if (this.#mux) this.#mux.close(info);
    else this.#closing.abort(new WebTransportError('closed before it was connected', { source: 'session', code: 'session_closed' }));
  }

  async #untilClosed(connected) {
    try {
      const { code, reason } = await (await connected).closed;
      return { closeCode: closeCode(code), reason };
    } catch (cause) {
      return refuse(cause);
    }
  }

  #incoming() {
    const cancelled = new AbortController();
    const pull = async (controller) => {
      await this.ready;
      try {
        const stream = await this.#mux.acceptStream({ signal: cancelled.signal });
        controller.enqueue(new WebTransportBidirectionalStream(stream, 0));
      } catch {
        // It has ended; whether that was in order, `closed` says.
        await this.closed;
        controller.close();
      }
    };
    return new ReadableStream({ pull, cancel: () => cancelled.abort() }, { highWaterMark: 0 });
  }
}

/** The address of the same server's WebSocket. */
function webSocketUrl(url) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw Object.assign(new TypeError(`not an absolute URL: ${url}`, { cause }), { code: 'invalid_url' });
  }
  if (parsed.hash) throw Object.assign(new TypeError('the URL must have no fragment'), { code: 'invalid_url' });
  return parsed.href.replace(/^http/, 'ws');
}

function toInteger(value) {
  return Math.trunc(Number(value ?? 0)) || 0;
}

/** The priority for an order of sending. There are eight, so orders beyond -3 to 4 share the first or the last. */
function priorityOf(sendOrder) {
  return Math.min(Math.max(sendOrder + DEFAULT_PRIORITY, 0), HIGHEST_PRIORITY);
}

/**
 * A session's close code as a WebSocket's, which programs may only choose from a few: 0 is 1000, 1 to 999 are 4001 to
 * 4999, 3000 to 3999 are themselves.
 */
function webSocketCode(code) {
  if (code === 0) return 1_000;
  if (Number.isInteger(code) && code > 0 && code < 1_000) return 4_000 + code;
  if (Number.isInteger(code) && code >= 3_000 && code < 4_000) return code;
  throw unsupported(`the close code ${code}`);
}

/** The inverse. Codes of the WebSocket's own mean what 0 does: the session has ended. */
function closeCode(code) {
  if (code > 4_000) return code - 4_000;
  return code >= 3_000 && code < 4_000 ? code : 0;
}

function shortened(reason) {
  const bytes = new TextEncoder().encode(reason);
  if (bytes.length <= MAX_REASON) return reason;
  // Not within a character.
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON), { stream: true });
}

/** Throws the error as one of the session. */
function refuse(cause) {
  if (cause instanceof WebTransportError) throw cause;
  throw new WebTransportError(cause.message, { source: 'session', code: cause.code, cause });
}

function unsupported(what) {
  return error('unsupported', `a WebSocket does not carry ${what}`);
}
