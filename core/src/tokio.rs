//! Running on tokio: its timer, its byte streams, and spawning the driver on it.
//!
//! # Example
//!
//! ```
//! use strandmux::carrier::tokio::IoCarrier;
//! use strandmux::{Config, Role};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (here, there) = tokio::io::duplex(4_096);
//! let client = strandmux::tokio::spawn(IoCarrier::new(here), Role::Client, Config::default());
//! let server = strandmux::tokio::spawn(IoCarrier::new(there), Role::Server, Config::default());
//!
//! tokio::spawn(async move {
//!     while let Ok(stream) = server.accept().await {
//!         let (mut read, mut write) = stream.into_split();
//!         tokio::spawn(async move { tokio::io::copy(&mut read, &mut write).await });
//!     }
//! });
//!
//! let mut stream = client.open().await?;
//! stream.write_all(b"hello").await?;
//! stream.close_write();
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer).await?;
//! assert_eq!(answer, "hello");
//! client.close().await;
//! # Ok(())
//! # }
//! ```

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use ::tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ::tokio::time::Sleep;

use crate::carrier::Carrier;
use crate::config::{Config, Role};
use crate::mux::{Clock, Multiplexer, ReadHalf, Stream, Timer, WriteHalf};
use crate::time::Instant;

/// Multiplexes `carrier`, with the driver spawned on the current runtime.
///
/// # Panics
///
/// Outside a tokio runtime with time enabled, as tokio's own `spawn` does.
pub fn spawn<C>(carrier: C, role: Role, config: Config) -> Multiplexer
where
    C: Carrier + Send + 'static,
{
    let (multiplexer, driver) = Multiplexer::new(carrier, TokioTimer::new(), role, config);
    ::tokio::spawn(driver);
    multiplexer
}

/// Tokio's clock.
#[derive(Debug)]
pub struct TokioTimer {
    start: ::tokio::time::Instant,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What `sleep` is set to.
    deadline: Instant,
}

impl TokioTimer {
    /// A timer whose clock begins now.
    pub fn new() -> Self {
        Self {
            start: ::tokio::time::Instant::now(),
            sleep: None,
            deadline: Instant::ZERO,
        }
    }
}

impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer for TokioTimer {
    fn clock(&self) -> Clock {
        let start = self.start;
        Clock::new(move || Instant::ZERO + start.elapsed())
    }

    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if deadline <= Instant::ZERO + self.start.elapsed() {
            return Poll::Ready(());
        }
        let after = Duration::from_micros(deadline.as_micros());
        let at = self.start.checked_add(after).unwrap_or_else(|| {
            // Beyond what the clock can say: look again in a day.
            ::tokio::time::Instant::now() + Duration::from_secs(86_400)
        });
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(::tokio::time::sleep_until(at)));
        if self.deadline != deadline {
            self.deadline = deadline;
            sleep.as_mut().reset(at);
        }
        sleep.as_mut().poll(cx)
    }
}

macro_rules! async_read {
    ($type:ident) => {
        /// # Cancel safety
        ///
        /// A read that is dropped while it is pending loses no byte.
        impl AsyncRead for $type {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let unfilled = buffer.initialize_unfilled();
                let len = core::task::ready!($type::poll_read(&mut self, cx, unfilled))?;
                buffer.advance(len);
                Poll::Ready(Ok(()))
            }
        }
    };
}

macro_rules! async_write {
    ($type:ident) => {
        /// Shutting down is half-closing. Flushing is immediate: what is written is on its way.
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

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
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
