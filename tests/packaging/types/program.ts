// A program that uses all of the package; it is compiled and not run.

import { init, Multiplexer, Stream } from 'strandmux';
import type {
  CloseInfo,
  CloseOptions,
  ConnectOptions,
  MultiplexerOptions,
  MultiplexerStats,
  OpenOptions,
  SocketOptions,
  StrandmuxError,
  WaitOptions,
  WasmSource,
} from 'strandmux';
import * as slim from 'strandmux/slim';
import wasm from 'strandmux/strandmux.wasm';
import { WebTransport, WebTransportBidirectionalStream, WebTransportError } from 'strandmux/webtransport';
import type {
  WebTransportCloseInfo,
  WebTransportErrorOptions,
  WebTransportOptions,
  WebTransportSendStream,
  WebTransportSendStreamOptions,
} from 'strandmux/webtransport';

const options: Required<MultiplexerOptions> = {
  streamReceiveWindow: 65_535,
  maxStreamReceiveWindow: 16 << 20,
  receiveBudget: 64 << 20,
  writeBufferCount: 5,
  acceptBacklog: 10,
  heartbeatTransmitInterval: 5_000,
  maxHeartbeatReceiveInterval: 10_000,
  maxUnacceptedOpens: 8,
  maxInboundStreams: 1_024,
  maxQueuedRejections: 1_024,
  maxMessageSize: 65_548,
  closeTimeout: 5_000,
  tolerateReorderedOpens: true,
  anyInputIsLife: false,
  closeMeansAbort: false,
};

export async function client(signal: AbortSignal): Promise<void> {
  await init();
  await init(new URL('https://localhost/strandmux.wasm'));
  const connecting: ConnectOptions = { ...options, signal, protocols: ['one', 'two'] };
  const mux: Multiplexer = await Multiplexer.connect(new URL('wss://localhost/mux'), connecting);
  const waiting: WaitOptions = { signal };
  const opening: OpenOptions = { ...waiting, priority: 7 };
  const stream: Stream = await mux.openStream(opening);
  const writer: WritableStreamDefaultWriter<ArrayBufferLike | ArrayBufferView> = stream.writable.getWriter();
  await writer.write(Uint8Array.of(1));
  await writer.write(new ArrayBuffer(1));
  await writer.write(new DataView(new ArrayBuffer(1)));
  await stream.closeWrite();
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  const { value } = await reader.read();
  const length: number | undefined = value?.length;
  const names: [bigint, string, string] = [stream.id, stream.localAddr, stream.remoteAddr];
  await stream.close();
  const stats: Required<MultiplexerStats> = mux.stats();
  const deadline = new Date(Date.now() + 1_000);
  const closing: CloseOptions = { code: 4_000, reason: `${length} ${names} ${total(stats)}`, deadline };
  await mux.close(closing);
  const { code, reason }: CloseInfo = await mux.closed;
  const error: StrandmuxError | undefined = mux.internalError;
  const text: string = `${code} ${reason} ${mux.addr} ${error?.code} ${error?.cause} ${error?.written}`;
  void text;
}

export async function directly(stream: Stream, signal: AbortSignal): Promise<void> {
  await stream.write(Uint8Array.of(1), { signal });
  await stream.write(new ArrayBuffer(1));
  const any: Uint8Array | null = await stream.read();
  const few: Uint8Array | null = await stream.read(100, { signal });
  const there: Uint8Array | null = await stream.read(new Uint8Array(100));
  stream.setDeadline(new Date());
  stream.setReadDeadline(Date.now() + 1_000);
  stream.setWriteDeadline(null);
  const counts: number[] = [stream.bytesRead, stream.bytesWritten];
  void [any, few, there, counts];
  const priority: number = stream.priority;
  stream.priority = priority + 1;
  await writeAll(stream, new Uint8Array(100));
  await stream[Symbol.asyncDispose]();
}

/** Goes on where a deadline has cut in. */
async function writeAll(stream: Stream, bytes: Uint8Array): Promise<void> {
  try {
    await stream.write(bytes);
  } catch (error) {
    const { code, written = 0 } = error as StrandmuxError;
    if (code !== 'deadline_exceeded') throw error;
    stream.setWriteDeadline(null);
    await stream.write(bytes.subarray(written));
  }
}

export async function disposed(stream: Stream): Promise<void> {
  await using mux = await Multiplexer.connect('wss://localhost/mux');
  await using opened = await mux.openStream();
  {
    using handle = opened;
    void handle.id;
  }
  const ended: Promise<void> = mux[Symbol.asyncDispose]();
  await ended;
  stream[Symbol.dispose]();
  stream.free();
  mux[Symbol.dispose]();
  mux.free();
}

