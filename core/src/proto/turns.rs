//! Whose turn it is to write.
//!
//! Writers keep their bytes until there is room for them in the outbox. Those that have to wait
//! queue, and when room comes up the first gets a *turn*: a promise of up to a quantum of it, so that a
//! bulk writer and a small one take turns by bytes and not by eagerness. A promise reserves room. A writer
//! that never comes for it would hold that room forever, so when the outbox has run dry and someone else
//! waits, all promises that are out become void: a new round begins.

use super::connection::Connection;
use super::stream::StreamId;
use super::table::Queue;

/// The most bytes a writer gets in a turn while others wait.
const QUANTUM: usize = 16 * 1_024;

impl Connection {
    /// How many of `wanted` bytes the stream may write now. If none, it waits, and is told when it can.
    pub(super) fn take_turn(&mut self, id: StreamId, wanted: usize) -> usize {
        let round = self.round;
        let nobody_waits = self.streams.is_queue_empty(Queue::Turn);
        let Some(stream) = self.streams.get_mut(id) else {
            return 0;
        };
        let credit = usize::try_from(stream.send.credit()).unwrap_or(usize::MAX);
        let possible = wanted.min(credit);
        let turn = core::mem::take(&mut stream.turn);
        let mut allowed = 0;
        if turn.granted > 0 && turn.round == round {
            self.outbox.release(turn.granted);
            allowed = turn.granted.min(possible);
        } else if nobody_waits && self.outbox.room() >= possible.min(QUANTUM) {
            allowed = possible.min(self.outbox.room());
        }
        stream.waiting.write = allowed == 0;
        if allowed == 0 {
            stream.turn.wanted = wanted;
            if possible > 0 {
                self.streams.push(Queue::Turn, id);
                self.give_turns();
            }
        }
        allowed
    }

    /// The stream does not want to write any more.
    pub(super) fn forgo_turn(&mut self, id: StreamId) {
        let round = self.round;
        if let Some(stream) = self.streams.get_mut(id) {
            let turn = core::mem::take(&mut stream.turn);
            stream.waiting.write = false;
            if turn.granted > 0 && turn.round == round {
                self.outbox.release(turn.granted);
            }
        }
    }

    /// A write that waits is to be tried again and will fail.
    pub(super) fn fail_write(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && stream.waiting.write
        {
            stream.ready.write = true;
            self.streams.push(Queue::Ready, id);
        }
        self.forgo_turn(id);
    }

    /// Queues the stream for a turn if it waits for one: its window has grown.
    pub(super) fn rejoin(&mut self, id: StreamId) {
        let round = self.round;
        let waits = self.streams.get(id).is_some_and(|stream| {
            let has_turn = stream.turn.granted > 0 && stream.turn.round == round;
            stream.turn.wanted > 0 && !has_turn
        });
        if waits {
            self.streams.push(Queue::Turn, id);
            self.give_turns();
        }
    }

    /// Promises what room there is to those that wait, in order.
    pub(super) fn give_turns(&mut self) {
        while let Some((id, stream)) = self.streams.first(Queue::Turn) {
            let credit = usize::try_from(stream.send.credit()).unwrap_or(usize::MAX);
            let possible = stream.turn.wanted.min(credit);
            let least = possible.min(QUANTUM);
            let has_turn = stream.turn.granted > 0 && stream.turn.round == self.round;
            if possible == 0 || has_turn {
                // It went away, or was served by another way.
                self.streams.pop(Queue::Turn);
                continue;
            }
            if self.outbox.room() < least {
                if !self.outbox.is_empty() {
                    return;
                }
                // The whole outbox is more than a quantum, so it is promises that are in the way.
                self.void_promises();
                continue;
            }
            self.streams.pop(Queue::Turn);
            let is_alone = self.streams.is_queue_empty(Queue::Turn);
            let granted = if is_alone {
                possible.min(self.outbox.room())
            } else {
                least
            };
            self.outbox.reserve(granted);
            let round = self.round;
            if let Some(stream) = self.streams.get_mut(id) {
                stream.turn.granted = granted;
                stream.turn.round = round;
                self.tell_writable(id);
            }
        }
    }

    /// Takes back the room that was promised and has not been used.
    pub(super) fn void_promises(&mut self) {
        self.outbox.release_all();
        self.round = self.round.wrapping_add(1);
    }

    fn tell_writable(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && core::mem::take(&mut stream.waiting.write)
        {
            stream.ready.write = true;
            self.streams.push(Queue::Ready, id);
        }
    }
}

#[cfg(test)]
mod tests {
    use core::task::Poll;

    use crate::proto::Connection;
    use crate::{Config, Instant, Role};

    /// A client with a stream that has been promised room for a byte it has not come for.
    fn promised() -> (Connection, crate::proto::StreamId) {
        let mut client = Connection::new(Role::Client, Config::default(), Instant::ZERO);
        let Poll::Ready(Ok(id)) = client.open() else {
            panic!("the first open never waits");
        };
        client.handle_input(Instant::ZERO, &[2, 1, 2]);
        assert_eq!(client.write(id, b"abc"), Poll::Ready(Ok(2)));
        assert!(client.write(id, b"c").is_pending());
        client.handle_input(Instant::ZERO, &[4, 1, 1]);
        (client, id)
    }

    #[test]
    fn a_promise_ends_with_the_connection() {
        let (mut client, id) = promised();
        client.handle_input(Instant::ZERO, &[7]);
        client.close_stream(id);
        assert_eq!(client.outbox.room(), client.config.outbox_capacity());
    }

    #[test]
    fn a_promise_is_given_up_once() {
        let (mut client, id) = promised();
        while client.poll_transmit().is_some() {}
        client.cancel_write(id);
        client.cancel_write(id);
        assert_eq!(client.outbox.room(), client.config.outbox_capacity());
    }
}
