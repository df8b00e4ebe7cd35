//! The byte stream traits of embedded Rust on [`Stream`] and its halves, without `std`.
//!
//! The errors are this crate's own [`Error`]s, whose [`kind`](embedded_io_async::Error::kind) is what generic code
//! goes by; a deadline is [`TimedOut`](ErrorKind::TimedOut). The traits have no half-close:
//! [`close_write`](WriteHalf::close_write) is beside them.

use ::embedded_io_async::{Error as IoError, ErrorKind, ErrorType, Read, Write};

use crate::error::Error;
use crate::mux::{ReadHalf, Stream, WriteHalf};

/// The kind that embedded I/O has for the error.
impl IoError for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::MultiplexerClosed(_) => ErrorKind::ConnectionAborted,
            Self::StreamRejected => ErrorKind::ConnectionRefused,
            Self::StreamIdsExhausted => ErrorKind::AddrNotAvailable,
            Self::StreamClosed => ErrorKind::NotConnected,
            Self::WriteClosed | Self::RemoteClosed => ErrorKind::BrokenPipe,
            Self::Aborted => ErrorKind::ConnectionReset,
            Self::DeadlineExceeded => ErrorKind::TimedOut,
        }
    }
}

macro_rules! read {
    ($type:ident) => {
        /// # Cancel safety
        ///
        /// A read that is dropped before it is ready loses no byte.
        impl Read for $type {
            async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
                $type::read(self, buffer).await
            }
        }
    };
}

macro_rules! write {
    ($type:ident) => {
        /// Flushing is immediate: what is written is on its way.
        ///
        /// # Cancel safety
        ///
        /// If `write` is dropped before it is ready, nothing was written; `write_all` may have written some.
        impl Write for $type {
            async fn write(&mut self, data: &[u8]) -> Result<usize, Error> {
                $type::write(self, data).await
            }

            async fn flush(&mut self) -> Result<(), Error> {
                Ok(())
            }
        }
    };
}

macro_rules! error_type {
    ($type:ident) => {
        impl ErrorType for $type {
            type Error = Error;
        }
    };
}

error_type!(Stream);
read!(Stream);
write!(Stream);
error_type!(ReadHalf);
read!(ReadHalf);
error_type!(WriteHalf);
write!(WriteHalf);
