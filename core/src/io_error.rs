//! This crate's errors as standard I/O has them.

use std::io;

use crate::error::Error;

/// The kind that standard I/O has for the error; the error itself is inside.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::MultiplexerClosed(_) => io::ErrorKind::ConnectionAborted,
            Error::StreamRejected => io::ErrorKind::ConnectionRefused,
            Error::StreamIdsExhausted => io::ErrorKind::AddrNotAvailable,
            Error::StreamClosed => io::ErrorKind::NotConnected,
            Error::WriteClosed | Error::RemoteClosed => io::ErrorKind::BrokenPipe,
            Error::Aborted => io::ErrorKind::ConnectionReset,
            Error::DeadlineExceeded => io::ErrorKind::TimedOut,
        };
        Self::new(kind, error)
    }
}
