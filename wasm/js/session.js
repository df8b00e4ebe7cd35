// `WebTransport` by its shape, over a multiplexer: for programs that are written for the one and get the other.

import { error } from './error.js';
import { Multiplexer } from './multiplexer.js';

/** A WebSocket's close codes for an end in order: the normal one, that of a page that is left, and none. */
const [NORMAL, GOING_AWAY, NO_STATUS] = [1_000, 1_001, 1_005];
/** The most bytes in the reason of a WebSocket's close. */
const MAX_REASON = 123;
/** The highest code that an error of a stream can have. */
const MAX_STREAM_ERROR_CODE = 2 ** 32 - 1;
/** The close codes of sessions from 1 to the highest follow this one on the WebSocket: above all with which errors close it. */
const OWN_CODES = 4_100;
const HIGHEST_OWN_CODE = 4_999 - OWN_CODES;
/** The priority of streams that have none of their own, and the most urgent one. */
const DEFAULT_PRIORITY = 3;
const HIGHEST_PRIORITY = 7;

export class WebTransportError extends Error {
  /** `session`, or `stream`. */
  source;
  /** What the error was made with. The wire has no place for it, so the peer never learns of it. */
  streamErrorCode;
  /** As every error of this package has it. */
  code;

  constructor(message, { source = 'stream', streamErrorCode = null, code = 'webtransport', cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.source = source;
    this.streamErrorCode = streamErrorCode === null ? null : clamped(streamErrorCode);
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

/** A number as the platform's own class takes it: the nearest that fits 32 bits. */
function clamped(value) {
  return Math.min(Math.max(Math.round(Number(value)) || 0, 0), MAX_STREAM_ERROR_CODE);
}

/** The priority for an order of sending. There are eight, so orders beyond -3 to 4 share the first or the last. */
function priorityOf(sendOrder) {
  return Math.min(Math.max(sendOrder + DEFAULT_PRIORITY, 0), HIGHEST_PRIORITY);
}

/**
 * A session's close code as a WebSocket's, which programs may only choose from a few: 0 is 1000, 1 to 899 are 4101 to
 * 4999, 3000 to 3999 are themselves.
 */
function webSocketCode(code) {
  if (code === 0) return NORMAL;
  if (Number.isInteger(code) && code > 0 && code <= HIGHEST_OWN_CODE) return OWN_CODES + code;
  if (Number.isInteger(code) && code >= 3_000 && code < 4_000) return code;
  throw unsupported(`the close code ${code}`);
}

/** The inverse. Codes that no session can choose, such as those of errors, are themselves; leaving is as good as 0. */
function closeCode(code) {
  if (code > OWN_CODES) return code - OWN_CODES;
  return [NORMAL, GOING_AWAY, NO_STATUS].includes(code) ? 0 : code;
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
