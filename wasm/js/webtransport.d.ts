import type { MultiplexerOptions } from './exports.js';

export interface WebTransportOptions {
  /** Sub-protocols of the WebSocket to offer. */
  protocols?: string[];
  /** Refused if true: a WebSocket delivers everything, in order. */
  requireUnreliable?: boolean;
  /** Refused unless empty: a browser's WebSocket checks certificates in its own way. */
  serverCertificateHashes?: readonly unknown[];
  /** A hint, and without effect. */
  allowPooling?: boolean;
  /** A hint, and without effect. */
  congestionControl?: 'default' | 'throughput' | 'low-latency';
  /** A hint, and without effect. */
  anticipatedConcurrentIncomingBidirectionalStreams?: number | null;
  /** A hint, and without effect. */
  anticipatedConcurrentIncomingUnidirectionalStreams?: number | null;
  /** What `WebTransport` itself has no names for. */
  multiplexer?: MultiplexerOptions;
}

export interface WebTransportCloseInfo {
  /**
   * 0 to 899 or 3000 to 3999, other codes are refused; on the wire 0 is the WebSocket's 1000, and 1 to 899 are 4101 to 4999.
   * Default 0. From `closed` it can also be a code of the WebSocket that no session chooses, such as 1002 or 4002 of a peer that
   * saw an error.
   */
  closeCode?: number;
  /** Shortened to 123 bytes of UTF-8. Default empty. */
  reason?: string;
}

export interface WebTransportSendStreamOptions {
  /** What the stream's `writable.sendOrder` is at first. Default 0. */
  sendOrder?: number;
  /** Refused. */
  sendGroup?: unknown;
  /** It always waits. */
  waitUntilAvailable?: boolean;
}

export interface WebTransportErrorOptions {
  /** Default `stream`. */
  source?: 'session' | 'stream';
  /** A whole number of 32 bits. Default null. */
  streamErrorCode?: number | null;
  /** Default `webtransport`. */
  code?: string;
  cause?: unknown;
}

/** What ended a session, or a reason of the program's own for ending a stream. */
export class WebTransportError extends Error {
  constructor(message?: string, options?: WebTransportErrorOptions);
  readonly source: 'session' | 'stream';
  /**
   * What the error was made with. The wire has no place for it: a peer that a stream is aborted for with this error reads
   * the end of the stream, or an error with the code `aborted` if it has set `closeMeansAbort`.
   */
  readonly streamErrorCode: number | null;
  /** The code of the multiplexer's error, which is the `cause`. */
  readonly code: string;
}

export interface WebTransportSendStream extends WritableStream<ArrayBufferLike | ArrayBufferView> {
  /**
   * What is written on streams of a higher order is sent first, streams of the same order share. -4 and less count as -3, 5 and
   * more as 4. A whole number; can be set at any time, for what is written from then on.
   */
  sendOrder: number;
}

export class WebTransportBidirectionalStream {
  private constructor();
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WebTransportSendStream;
}

/**
 * A `Multiplexer` in the shape of the platform's `WebTransport`.
 *
 * `ready`, `closed`, `createBidirectionalStream` and `incomingBidirectionalStreams` fail with a `WebTransportError`. The streams'
 * own `readable` and `writable` fail with the errors of `Stream`, which are no `WebTransportError`s.
 *
 * What a WebSocket does not carry is refused with a plain `Error` of the code `unsupported`: datagrams, unidirectional streams,
 * groups of streams, statistics of the transport, certificates known by their hashes.
 */
export class WebTransport {
  /**
   * Connects to the WebSocket of the address: `https:` means `wss:`, `http:` means `ws:`.
   *
   * @throws A `TypeError` with the code `invalid_url`, or an error with the code `unsupported`.
   */
  constructor(url: string | URL, options?: WebTransportOptions);
  static readonly supportsReliableOnly: true;
  /** Fulfils once the WebSocket is open, rejects with a `WebTransportError` if it does not open. */
  readonly ready: Promise<undefined>;
  /** Fulfils when either end closed the session, rejects with a `WebTransportError` otherwise. */
  readonly closed: Promise<Required<WebTransportCloseInfo>>;
  /** Never fulfils: nothing on the wire says so. */
  readonly draining: Promise<undefined>;
  readonly reliability: 'pending' | 'reliable-only';
  readonly congestionControl: 'default';
  /** The streams that the peer opens. Ends when the session does. */
  readonly incomingBidirectionalStreams: ReadableStream<WebTransportBidirectionalStream>;
  /** Errored with the code `unsupported`. */
  readonly incomingUnidirectionalStreams: ReadableStream<never>;
  /** Throws an error with the code `unsupported`. */
  get datagrams(): never;
  /**
   * Opens a stream. Fulfils when the peer has accepted it, which takes a round trip. Rejects with a `WebTransportError`, with a plain
   * error of the code `unsupported` for a `sendGroup`.
   */
  createBidirectionalStream(options?: WebTransportSendStreamOptions): Promise<WebTransportBidirectionalStream>;
  /** Rejects with the code `unsupported`. */
  createUnidirectionalStream(): Promise<never>;
  /** Throws an error with the code `unsupported`. */
  createSendGroup(): never;
  /** Rejects with the code `unsupported`. */
  getStats(): Promise<never>;
  /**
   * Sends what was written, then closes the WebSocket; does nothing if the session has ended.
   *
   * @throws An error with the code `unsupported` for a close code that a WebSocket has no number for.
   */
  close(info?: WebTransportCloseInfo): void;
}
