//! What a multiplexer can be told: its role and its configuration.

use core::fmt;
use core::time::Duration;

/// The most bytes one data message takes on the wire: kind, a ten-byte identifier, two bytes of
/// length and 65,535 bytes of payload. The original calls it the size of a write buffer.
pub const MAX_DATA_MESSAGE: usize = 1 + 10 + 2 + 65_535;

/// The least [`Config::max_message_size`] in effect, in bytes: room for the longest header and some
/// payload.
const MIN_MESSAGE_SIZE: usize = 64;

/// Which half of the stream identifiers a multiplexer opens its streams with.
///
/// The protocol is symmetric otherwise; the two ends of a carrier must have different roles. The
/// original's `Multiplex` takes it as `even bool`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Opens streams 1, 3, 5, ...; by convention the end that connected.
    Client,
    /// Opens streams 2, 4, 6, ...; by convention the end that was connected to.
    Server,
}

impl Role {
    /// Whether this role opens streams with even identifiers.
    pub const fn is_even(self) -> bool {
        matches!(self, Self::Server)
    }

    /// The other end's role.
    pub const fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// Whether a stream with this identifier is opened by this role.
    pub(crate) const fn opens(self, id: u64) -> bool {
        id.is_multiple_of(2) == self.is_even()
    }

    pub(crate) const fn first_id(self) -> u64 {
        match self {
            Self::Client => 1,
            Self::Server => 2,
        }
    }
}

/// The address of a multiplexer of this role, as the original writes it.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "multiplexer:odd",
            Self::Server => "multiplexer:even",
        })
    }
}

/// The configuration of a multiplexer.
///
/// `stream_receive_window`, `write_buffer_count`, `accept_backlog` and the two intervals, with their defaults, are the
/// original's `Configuration`; like there, no
/// value is refused: one that makes no sense is read as the nearest that does, as each field says.
///
/// ```
/// let mut config = strandmux::Config::default();
/// config.accept_backlog = 100;
/// config.max_inbound_streams = 256;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Bytes that the peer may send on a stream before this end has read any of them. With 0 the
    /// peer can never send. Default 65,535.
    pub stream_receive_window: u64,
    /// Bytes that a stream's receive window may grow to, while the peer would send more than it has credit for and this
    /// end reads what comes; if less than [`stream_receive_window`](Self::stream_receive_window), that, and then no
    /// window grows. No window grows beyond eight ninths of [`receive_budget`](Self::receive_budget) either. Default 64 MiB.
    pub max_stream_receive_window: u64,
    /// Bytes that all receive windows together may come to by growing. A window grows to eight times what is left of it at
    /// most, and gives some up when others have grown since, so that they come to be equal. Every stream gets its first
    /// window, whatever they come to, and what was granted before cannot be taken back: so what the peer can make this end
    /// hold is at most this and `stream_receive_window` for every stream there is; without growth, the latter alone. Default
    /// 64 MiB.
    pub receive_budget: u64,
    /// Size of the outbox in write buffers of [`MAX_DATA_MESSAGE`] bytes: how much written data may wait for
    /// the carrier before writers wait. On a slow link it is less, about what leaves in 25 ms. 0 counts as 1. Default 5.
    pub write_buffer_count: usize,
    /// Streams opened by the peer that may wait to be accepted; one more is rejected. 0 counts
    /// as 1. Default 10.
    pub accept_backlog: usize,
    /// How often a heartbeat is sent. Zero sends none. Default 5 s.
    pub heartbeat_transmit_interval: Duration,
    /// How long the peer may go without a heartbeat before the multiplexer closes. Zero waits
    /// forever. Default 10 s.
    pub max_heartbeat_receive_interval: Duration,
    /// Streams opened here that may wait for the peer's answer at a time; further opens queue, so
    /// that a burst does not overrun the peer's backlog and get rejected. 0 counts as 1.
    /// Default 8, below the original's backlog of 10.
    pub max_unaccepted_opens: usize,
    /// Streams opened by the peer that may exist at a time; one more is rejected. What all their first windows come to
    /// is memory that the peer can make this end use, beside what windows have grown by. Default 1,024, whose first windows
    /// come to 64 MiB, as much as the default [`receive_budget`](Self::receive_budget); who raises the one may want to lower
    /// [`stream_receive_window`](Self::stream_receive_window).
    pub max_inbound_streams: usize,
    /// Rejections that may wait for the carrier; one more closes the multiplexer, because the peer opens
    /// streams beyond the backlog without waiting for the answers, or without reading them. Default 1,024.
    pub max_queued_rejections: usize,
    /// The most bytes handed to the carrier in one piece (one WebSocket message), unless less than
    /// 64, which counts as 64. At first and on a slow link pieces are smaller. Lower it for a peer that limits the size of
    /// a message. Four times the default does well where the peer is a browser, for which one long message is
    /// less work than several: pieces of more than [`MAX_DATA_MESSAGE`] are made while one stream alone writes, and only
    /// of what leaves in 5 ms.
    /// Default [`MAX_DATA_MESSAGE`].
    pub max_message_size: usize,
    /// How long closing may take to hand over what was written before it, and then as long again to close the carrier,
    /// which for a WebSocket is to hear the peer's answer. Default 5 s.
    pub close_timeout: Duration,
    /// Whether streams may be opened by the peer out of order, within a bounded number of skipped
    /// identifiers. The original itself does so when several goroutines open at once, and as a
    /// receiver refuses it. Default true.
    pub tolerate_reordered_opens: bool,
    /// Whether any input counts as a sign of life, not just a heartbeat. The original wants
    /// heartbeats. Default false.
    pub any_input_is_life: bool,
    /// Whether a peer that closes a stream without half-closing it first has aborted it, so that a read
    /// ends in [`Error::Aborted`](crate::Error::Aborted) instead of end of stream. Only for peers
    /// known to half-close first: the original may send a close alone after a half-close.
    /// Default false.
    pub close_means_abort: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stream_receive_window: 65_535,
            max_stream_receive_window: 64 << 20,
            receive_budget: 64 << 20,
            write_buffer_count: 5,
            accept_backlog: 10,
            heartbeat_transmit_interval: Duration::from_secs(5),
            max_heartbeat_receive_interval: Duration::from_secs(10),
            max_unaccepted_opens: 8,
            max_inbound_streams: 1_024,
            max_queued_rejections: 1_024,
            max_message_size: MAX_DATA_MESSAGE,
            close_timeout: Duration::from_secs(5),
            tolerate_reordered_opens: true,
            any_input_is_life: false,
            close_means_abort: false,
        }
    }
}

impl Config {
    /// The outbox's capacity in bytes.
    pub(crate) fn outbox_capacity(&self) -> usize {
        self.write_buffer_count
            .max(1)
            .saturating_mul(MAX_DATA_MESSAGE)
    }

    /// Whether receive windows grow at all.
    pub(crate) fn windows_grow(&self) -> bool {
        self.max_stream_receive_window > self.stream_receive_window
    }

    pub(crate) fn effective_accept_backlog(&self) -> usize {
        self.accept_backlog.max(1)
    }

    pub(crate) fn effective_max_unaccepted_opens(&self) -> usize {
        self.max_unaccepted_opens.max(1)
    }

    pub(crate) fn effective_max_message_size(&self) -> usize {
        self.max_message_size.max(MIN_MESSAGE_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_the_first_windows_of_all_streams_are_within_the_budget() {
        let config = Config::default();
        let first_windows = config.stream_receive_window * config.max_inbound_streams as u64;
        assert!(first_windows <= config.receive_budget);
    }
}
