//! Whose turn it is to write.
//!
//! Writers keep their bytes until there is room for them in the outbox. Those that have to wait
//! queue, the more urgent ahead of the others. When room comes up the first gets a *turn*: a promise of up to a
//! quantum of it, so that within a class a bulk writer and a small one take turns by bytes and not by eagerness. What a
//! small writer leaves of its quantum is kept free for it until more room comes up, and after that it queues in front
//! for it (deficit round robin).
//!
//! A promise reserves room, and it keeps less urgent writers out: the writer that it was made to most likely has more to
//! write. But it may never come. So when the outbox has run dry and someone else waits, promises become void after a
//! moment.

use core::time::Duration;

use super::connection::Connection;
use super::priority::Priority;
use super::stream::{Interest, StreamId};
use super::table::Queue;
use crate::foreign::ForeignBytes;
use crate::time::Instant;

/// The most bytes a writer gets in a turn while others of its class wait.
const QUANTUM: usize = 64 * 1_024;
/// What is left of a quantum is forgotten if it is less than this: it would be cut into small messages.
const MIN_REMAINDER: usize = 1_024;
/// How long writers wait for others to come for their turns while nothing is sent.
const GRACE: Duration = Duration::from_millis(5);

/// The promises that are out.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Promises of an earlier round are void.
    round: u32,
    /// How many there are for each priority.
    promised: [u32; Priority::CLASSES as usize],
    /// Room for those who have taken a part of their quantum and may be back for the rest.
    kept: usize,
    /// Counts how often room came up, which ends what was kept before.
    epoch: u32,
    grace: Grace,
}

/// How long promises still keep less urgent writers out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Grace {
    /// While the outbox has something to send.
    #[default]
    Unlimited,
    /// For a moment that begins when time is next told.
    Asked,
    Until(Instant),
}

/// A writer's place in the turns. Numbers of 32 bits, as every stream has one; what is more than they hold is more than
/// a turn is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Turn {
    /// Bytes that a waiting writer has to write; 0 if none waits.
    wanted: u32,
    /// Bytes of the outbox that were promised to it.
    granted: u32,
    /// The round of promises that `granted` belongs to; of an earlier round it is void.
    round: u32,
    /// What is left of its quantum.
    left: u32,
    /// The epoch in which room is kept for that.
    epoch: u32,
}

impl Turn {
    pub(super) fn wanted(&self) -> usize {
        self.wanted as usize
    }

    fn granted(&self) -> usize {
        self.granted as usize
    }

    fn left(&self) -> usize {
        self.left as usize
    }
}

