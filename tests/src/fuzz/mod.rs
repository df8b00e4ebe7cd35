//! What the fuzz targets run: ordinary functions of some bytes, which panic if something is wrong.
//!
//! `cargo test` runs them over the saved inputs in `tests/fuzz/seeds` and over random ones; the targets in
//! `tests/fuzz` only call them.

mod decoder;
mod endpoint;
mod host;
mod pair;
mod source;
mod waits;

pub use decoder::{SERVER, decoder};
pub use endpoint::endpoint;
pub use pair::pair;

/// What a target runs.
pub type Body = fn(&[u8]);

/// Every body, by the name of its target.
pub const BODIES: [(&str, Body); 3] =
    [("decoder", decoder), ("endpoint", endpoint), ("pair", pair)];
