//! Many independent byte streams over one carrier: a WebSocket, a TCP connection, anything that
//! moves bytes in order.
//!
//! The wire is byte-compatible with the Go package `pkg/multiplexing` of mutagen, so a Go program
//! that uses that package can be at the other end. Every stream has its own flow control and its
//! own half-close; a bulk transfer does not hold up its neighbours.
//!
//! # Example
//!
//! Two ends on tokio, here joined in memory; [`carrier::tokio`] runs over TCP or any other byte stream, and
//! [`websocket_carrier!`] over the WebSockets of any library. `core/examples` has servers.
//!
#![cfg_attr(all(feature = "tokio", feature = "memory"), doc = "```")]
#![cfg_attr(not(all(feature = "tokio", feature = "memory")), doc = "```text")]
//! use strandmux::{Config, Role, carrier::memory};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (here, there) = memory::pair();
//! let client = strandmux::tokio::spawn(here, Role::Client, Config::default());
//! let server = strandmux::tokio::spawn(there, Role::Server, Config::default());
//!
//! let (opened, accepted) = tokio::join!(client.open(), server.accept());
//! let (mut stream, mut peer) = (opened?, accepted?);
//! stream.write_all(b"hello").await?;
//! stream.close_write();
//!
//! let mut buffer = [0; 1_024];
//! assert_eq!(peer.read(&mut buffer).await?, 5);
//! assert_eq!(peer.read(&mut buffer).await?, 0, "the end of the stream");
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//!
//! * [`proto`]: the protocol without any I/O, always there, `no_std` + alloc. Bytes in, bytes out;
//!   time is an argument. Everything that is a rule of the protocol is here.
//! * [`mux`] (feature `mux`): async handles over [`proto`], for any runtime. [`Multiplexer`] opens
//!   and accepts, [`Stream`] reads and writes, [`Driver`] is the future that moves the bytes.
//! * [`carrier`]: what a multiplexer runs on. One outside world a file, one feature each:
//!   `memory`, `tokio`, `futures-io`, `websocket`.
//!
//! # Features
//!
//! | feature | gives |
//! | --- | --- |
//! | `std` (default) | a mutex of the operating system, [`Error`] into `std::io::Error` |
//! | `mux` (default) | [`Multiplexer`], [`Stream`], [`Driver`], the [`Carrier`] and [`Timer`] traits |
//! | `memory` | [`carrier::memory`] |
//! | `tokio` | [`carrier::tokio`], [`tokio::spawn`], `AsyncRead` and `AsyncWrite` on streams |
//! | `futures-io` | [`carrier::futures_io`], the [`futures_io`] traits on streams |
//! | `embedded-io-async` | the [`embedded_io_async`] traits on streams, without `std` |
//! | `websocket` | [`carrier::websocket`] |
//!
//!
//! All are additive, and none changes whether a type is `Send`.
//!
//! # Peers that are not trusted
//!
//! No input panics, and what a peer can make this end hold is bounded by the [`Config`]. What that comes to, and what else is
//! promised, is in `core/GUARANTEES.md`; the wire is in `core/PROTOCOL.md`. The length of a WebSocket message is for the
//! WebSocket library to limit, and nothing here encrypts or authenticates.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod ascending;
mod close;
mod config;
mod error;
mod foreign;
mod list;
pub mod proto;
mod time;

#[cfg(feature = "mux")]
pub mod carrier;
#[cfg(feature = "embedded-io-async")]
pub mod embedded_io_async;
#[cfg(feature = "futures-io")]
pub mod futures_io;
#[cfg(feature = "std")]
mod io_error;
#[cfg(feature = "mux")]
pub mod mux;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use close::CloseInfo;
pub use config::{Config, MAX_DATA_MESSAGE, Role};
pub use error::{CarrierError, CarrierErrorKind, CloseReason, Error, Limit};
pub use foreign::{ForeignBytes, NoForeignBytes};
pub use proto::{Chunk, Priority, Stats, StreamStats, Violation};
pub use time::Instant;

#[cfg(feature = "mux")]
pub use carrier::Carrier;
#[cfg(feature = "mux")]
pub use mux::{Driver, Multiplexer, ReadHalf, Stream, Timer, WriteHalf};
