//! Writers that wait for the peer's credit, counted: their data waits as much as that in the outbox does.

use super::connection::Connection;
use super::stream::{Stream, StreamId};
use super::violation::Violation;
use crate::foreign::ForeignBytes;

impl<F> Stream<F> {
    /// Whether its writer waits for credit.
    pub(super) fn is_starved(&self) -> bool {
        self.turn.wanted() > 0 && self.send.credit() == 0
    }
}

impl<F: ForeignBytes> Connection<F> {
    /// Whether data waits for credit.
    pub(super) fn waits_for_credit(&self) -> bool {
        self.starved > 0
    }

    /// The peer grants the stream credit, for which its writer may wait.
    pub(super) fn grant(&mut self, id: StreamId, amount: u64) -> Result<(), Violation> {
        self.uncount_starved(id);
        if let Some(stream) = self.streams.get_mut(id) {
            stream.send.grow(amount)?;
            self.starved += usize::from(stream.is_starved());
        }
        self.rejoin(id);
        Ok(())
    }

    /// The stream's writer may be about to wait for credit no longer.
    pub(super) fn uncount_starved(&mut self, id: StreamId) {
        if self.streams.get(id).is_some_and(Stream::is_starved) {
            self.starved = self.starved.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use core::task::Poll;

    use crate::proto::{Connection, Event};
    use crate::{Config, Instant, Role};

    #[test]
    fn a_write_may_begin_before_the_peer_accepts() {
        let mut client = Connection::new(Role::Client, Config::default(), Instant::ZERO);
        let Poll::Ready(Ok(id)) = client.open() else {
            panic!("the first open never waits");
        };
        assert!(client.poll_transmit().is_some());
        assert!(client.write(id, b"abc").is_pending());
        assert!(client.waits_for_credit());
        // An accept without any window, and three bytes of it.
        client.handle_input(Instant::ZERO, &[2, 1, 0]);
        assert!(client.waits_for_credit());
        client.handle_input(Instant::ZERO, &[4, 1, 3]);
        assert!(!client.waits_for_credit());
        let writable = Event::Writable(id);
        assert!(core::iter::from_fn(|| client.poll_event()).any(|event| event == writable));
        assert_eq!(client.write(id, b"abc"), Poll::Ready(Ok(3)));
        assert!(client.write(id, b"d").is_pending());
        assert!(client.waits_for_credit());
        client.close_stream(id);
        assert!(!client.waits_for_credit());
    }

    #[test]
    fn a_rejected_stream_waits_for_no_credit() {
        let mut client = Connection::new(Role::Client, Config::default(), Instant::ZERO);
        let Poll::Ready(Ok(id)) = client.open() else {
            panic!("the first open never waits");
        };
        assert!(client.poll_transmit().is_some());
        assert!(client.write(id, b"abc").is_pending());
        client.handle_input(Instant::ZERO, &[6, 1]);
        assert!(client.poll_opened(id).is_ready());
        assert!(!client.waits_for_credit());
    }
}
