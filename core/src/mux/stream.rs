//! A stream and its halves.

use alloc::sync::Arc;
use core::future::poll_fn;
use core::task::{Context, Poll};

use super::addr::StreamAddr;
use super::shared::Handle;
use crate::error::Error;
use crate::foreign::{ForeignBytes, NoForeignBytes};
use crate::proto::{Chunk, Connection, Half, Priority, StreamId, StreamStats};
use crate::time::Instant;

/// A byte stream with flow control and half-close. Dropping it closes it.
///
/// What [`write`](Self::write) has accepted is on its way in order; the peer reads it even if the
/// stream or the multiplexer is closed right after.
///
/// It and its halves have reads and writes of their own, and are the byte streams of tokio, of the futures crates and of embedded
/// Rust as well, with the feature of that name. Where a trait has a method of the same name and both are in scope, a
/// stream's own is the one that is called.
#[derive(Debug)]
#[must_use = "a stream closes when it is dropped"]
pub struct Stream<F: ForeignBytes = NoForeignBytes> {
    inner: Inner<F>,
}

/// The reading half of a [`Stream`]. When both halves are dropped, the stream closes.
#[derive(Debug)]
#[must_use = "a stream closes when both its halves are dropped"]
pub struct ReadHalf<F: ForeignBytes = NoForeignBytes> {
    inner: Arc<Inner<F>>,
}

/// The writing half of a [`Stream`]. Dropping it half-closes the stream: the peer reads end of stream.
#[derive(Debug)]
#[must_use = "a stream half-closes when its writing half is dropped"]
pub struct WriteHalf<F: ForeignBytes = NoForeignBytes> {
    inner: Arc<Inner<F>>,
}

impl<F: ForeignBytes> Stream<F> {
    pub(super) fn new(handle: Handle<F>, id: StreamId) -> Self {
        Self {
            inner: Inner { handle, id },
        }
    }

    /// Splits the stream so that two tasks can use it.
    pub fn into_split(self) -> (ReadHalf<F>, WriteHalf<F>) {
        let inner = Arc::new(self.inner);
        let read = ReadHalf {
            inner: inner.clone(),
        };
        (read, WriteHalf { inner })
    }

    /// Sets the deadlines of reads and of writes; see [`set_read_deadline`](Self::set_read_deadline).
    pub fn set_deadline(&self, deadline: Option<Instant>) {
        self.set_read_deadline(deadline);
        self.set_write_deadline(deadline);
    }
}

/// What the type has in common with others, written once.
macro_rules! common {
    ($type:ident) => {
        impl<F: ForeignBytes> $type<F> {
            /// The identifier on the wire.
            pub fn id(&self) -> u64 {
                self.inner.id.value()
            }

            /// The address of this end, `local:ID`.
            pub fn local_addr(&self) -> StreamAddr {
                self.inner.addr("local")
            }

            /// The address of the peer's end, `remote:ID`.
            pub fn remote_addr(&self) -> StreamAddr {
                self.inner.addr("remote")
            }

            /// What the stream holds now, `None` once it is closed at this end.
            #[must_use]
            pub fn stats(&self) -> Option<StreamStats> {
                self.inner
                    .with_id(|state, id| state.connection.stream_stats(id))
            }

            /// Closes the stream in both directions. What was written is still sent, and then the peer
            /// reads end of stream; what was received and not read is dropped. Operations that wait
            /// fail with [`Error::StreamClosed`]. Without effect when repeated.
            pub fn close(&self) {
                self.inner.close();
            }
        }
    };
}

