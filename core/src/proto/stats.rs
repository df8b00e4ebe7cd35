//! What a connection has done and what it holds.

use super::connection::Connection;
use super::priority::Priority;
use super::stream::StreamId;
use crate::foreign::ForeignBytes;

/// What a connection has done since it began, and what it holds now.
///
/// Totals never fall. A snapshot costs the same however many streams there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Streams of the peer that exist now: accepted, or waiting for it.
    pub inbound_streams: usize,
    /// Streams of this end that exist now, those included that the peer has yet to answer.
    pub outbound_streams: usize,
    /// Streams of the peer that wait to be accepted here now.
    pub unaccepted_inbound: usize,
    /// Opens that wait for the peer's answer now, those included that were taken back meanwhile; at most
    /// [`Config::max_unaccepted_opens`](crate::Config::max_unaccepted_opens).
    pub unaccepted_outbound: usize,
    /// Opens that wait for their turn now, as so many are unanswered. Always 0 from a bare
    /// [`Connection`], where such an open is the caller's to try again.
    pub queued_opens: usize,
    /// Streams opened here in all, whatever became of them.
    pub streams_opened: u64,
    /// Streams of the peer that were accepted here in all.
    pub streams_accepted: u64,
    /// Streams of the peer that were rejected in all, as the backlog was full or there were too many.
    pub streams_rejected: u64,
    /// Streams of this end that the peer rejected in all.
    pub opens_rejected: u64,
    /// Bytes handed to the carrier in all, headers and control messages included.
    pub bytes_sent: u64,
    /// Bytes that came from the carrier in all, headers and control messages included.
    pub bytes_received: u64,
    /// Bytes that were written on streams in all, those included that have not left.
    pub payload_bytes_sent: u64,
    /// Bytes that arrived for streams in all, without those for streams that had been closed here.
    pub payload_bytes_received: u64,
    /// Bytes that were written and have not been handed to the carrier now, headers included.
    pub buffered_bytes: usize,
    /// Bytes that were received and not read now, on all streams.
    pub unread_bytes: usize,
    /// Bytes that the receive windows of all streams come to now: the most that the peer can make this end hold.
    pub receive_window: u64,
    /// Heartbeats handed to the carrier in all.
    pub heartbeats_sent: u64,
    /// Heartbeats that came from the peer in all.
    pub heartbeats_received: u64,
}

/// What a stream holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StreamStats {
    /// Bytes that the peer is ready to take beyond those written already.
    pub send_credit: u64,
    /// Bytes that the peer may have sent without this end having read them.
    pub receive_window: u64,
    /// Bytes that have been received and not read.
    pub unread_bytes: usize,
    /// How urgent what is written is.
    pub priority: Priority,
}

impl<F: ForeignBytes> Connection<F> {
    /// What the connection has done and what it holds.
    pub fn stats(&self) -> Stats {
        Stats {
            inbound_streams: self.inbound,
            outbound_streams: self.streams.len().saturating_sub(self.inbound),
            unaccepted_inbound: self.backlog.len(),
            unaccepted_outbound: self.unaccepted,
            buffered_bytes: self.outbox.len(),
            ..self.totals
        }
    }

    /// What a stream holds, `None` if it has been closed here.
    pub fn stream_stats(&self, id: StreamId) -> Option<StreamStats> {
        let stream = self.streams.get(id)?;
        Some(StreamStats {
            send_credit: stream.send.credit(),
            receive_window: stream.receive.size(),
            unread_bytes: stream.unread.len(),
            priority: stream.priority,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Instant, Role};
    use core::task::Poll;

    #[test]
    fn counts_what_went_through_and_what_is_held() {
        let config = Config {
            stream_receive_window: 100,
            accept_backlog: 1,
            ..Config::default()
        };
        let mut client = Connection::new(Role::Client, config, Instant::ZERO);
        let Poll::Ready(Ok(first)) = client.open() else {
            panic!("the first open never waits");
        };
        assert!(client.open().is_ready() && client.open().is_ready());
        // Three opens of three bytes.
        assert_eq!(client.poll_transmit().map(|bytes| bytes.len()), Some(9));
        // A heartbeat, an accept, a rejection, five bytes, an open to keep and one to reject.
        let input = [
            0, 2, 1, 50, 6, 3, 3, 1, 0, 5, 1, 2, 3, 4, 5, 1, 2, 9, 1, 4, 9,
        ];
        client.handle_input(Instant::ZERO, &input);
        assert_eq!(client.read(first, &mut [0; 2]), Poll::Ready(Ok(2)));
        assert_eq!(client.write(first, b"abc"), Poll::Ready(Ok(3)));
        let stats = Stats {
            inbound_streams: 1,
            outbound_streams: 3,
            unaccepted_inbound: 1,
            unaccepted_outbound: 1,
            streams_opened: 3,
            streams_rejected: 1,
            opens_rejected: 1,
            bytes_sent: 9,
            bytes_received: 21,
            payload_bytes_sent: 3,
            payload_bytes_received: 5,
            buffered_bytes: 7,
            unread_bytes: 3,
            receive_window: 300,
            heartbeats_received: 1,
            ..Stats::default()
        };
        assert_eq!(client.stats(), stats);
        let of_stream = StreamStats {
            send_credit: 47,
            receive_window: 100,
            unread_bytes: 3,
            priority: Priority::default(),
        };
        assert_eq!(client.stream_stats(first), Some(of_stream));

        assert!(client.accept().is_ready());
        client.close_stream(first);
        client.handle_timeout(Instant::from_millis(5_000));
        // A heartbeat, the rejection and the accept; then the data and the close.
        let sent = core::iter::from_fn(|| client.poll_transmit()).flatten();
        assert_eq!(sent.count(), 1 + 2 + 3 + 7 + 2);
        let after = Stats {
            outbound_streams: 2,
            unaccepted_inbound: 0,
            streams_accepted: 1,
            bytes_sent: 9 + 15,
            buffered_bytes: 0,
            unread_bytes: 0,
            receive_window: 200,
            heartbeats_sent: 1,
            ..stats
        };
        assert_eq!(client.stats(), after);
        assert_eq!(client.stream_stats(first), None);
    }
}
