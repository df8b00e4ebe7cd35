//! What an operation can fail with, and why a multiplexer closes.

use alloc::sync::Arc;
use core::fmt;

use crate::close::CloseInfo;
use crate::proto::Violation;

/// Why an operation on a multiplexer or a stream failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The multiplexer has closed, for the reason given (the original's `ErrMultiplexerClosed`).
    MultiplexerClosed(CloseReason),
    /// The peer closed the stream instead of accepting it (the original's `ErrStreamRejected`).
    StreamRejected,
    /// Every identifier of this end has been used; only a new multiplexer can open streams.
    StreamIdsExhausted,
    /// The stream was closed at this end.
    StreamClosed,
    /// The stream was closed for writing at this end (the original's `ErrWriteClosed`).
    WriteClosed,
    /// The peer closed the stream, so what is written would reach nobody.
    RemoteClosed,
    /// The peer closed the stream without half-closing it, and
    /// [`Config::close_means_abort`](crate::Config::close_means_abort) is set.
    Aborted,
    /// The operation's deadline passed. The stream lives on and no byte is lost.
    DeadlineExceeded,
}

impl Error {
    /// A stable name for the error, the same in Rust and in JavaScript.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MultiplexerClosed(_) => "multiplexer_closed",
            Self::StreamRejected => "stream_rejected",
            Self::StreamIdsExhausted => "stream_ids_exhausted",
            Self::StreamClosed => "stream_closed",
            Self::WriteClosed => "write_closed",
            Self::RemoteClosed => "remote_closed",
            Self::Aborted => "aborted",
            Self::DeadlineExceeded => "deadline_exceeded",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MultiplexerClosed(reason) => write!(f, "multiplexer closed: {reason}"),
            Self::StreamRejected => f.write_str("the peer rejected the stream"),
            Self::StreamIdsExhausted => f.write_str("all stream identifiers have been used"),
            Self::StreamClosed => f.write_str("the stream is closed"),
            Self::WriteClosed => f.write_str("the stream is closed for writing"),
            Self::RemoteClosed => f.write_str("the peer has closed the stream"),
            Self::Aborted => f.write_str("the peer aborted the stream"),
            Self::DeadlineExceeded => f.write_str("the deadline has passed"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::MultiplexerClosed(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Why a multiplexer closed. The first reason stays; later ones are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// It was closed at this end, or all its handles were dropped. With what the peer is told.
    Local(CloseInfo),
    /// The carrier ended between two messages: the peer closed. With what it said, if the carrier can carry that.
    Remote(CloseInfo),
    /// The carrier ended inside a message.
    TruncatedMessage,
    /// No heartbeat came for
    /// [`Config::max_heartbeat_receive_interval`](crate::Config::max_heartbeat_receive_interval).
    HeartbeatTimeout,
    /// The peer broke a rule of the protocol.
    Violation(Violation),
    /// The peer asked for more than the configuration grants it.
    Limit(Limit),
    /// The carrier failed.
    Carrier(CarrierError),
    /// The [`Driver`](crate::mux::Driver) was dropped before it had finished.
    DriverDropped,
}

impl CloseReason {
    /// A stable name for the reason, the same in Rust and in JavaScript.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Local(_) => "local",
            Self::Remote(_) => "eof_at_boundary",
            Self::TruncatedMessage => "eof_inside_message",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Violation(violation) => violation.code(),
            Self::Limit(limit) => limit.code(),
            Self::Carrier(error) => error.kind.code(),
            Self::DriverDropped => "driver_dropped",
        }
    }

    /// Whether either end closed on purpose, with nothing cut short.
    pub fn is_graceful(&self) -> bool {
        matches!(self, Self::Local(_) | Self::Remote(_))
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(info) => write!(f, "closed at this end{info}"),
            Self::Remote(info) => write!(f, "closed by the peer{info}"),
            Self::TruncatedMessage => f.write_str("the carrier ended inside a message"),
            Self::HeartbeatTimeout => f.write_str("the peer's heartbeat did not come in time"),
            Self::Violation(violation) => write!(f, "protocol violation: {violation}"),
            Self::Limit(limit) => write!(f, "limit exceeded: {limit}"),
            Self::Carrier(error) => write!(f, "carrier failed: {error}"),
            Self::DriverDropped => f.write_str("the driver was dropped"),
        }
    }
}

impl core::error::Error for CloseReason {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Violation(violation) => Some(violation),
            Self::Carrier(error) => Some(error),
            _ => None,
        }
    }
}

/// A bound that a peer ran into without breaking a rule of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// More than [`Config::max_queued_rejections`](crate::Config::max_queued_rejections) rejected
    /// streams whose rejection the carrier has not taken.
    QueuedRejections,
}

impl Limit {
    /// A stable name for the limit, the same in Rust and in JavaScript.
    pub fn code(self) -> &'static str {
        match self {
            Self::QueuedRejections => "too_many_queued_rejections",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueuedRejections => {
                f.write_str("streams rejected faster than the peer can be told")
            }
        }
    }
}

/// A failure of the carrier: its kind, to match on, and its own words, to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierError {
    kind: CarrierErrorKind,
    message: Arc<str>,
}

/// What kind of failure a [`CarrierError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CarrierErrorKind {
    /// Reading, writing or closing failed.
    Io,
    /// The peer sent a message that is not made of bytes, such as a text frame of a WebSocket.
    NotBytes,
}

impl CarrierErrorKind {
    fn code(self) -> &'static str {
        match self {
            Self::Io => "carrier_failed",
            Self::NotBytes => "message_not_bytes",
        }
    }
}

impl CarrierError {
    /// A failed operation, in the carrier's own words.
    pub fn io(message: impl fmt::Display) -> Self {
        Self {
            kind: CarrierErrorKind::Io,
            message: alloc::format!("{message}").into(),
        }
    }

    /// A message that is not made of bytes; `what` names it, as in "a text message".
    pub fn not_bytes(what: &str) -> Self {
        Self {
            kind: CarrierErrorKind::NotBytes,
            message: what.into(),
        }
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> CarrierErrorKind {
        self.kind
    }
}

impl fmt::Display for CarrierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CarrierErrorKind::Io => f.write_str(&self.message),
            CarrierErrorKind::NotBytes => write!(f, "the peer sent {}", self.message),
        }
    }
}

impl core::error::Error for CarrierError {}
