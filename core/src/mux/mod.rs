//! Async handles over the protocol, for any runtime.
//!
//! [`Multiplexer::new`] gives two values: the [`Multiplexer`], a handle to clone and share, and the
//! [`Driver`], a future that has to be polled (spawned, most likely) for anything to happen. Nothing
//! here knows a rule of the protocol; those are in [`proto`](crate::proto). The lock around it is never
//! held while a carrier, a waker or the user's code runs.
//!
//! # How it ends
//!
//! A multiplexer ends when it is closed, when every handle and stream of it is dropped, when the
//! carrier ends or fails, or when the driver is dropped. Whichever comes first is its
//! [`CloseReason`](crate::CloseReason), and every operation that waits ends with it. Data that has been
//! received stays readable.

mod addr;
mod driver;
mod futures;
mod lock;
mod multiplexer;
mod shared;
mod stream;
mod timer;
mod waiters;
mod wakers;

#[cfg(feature = "memory")]
pub(crate) use lock::Lock;

pub use addr::StreamAddr;
pub use driver::Driver;
pub use futures::{Accept, Close, Closed, Incoming, Open};
pub use multiplexer::Multiplexer;
pub use stream::{ReadHalf, Stream, WriteHalf};
pub use timer::{Clock, Timer};
