//! The protocol, without I/O.
//!
//! A [`Connection`] is one end. It is told what arrived and what time it is, and says what to send and
//! when to come back. It holds no waker, reads no clock and takes no lock, so it runs under any
//! runtime, in a simulation, or on a microcontroller.
//!
//! # Contract
//!
//! Feed it with `handle_*`, ask things of it by its commands, and after every call that takes `&mut self` drain
//! the outputs: [`poll_transmit`](Connection::poll_transmit) while there is a carrier to take it,
//! [`poll_event`](Connection::poll_event) until it has none, and call
//! [`handle_timeout`](Connection::handle_timeout) when [`poll_timeout`](Connection::poll_timeout) is due.
//!
//! # Example
//!
//! ```
//! use core::task::Poll;
//! use strandmux::proto::{Connection, Event};
//! use strandmux::{Config, Instant, Role};
//!
//! let now = Instant::ZERO;
//! let mut client = Connection::new(Role::Client, Config::default(), now);
//! let mut server = Connection::new(Role::Server, Config::default(), now);
//!
//! let Poll::Ready(Ok(id)) = client.open() else { panic!("the first open never waits") };
//! assert!(client.poll_opened(id).is_pending());
//! # fn exchange(now: Instant, from: &mut Connection, to: &mut Connection) {
//! while let Some(bytes) = from.poll_transmit() {
//!     to.handle_input(now, &bytes);
//! }
//! # }
//! # exchange(now, &mut client, &mut server);
//! let Poll::Ready(Ok(inbound)) = server.accept() else { panic!("the open has arrived") };
//! # exchange(now, &mut server, &mut client);
//! assert_eq!(client.poll_event(), Some(Event::OpenAvailable));
//! assert_eq!(client.poll_event(), Some(Event::Opened(id)));
//! assert_eq!(client.poll_opened(id), Poll::Ready(Ok(())));
//! assert_eq!(client.write(id, b"hello"), Poll::Ready(Ok(5)));
//! # exchange(now, &mut client, &mut server);
//! let mut buffer = [0; 16];
//! assert_eq!(server.read(inbound, &mut buffer), Poll::Ready(Ok(5)));
//! assert_eq!(&buffer[..5], b"hello");
//! ```

mod commands;
mod company;
mod connection;
mod credit;
mod deadlines;
mod decoder;
mod growth;
mod heartbeat;
mod ids;
mod inbound;
mod message;
mod outbox;
mod pace;
mod priority;
mod set;
mod state;
mod stats;
mod stream;
mod table;
mod transmit;
mod turns;
mod unread;
mod violation;
mod window;

pub use connection::{Connection, Event};
pub use priority::Priority;
pub use stats::{Stats, StreamStats};
pub use stream::{Half, StreamId};
pub use unread::Chunk;
pub use violation::Violation;
