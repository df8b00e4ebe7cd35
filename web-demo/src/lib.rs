//! The strandmux demo server: a page, and behind its `/mux` a few services to drive streams with.
//!
//! The first line of every stream names its service; [`SERVICES`] lists them. The same services are
//! offered on plain TCP, so that any program that speaks the protocol can use them.

mod args;
mod connection;
mod http;
mod hub;
mod limits;
mod origin;
pub mod package;
mod page;
mod ramp;
mod server;
mod services;
mod socket;
mod stats;

pub use args::{Args, SERVICES};
pub use limits::Limits;
pub use origin::AllowedOrigin;
pub use server::Server;