macro_rules! readable {
    ($type:ident) => {
        impl<F: ForeignBytes> $type<F> {
            /// Reads at least a byte, as much as has been received and fits; 0 is the end of the
            /// stream, or an empty `buffer`.
            ///
            /// # Errors
            ///
            /// [`Error::StreamClosed`], [`Error::DeadlineExceeded`]; [`Error::Aborted`] and
            /// [`Error::MultiplexerClosed`] once everything received has been read.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses no byte.
            pub async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                poll_fn(|cx| self.poll_read(cx, buffer)).await
            }

            /// Reads at least a byte and at most `max`, in the buffer in which they lie already where that can be, so
            /// mostly without copying, and one that waits holds no buffer. `None` is the end of the stream.
            ///
            /// ```
            /// async fn read_all(stream: &mut strandmux::Stream) -> Result<Vec<u8>, strandmux::Error> {
            ///     let mut all = Vec::new();
            ///     while let Some(chunk) = stream.read_chunk(65_536).await? {
            ///         all.extend(Vec::from(chunk));
            ///     }
            ///     Ok(all)
            /// }
            /// ```
            ///
            /// # Errors
            ///
            /// As [`read`](Self::read).
            ///
            /// # Cancel safety
            ///
            /// Dropping the future loses no byte.
            pub async fn read_chunk(&mut self, max: usize) -> Result<Option<Chunk<F>>, Error> {
                poll_fn(|cx| self.poll_read_chunk(cx, max)).await
            }

            /// Bytes that have been received and not read.
            pub fn unread(&self) -> usize {
                self.inner.with_id(|state, id| state.connection.unread(id))
            }

            /// [`read`](Self::read) for use in a hand-written future. The task of the last call is the one
            /// that is woken.
            pub fn poll_read(
                &mut self,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<Result<usize, Error>> {
                self.inner
                    .poll_read(cx, |connection, id| connection.read(id, buffer))
            }

            /// [`read_chunk`](Self::read_chunk) for use in a hand-written future. The task of the last call is the
            /// one that is woken.
            pub fn poll_read_chunk(
                &mut self,
                cx: &mut Context<'_>,
                max: usize,
            ) -> Poll<Result<Option<Chunk<F>>, Error>> {
                self.inner
                    .poll_read(cx, |connection, id| connection.read_chunk(id, max))
            }

            /// Ready once nothing more can be received: the peer has half-closed or closed the stream, or
            /// it or the multiplexer is closed here. What was received can still be read. The task of the
            /// last call is the one that is woken.
            pub fn poll_read_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
                self.inner.poll_ended(cx, Half::Read)
            }

            /// Sets when reads fail with [`Error::DeadlineExceeded`], one that waits included, on
            /// the clock of [`Multiplexer::now`](super::Multiplexer::now); `None` for never. It can be
            /// moved or cleared at any time, also after it has passed. No byte is lost to it.
            pub fn set_read_deadline(&self, deadline: Option<Instant>) {
                self.inner.set_deadline(Half::Read, deadline);
            }
        }
    };
}

macro_rules! writable {
    ($type:ident) => {
        impl<F: ForeignBytes> $type<F> {
            /// Writes at least a byte of `data`, as much as there is window and room for; 0 only if
            /// `data` is empty. What is written is copied.
            ///
            /// # Errors
            ///
            /// [`Error::StreamClosed`], [`Error::WriteClosed`], [`Error::RemoteClosed`],
            /// [`Error::MultiplexerClosed`], [`Error::DeadlineExceeded`]. Nothing was written then.
            ///
            /// # Cancel safety
            ///
            /// If the future is dropped before it is ready, nothing was written.
            pub async fn write(&mut self, data: &[u8]) -> Result<usize, Error> {
                let mut place = Place {
                    inner: &self.inner,
                    is_waiting: false,
                };
                poll_fn(|cx| {
                    let written = place.inner.poll_write(cx, data);
                    place.is_waiting = written.is_pending();
                    written
                })
                .await
            }

            /// Writes all of `data`.
            ///
            /// # Errors
            ///
            /// As [`write`](Self::write). Some of `data` may have been written then.
            ///
            /// # Cancel safety
            ///
            /// None: some of `data` may have been written when the future is dropped.
            pub async fn write_all(&mut self, mut data: &[u8]) -> Result<(), Error> {
                while !data.is_empty() {
                    let len = self.write(data).await?;
                    data = &data[len..];
                }
                Ok(())
            }

            /// [`write`](Self::write) for use in a hand-written future. The task of the last call is the
            /// one that is woken.
            pub fn poll_write(
                &mut self,
                cx: &mut Context<'_>,
                data: &[u8],
            ) -> Poll<Result<usize, Error>> {
                self.inner.poll_write(cx, data)
            }

            /// Says that a write that was pending will not be tried again: its place among the writers goes
            /// to another. For [`poll_write`](Self::poll_write); the futures do it when they are dropped.
            pub fn cancel_write(&self) {
                self.inner.cancel_write();
            }

            /// Ready once nothing more can be written: the peer has closed the stream, or it, its writing
            /// half or the multiplexer is closed here. The task of the last call is the one that is woken.
            pub fn poll_write_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
                self.inner.poll_ended(cx, Half::Write)
            }

            /// Sets when writes fail with [`Error::DeadlineExceeded`], one that waits included, on
            /// the clock of [`Multiplexer::now`](super::Multiplexer::now); `None` for never. It can be
            /// moved or cleared at any time, also after it has passed. What was written is still sent.
            pub fn set_write_deadline(&self, deadline: Option<Instant>) {
                self.inner.set_deadline(Half::Write, deadline);
            }

            /// How urgent what is written is; the default if the stream is closed.
            pub fn priority(&self) -> Priority {
                self.inner
                    .with_id(|state, id| state.connection.priority(id))
            }

            /// Sets how urgent what is written from now on is, against the other streams of this end. Without
            /// effect if the stream is closed.
            pub fn set_priority(&self, priority: Priority) {
                self.inner
                    .with_id(|state, id| state.connection.set_priority(id, priority));
            }

            /// Half-closes the stream: after what was written, the peer reads end of stream. Reading
            /// goes on. Without effect when repeated, or if the stream is closed.
            pub fn close_write(&self) {
                self.inner.close_write();
            }
        }
    };
}

