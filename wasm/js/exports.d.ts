export { Multiplexer, Stream } from './bindings.js';
export type {
  CloseInfo,
  CloseOptions,
  ConnectOptions,
  MultiplexerOptions,
  MultiplexerStats,
  OpenOptions,
  SocketOptions,
  StrandmuxError,
  WaitOptions,
} from './bindings.js';

/** Where the WebAssembly is: its bytes, a response with them, a URL to fetch, or the compiled module. */
export type WasmSource = ArrayBuffer | ArrayBufferView | Response | URL | string | CompiledModule;

/** A `WebAssembly.Module`, whose own type has no members and so would let anything pass. */
interface CompiledModule {
  readonly [isModule]?: never;
}
declare const isModule: unique symbol;
