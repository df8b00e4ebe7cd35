//! strandmux for JavaScript: the classes of the npm package, and the carrier over a WebSocket.
//!
//! Thin: the protocol and its async handles are the crate `strandmux`. No export borrows anything
//! across an await or a call into JavaScript, so calls may come in any order and nest.

mod abort;
mod bytes;
mod carrier;
mod clock;
mod connect;
mod deadline;
mod direct;
mod drain;
mod ends;
mod error;
mod exported;
mod foreign;
mod gathering;
mod halves;
mod incoming;
mod line;
mod multiplexer;
mod options;
mod promise;
mod readable;
mod signal;
mod socket;
mod stats;
mod stream;
mod weak;
mod writable;

pub use multiplexer::Multiplexer;
pub use stream::Stream;

/// The package's entries add these, as the classes here cannot do without the symbol.
#[wasm_bindgen::prelude::wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
export interface Multiplexer {
    /** The same as `close()`, for `await using`. There if the platform has the symbol when the module is loaded. */
    [Symbol.asyncDispose](): Promise<void>;
}

export interface Stream {
    /** The same as `close()`, for `await using`. There if the platform has the symbol when the module is loaded. */
    [Symbol.asyncDispose](): Promise<void>;
}
";