common!(Stream);
readable!(Stream);
writable!(Stream);
common!(ReadHalf);
readable!(ReadHalf);
common!(WriteHalf);
writable!(WriteHalf);

impl<F: ForeignBytes> Drop for WriteHalf<F> {
    fn drop(&mut self) {
        self.inner.close_write();
    }
}

/// A write's place among the writers, given up when the write is dropped while it waits.
struct Place<'a, F: ForeignBytes> {
    inner: &'a Inner<F>,
    is_waiting: bool,
}

impl<F: ForeignBytes> Drop for Place<'_, F> {
    fn drop(&mut self) {
        if self.is_waiting {
            self.inner.cancel_write();
        }
    }
}

#[derive(Debug)]
struct Inner<F: ForeignBytes> {
    handle: Handle<F>,
    id: StreamId,
}

impl<F: ForeignBytes> Inner<F> {
    fn with_id<R>(&self, f: impl FnOnce(&mut super::shared::State<F>, StreamId) -> R) -> R {
        self.handle.with(|state| f(state, self.id))
    }

    fn addr(&self, side: &'static str) -> StreamAddr {
        StreamAddr::new(side, self.id.value())
    }

    fn poll_read<R>(
        &self,
        cx: &mut Context<'_>,
        read: impl FnOnce(&mut Connection<F>, StreamId) -> Poll<Result<R, Error>>,
    ) -> Poll<Result<R, Error>> {
        self.with_id(|state, id| {
            let read = read(&mut state.connection, id);
            if read.is_pending() {
                state.wait(id, Half::Read, cx);
            }
            read
        })
    }

    fn poll_write(&self, cx: &mut Context<'_>, data: &[u8]) -> Poll<Result<usize, Error>> {
        self.with_id(|state, id| {
            let written = state.connection.write(id, data);
            if written.is_pending() {
                state.wait(id, Half::Write, cx);
            }
            written
        })
    }

    fn cancel_write(&self) {
        self.with_id(|state, id| {
            state.connection.cancel_write(id);
            state.stop_waiting(id, Half::Write);
        });
    }

    fn poll_ended(&self, cx: &mut Context<'_>, half: Half) -> Poll<()> {
        self.with_id(|state, id| {
            let ended = state.connection.poll_ended(id, half);
            if ended.is_pending() {
                state.wait_for_end(id, half, cx);
            }
            ended
        })
    }

    fn set_deadline(&self, half: Half, deadline: Option<Instant>) {
        let now = self.handle.now();
        self.with_id(|state, id| {
            state.connection.set_deadline(now, id, half, deadline);
            // It may be the next time that the driver has to watch for.
            state.wake_driver_always();
        });
    }

    fn close_write(&self) {
        self.with_id(|state, id| {
            state.connection.close_write(id);
            // A write that waits fails now.
            state.wake(id, Half::Write);
            state.wake_ending(id);
        });
    }

    fn close(&self) {
        self.with_id(|state, id| {
            if state.connection.is_known(id) {
                state.connection.close_stream(id);
                state.wake(id, Half::Read);
                state.wake(id, Half::Write);
                state.wake_ending(id);
            }
        });
    }
}

impl<F: ForeignBytes> Drop for Inner<F> {
    fn drop(&mut self) {
        self.close();
    }
}