/// As much of a length as a turn can be.
fn clip(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

impl Turns {
    /// When promises become void.
    pub(super) fn next(&self) -> Option<Instant> {
        match self.grace {
            Grace::Unlimited => None,
            Grace::Asked => Some(Instant::ZERO),
            Grace::Until(at) => Some(at),
        }
    }

    fn is_promised_above(&self, priority: Priority) -> bool {
        let above = &self.promised[priority.index() + 1..];
        above.iter().any(|promises| *promises > 0)
    }

    fn holds(&self, turn: &Turn) -> bool {
        turn.granted > 0 && turn.round == self.round
    }
}

impl<F: ForeignBytes> Connection<F> {
    /// The most bytes a writer gets in a turn while others of its class wait: less on a slow link. A power of two, so
    /// that it does not follow every change of the rate, which would be somebody's advantage.
    fn quantum(&self) -> usize {
        let most = QUANTUM.min(self.outbox.piece());
        // At least a byte, so there is a logarithm.
        let power = most.checked_ilog2().unwrap_or(0);
        (1 << power).max(MIN_REMAINDER)
    }

    /// How many of `wanted` bytes the stream may write now. If none, it waits, and is told when it can.
    pub(super) fn take_turn(&mut self, id: StreamId, wanted: usize) -> usize {
        self.uncount_starved(id);
        let promised = self.redeem(id);
        let Some(stream) = self.streams.get(id) else {
            return 0;
        };
        let possible = wanted.min(stream.send.credit_len());
        let (priority, left) = (stream.priority, stream.turn.left());
        let room = self.outbox.room();
        let is_first = !self.turns.is_promised_above(priority)
            && !self.streams.has_turn_queued_above(priority);
        let is_kept = self.unkeep(id) >= possible.min(MIN_REMAINDER);
        let mut allowed = 0;
        let mut left_after = left;
        if promised > 0 {
            allowed = promised.min(possible);
            left_after += promised - allowed;
        } else if is_first && self.streams.is_turn_queue_empty(priority) {
            if room >= possible.min(self.quantum()) {
                allowed = possible.min(room);
                left_after = 0;
            }
        } else if is_first && is_kept && room >= possible.min(left) {
            allowed = possible.min(left);
            left_after -= allowed;
        }
        if let Some(stream) = self.streams.get_mut(id) {
            stream.waiting.set(Interest::Write, allowed == 0);
            stream.turn.wanted = if allowed == 0 { clip(wanted) } else { 0 };
            stream.turn.left = clip(left_after);
            self.starved += usize::from(stream.is_starved());
        }
        if allowed > 0 {
            self.keep(id);
        }
        if allowed == 0 && possible > 0 {
            self.queue_for_turn(id);
            self.give_turns(Priority::LOWEST);
        }
        allowed
    }

    /// Lets the stream wait for room, in front if it has not used up its quantum.
    fn queue_for_turn(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        if stream.turn.left() >= MIN_REMAINDER {
            self.streams.push_front(Queue::Turn, id);
        } else {
            stream.turn.left = 0;
            self.streams.push(Queue::Turn, id);
        }
    }

    /// Takes back the room that is promised to the stream; how much it was.
    fn redeem(&mut self, id: StreamId) -> usize {
        let Some(stream) = self.streams.get_mut(id) else {
            return 0;
        };
        let promise = stream.turn;
        stream.turn.granted = 0;
        if !self.turns.holds(&promise) {
            // A promise that became void was no turn.
            stream.turn.left = clip((promise.left() + promise.granted()).min(QUANTUM));
            return 0;
        }
        self.turns.promised[stream.priority.index()] -= 1;
        self.turns.grace = Grace::Unlimited;
        self.outbox.release(promise.granted());
        promise.granted()
    }

    /// Keeps room for what is left of the stream's quantum.
    fn keep(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        if stream.turn.left() < MIN_REMAINDER {
            stream.turn.left = 0;
        }
        stream.turn.epoch = self.turns.epoch;
        self.turns.kept += stream.turn.left();
    }

    /// Keeps no room for the stream any longer; how much it was.
    fn unkeep(&mut self, id: StreamId) -> usize {
        let Some(stream) = self.streams.get_mut(id) else {
            return 0;
        };
        if stream.turn.epoch != self.turns.epoch {
            return 0;
        }
        // Not of this epoch any more.
        stream.turn.epoch = self.turns.epoch.wrapping_sub(1);
        self.turns.kept = self.turns.kept.saturating_sub(stream.turn.left());
        stream.turn.left()
    }

    /// Room came up.
    pub(super) fn begin_epoch(&mut self) {
        self.turns.epoch = self.turns.epoch.wrapping_add(1);
        self.turns.kept = 0;
        self.give_turns(Priority::LOWEST);
    }

    /// The stream does not want to write any more.
    pub(super) fn forgo_turn(&mut self, id: StreamId) {
        self.uncount_starved(id);
        self.redeem(id);
        self.unkeep(id);
        if let Some(stream) = self.streams.get_mut(id) {
            stream.turn = Turn::default();
            stream.waiting.take(Interest::Write);
        }
    }

    /// A write that waits is to be tried again and will fail.
    pub(super) fn fail_write(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && stream.waiting.contains(Interest::Write)
        {
            stream.ready.insert(Interest::Write);
            self.streams.push(Queue::Ready, id);
        }
        self.forgo_turn(id);
    }

    /// Queues the stream for a turn if it waits for one: its window has grown.
    pub(super) fn rejoin(&mut self, id: StreamId) {
        let waits = self
            .streams
            .get(id)
            .is_some_and(|stream| stream.turn.wanted > 0 && !self.turns.holds(&stream.turn));
        if waits {
            self.queue_for_turn(id);
            self.give_turns(Priority::LOWEST);
        }
    }

    /// How urgent what the stream sends is; the default if it is closed.
    pub fn priority(&self, id: StreamId) -> Priority {
        let stream = self.streams.get(id);
        stream.map_or_else(Priority::default, |stream| stream.priority)
    }

    /// Sets how urgent what the stream sends is from now on. What has room already is sent as it is.
    pub fn set_priority(&mut self, id: StreamId, priority: Priority) {
        let Some(stream) = self.streams.get(id) else {
            return;
        };
        if self.turns.holds(&stream.turn) {
            self.turns.promised[stream.priority.index()] -= 1;
            self.turns.promised[priority.index()] += 1;
        }
        self.streams.set_priority(id, priority);
        self.give_turns(Priority::LOWEST);
    }

    /// Promises what room there is to those that wait, in order, down to the priority `least`.
    pub(super) fn give_turns(&mut self, least: Priority) {
        while let Some((id, stream)) = self.streams.first(Queue::Turn) {
            let priority = stream.priority;
            let possible = stream.turn.wanted().min(stream.send.credit_len());
            if priority < least {
                return;
            }
            if possible == 0 || self.turns.holds(&stream.turn) {
                // It went away, or was served by another way.
                self.streams.pop(Queue::Turn);
                continue;
            }
            if self.outbox.is_empty() && self.turns.kept > 0 {
                // Nobody is to wait for those who may be back while nothing is sent.
                self.turns.kept = 0;
                self.turns.epoch = self.turns.epoch.wrapping_add(1);
            }
            let share = match stream.turn.left() {
                0 => self.quantum(),
                left => left.min(self.quantum()),
            };
            let room = self.outbox.room().saturating_sub(self.turns.kept);
            if self.turns.is_promised_above(priority) || room < possible.min(share) {
                // The whole outbox is more than a quantum, so it is promises that are in the way. Those to whom they
                // were made get a moment: were they void at once, many writers could go on to take each other's.
                if self.outbox.is_empty() && self.turns.grace == Grace::Unlimited {
                    self.turns.grace = Grace::Asked;
                }
                return;
            }
            self.streams.pop(Queue::Turn);
            self.promise(id, possible, share, room);
        }
    }

    /// Promises the stream room for its share of `possible` bytes, or for all that fits if nobody like it waits.
    fn promise(&mut self, id: StreamId, possible: usize, share: usize, room: usize) {
        let round = self.turns.round;
        let Some(stream) = self.streams.get(id) else {
            return;
        };
        let priority = stream.priority;
        let granted = if self.streams.is_turn_queue_empty(priority) {
            clip(possible.min(room))
        } else {
            clip(possible.min(share))
        };
        self.outbox.reserve(granted as usize);
        self.turns.promised[priority.index()] += 1;
        if let Some(stream) = self.streams.get_mut(id) {
            stream.turn.granted = granted;
            stream.turn.round = round;
            stream.turn.left = clip(share).saturating_sub(granted);
            self.keep(id);
            self.tell_writable(id);
        }
    }

    /// Takes back the room that was promised and has not been used.
    pub(super) fn void_promises(&mut self) {
        self.outbox.release_all();
        self.turns = Turns {
            round: self.turns.round.wrapping_add(1),
            epoch: self.turns.epoch.wrapping_add(1),
            ..Turns::default()
        };
    }

    /// Time has passed for those that have not come for their turns.
    pub(super) fn limit_grace(&mut self, now: Instant) {
        match self.turns.grace {
            Grace::Unlimited => {}
            Grace::Asked => self.turns.grace = Grace::Until(now + GRACE),
            Grace::Until(at) if at > now => {}
            Grace::Until(_) => {
                self.void_promises();
                self.give_turns(Priority::LOWEST);
            }
        }
    }

    fn tell_writable(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && stream.waiting.take(Interest::Write)
        {
            stream.ready.insert(Interest::Write);
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
        assert!(client.poll_transmit().is_some());
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

    /// More writers than the outbox has turns for, and nothing waits to be sent: each that was told comes in time.
    #[test]
    fn writers_do_not_take_each_others_promises() {
        let config = Config {
            write_buffer_count: 1,
            max_unaccepted_opens: 10,
            ..Config::default()
        };
        let mut client = Connection::new(Role::Client, config, Instant::ZERO);
        let data = [0; 20_000];
        let mut ids = alloc::vec![];
        for id in 0..10 {
            let Poll::Ready(Ok(opened)) = client.open() else {
                panic!("ten opens never wait");
            };
            ids.push(opened);
            while client.poll_transmit().is_some() {}
            client.handle_input(Instant::ZERO, &[2, 2 * id + 1, 0]);
            assert!(client.write(opened, &data).is_pending());
        }
        // Window for all at once.
        for id in &ids {
            let increment = [4, id.value() as u8, 0xff, 0xff, 3];
            client.handle_input(Instant::ZERO, &increment);
        }
        let mut written = 0;
        for _ in 0..20 {
            while let Some(event) = client.poll_event() {
                if let crate::proto::Event::Writable(id) = event {
                    written += usize::from(client.write(id, &data).is_ready());
                }
            }
            while client.poll_transmit().is_some() {}
        }
        assert!(written >= 10, "{written}");
    }
}
