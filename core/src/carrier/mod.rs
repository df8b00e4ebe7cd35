//! What a multiplexer runs on: anything that moves bytes in order, both ways.

use alloc::vec::Vec;
use core::task::{Context, Poll};

use crate::close::CloseInfo;
use crate::error::{CarrierError, CloseReason};
use crate::foreign::{ForeignBytes, NoForeignBytes};

#[cfg(feature = "futures-io")]
pub mod futures_io;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "websocket")]
pub mod websocket;

/// An ordered, reliable pair of byte streams, in pieces of any size: boundaries mean nothing.
///
/// The counterpart of the original's `Carrier`. Only the [`Driver`](crate::mux::Driver) calls it. An error ends the
/// multiplexer; what was received before it stays readable. A method that answers [`Poll::Pending`]
/// wakes the task when it is worth calling again. The input and the output side are polled
/// independently of each other, from the same task.
pub trait Carrier<F: ForeignBytes = NoForeignBytes>: Unpin {
    /// The next piece of input, not empty; `None` when the peer has closed.
    ///
    /// # Errors
    ///
    /// Reading failed, or what came is not bytes.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>>;

    /// The next piece of input, if it has come, lies elsewhere and is better left there. Asked for before
    /// [`poll_receive`](Self::poll_receive), which gives all others.
    fn take_foreign(&mut self) -> Option<F> {
        None
    }

    /// Ready when [`send`](Self::send) takes another piece. Pending is how a carrier slows its writers
    /// down.
    ///
    /// # Errors
    ///
    /// Writing failed.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>>;

    /// Takes a piece of output, after [`poll_ready`](Self::poll_ready) was ready.
    ///
    /// # Errors
    ///
    /// Writing failed.
    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError>;

    /// Ready when less than a whole piece is to be sent, of which `bytes` are data. Pending lets other tasks add to it
    /// first, so that small writes share a piece: the driver asks again when it is woken, by the carrier at the latest. What is
    /// urgent is not asked for, nor what would not fit into a piece. Ready by default, which sends at once.
    fn poll_gathered(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        let _ = (cx, bytes);
        Poll::Ready(())
    }

    /// Ready when everything taken has left.
    ///
    /// # Errors
    ///
    /// Writing failed.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>>;

    /// Ready when everything taken has left and the carrier is closed. `reason` is why, the same at every call:
    /// a carrier that can tell the peer says [`reason.close_info()`](CloseReason::close_info).
    ///
    /// A socket that is closed while input lies in it unread resets the connection, which can cost the peer what was
    /// sent last. So a carrier over one takes input, and drops it, until the peer closes too. The driver waits for
    /// [`Config::close_timeout`](crate::Config::close_timeout) at most.
    ///
    /// # Errors
    ///
    /// Writing or closing failed.
    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<Result<(), CarrierError>>;

    /// What the peer said when it closed, once [`poll_receive`](Self::poll_receive) has answered `None`. Nothing,
    /// unless the carrier has a place for it.
    fn close_info(&self) -> CloseInfo {
        CloseInfo::default()
    }
}
