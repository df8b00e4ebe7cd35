//! What strandmux is tested with: recorded sessions and how to replay them.
//!
//! Everything that is not behind the feature `native` also builds for wasm.

pub mod audit;
pub mod elsewhere;
#[cfg(feature = "native")]
pub mod executor;
pub mod fuzz;
#[cfg(feature = "native")]
pub mod peer;
pub mod random;
pub mod sim;
#[cfg(feature = "native")]
pub mod suite;
#[cfg(feature = "native")]
pub mod tls;
#[cfg(feature = "native")]
pub mod tungstenite;
pub mod vectors;
pub mod wire;

/// The Rust in the project's README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}