export async function server(socket: WebSocket, ofAPackage: object): Promise<void> {
  const role: SocketOptions = { role: 'server', acceptBacklog: 100 };
  const mux = new Multiplexer(socket, role);
  new Multiplexer(ofAPackage);
  const waiting: WaitOptions = { signal: AbortSignal.timeout(1_000) };
  const first: Stream = await mux.acceptStream(waiting);
  await first.readable.pipeTo(first.writable);
  for await (const stream of mux) {
    const accepted: Stream = stream;
    await accepted.close();
  }
  const incoming: ReadableStream<Stream> = mux.incomingStreams;
  for await (const stream of incoming) {
    const accepted: Stream = stream;
    await accepted.close();
  }
  const iterator: AsyncIterableIterator<Stream> = mux[Symbol.asyncIterator]();
  const { value } = await iterator.next();
  await value?.close();
  await mux.close({ deadline: Date.now() });
}

function total(stats: MultiplexerStats): number {
  const streams = stats.inboundStreams + stats.outboundStreams + stats.streamsOpened + stats.streamsAccepted;
  const waiting = stats.unacceptedInbound + stats.unacceptedOutbound + stats.queuedOpens;
  const rejected = stats.streamsRejected + stats.opensRejected;
  const sent = stats.bytesSent + stats.payloadBytesSent + stats.heartbeatsSent;
  const received = stats.bytesReceived + stats.payloadBytesReceived + stats.heartbeatsReceived;
  const held = stats.bufferedBytes + stats.socketBufferedAmount + stats.unreadBytes + stats.receiveWindow;
  return streams + waiting + rejected + sent + received + held;
}

export async function withItsOwnWasm(response: Response, module: WebAssembly.Module): Promise<void> {
  const source: WasmSource = module;
  await slim.init(source);
  await slim.init(response);
  await slim.init(fetch('/strandmux.wasm'));
  await slim.init(Uint8Array.of(0));
  const mux: Multiplexer = await slim.Multiplexer.connect('wss://localhost/mux');
  await mux.close();
  if (typeof wasm !== 'string') await slim.init(wasm);
}

export async function inTheShapeOfWebTransport(): Promise<void> {
  const settings: Required<WebTransportOptions> = {
    protocols: ['one'],
    multiplexer: options,
    requireUnreliable: false,
    serverCertificateHashes: [],
    allowPooling: true,
    congestionControl: 'low-latency',
    anticipatedConcurrentIncomingBidirectionalStreams: 10,
    anticipatedConcurrentIncomingUnidirectionalStreams: null,
  };
  const session = new WebTransport('https://localhost/mux', settings);
  await session.ready;
  const opening: WebTransportSendStreamOptions = { sendOrder: 1, waitUntilAvailable: true };
  const stream: WebTransportBidirectionalStream = await session.createBidirectionalStream(opening);
  const writable: WebTransportSendStream = stream.writable;
  writable.sendOrder += 1;
  await stream.readable.pipeTo(stream.writable);
  const incoming = session.incomingBidirectionalStreams.getReader();
  const { value } = await incoming.read();
  const reset: WebTransportErrorOptions = { source: 'stream', streamErrorCode: 7, code: 'mine', cause: new Error() };
  await value?.readable.cancel(new WebTransportError('enough', reset));
  session.close({ closeCode: 7, reason: 'done' });
  await session.draining;
  try {
    const { closeCode, reason }: Required<WebTransportCloseInfo> = await session.closed;
    void `${closeCode} ${reason} ${session.reliability} ${session.congestionControl}`;
  } catch (error) {
    if (error instanceof WebTransportError) void `${error.source} ${error.code} ${error.streamErrorCode} ${error.cause}`;
  }
}

/** All of it is refused when it runs. */
export async function whatItRefuses(session: WebTransport): Promise<void> {
  const supportsReliableOnly: true = WebTransport.supportsReliableOnly;
  const refused: never[] = [session.datagrams, session.createSendGroup(), await session.getStats()];
  const unidirectional: Promise<never> = session.createUnidirectionalStream();
  const incoming: ReadableStream<never> = session.incomingUnidirectionalStreams;
  await session.createBidirectionalStream({ sendGroup: {} });
  void [supportsReliableOnly, refused, unidirectional, incoming];
}

/** Written for the platform's own class. */
type Session = Pick<
  globalThis.WebTransport,
  'ready' | 'closed' | 'createBidirectionalStream' | 'incomingBidirectionalStreams' | 'close'
>;

export async function writtenForWebTransport(session: Session): Promise<void> {
  await session.ready;
  const { readable, writable } = await session.createBidirectionalStream();
  await readable.pipeTo(writable);
  session.close({ closeCode: 0 });
  await session.closed;
}

export async function andGivenTheOther(): Promise<void> {
  await writtenForWebTransport(new WebTransport('https://localhost/mux'));
}
