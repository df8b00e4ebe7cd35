//! The byte stream traits of the futures crates on [`Stream`] and its halves, for async-std, smol and what else goes
//! by them.
//!
//! With these in scope a stream works with `futures::io::copy`, `read_to_end` and the like. Closing a writer is
//! half-closing. Errors carry the [`Error`](crate::Error) inside; a deadline is [`TimedOut`](std::io::ErrorKind::TimedOut).

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use ::futures_io::{AsyncRead, AsyncWrite};

use crate::mux::{ReadHalf, Stream, WriteHalf};

macro_rules! async_read {
    ($type:ident) => {
        /// # Cancel safety
        ///
        /// A read that is dropped while it is pending loses no byte.
        impl AsyncRead for $type {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                $type::poll_read(&mut self, cx, buffer).map_err(io::Error::from)
            }
        }
    };
}

macro_rules! async_write {
    ($type:ident) => {
        /// Closing is half-closing. Flushing is immediate: what is written is on its way.
        ///
        /// # Cancel safety
        ///
        /// A write that is dropped while it is pending has written nothing. But the trait does not tell the stream of it, so
        /// that the turn among the writers that comes to it is kept, with room that others wait for, until nothing has been
        /// sent for some milliseconds. `cancel_write` gives it up at once, and so does closing or dropping the writer.
        impl AsyncWrite for $type {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                data: &[u8],
            ) -> Poll<io::Result<usize>> {
                $type::poll_write(&mut self, cx, data).map_err(io::Error::from)
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.close_write();
                Poll::Ready(Ok(()))
            }
        }
    };
}

async_read!(Stream);
async_write!(Stream);
async_read!(ReadHalf);
async_write!(WriteHalf);
