//! When operations on streams stop waiting.
//!
//! Streams without a deadline cost nothing here.

use alloc::collections::{BTreeMap, BTreeSet};

use super::connection::Connection;
use super::stream::StreamId;
use super::table::Queue;
use crate::time::Instant;

/// One direction of a stream, as seen from this end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Half {
    /// What the peer sends.
    Read,
    /// What this end sends.
    Write,
}

/// The deadlines that lie ahead.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_stream: BTreeMap<(StreamId, Half), Instant>,
    by_time: BTreeSet<(Instant, StreamId, Half)>,
}

impl Deadlines {
    fn set(&mut self, id: StreamId, half: Half, deadline: Option<Instant>) {
        let replaced = match deadline {
            Some(at) => {
                self.by_time.insert((at, id, half));
                self.by_stream.insert((id, half), at)
            }
            None => self.by_stream.remove(&(id, half)),
        };
        if let Some(at) = replaced.filter(|at| Some(*at) != deadline) {
            self.by_time.remove(&(at, id, half));
        }
    }

    /// The next deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, ..)| *at)
    }

    /// The stream has no use for deadlines any more.
    pub(super) fn forget(&mut self, id: StreamId) {
        if !self.by_stream.is_empty() {
            self.set(id, Half::Read, None);
            self.set(id, Half::Write, None);
        }
    }

    /// Takes out a deadline that has passed.
    fn pop_passed(&mut self, now: Instant) -> Option<(StreamId, Half)> {
        let &(at, id, half) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(id, half, None);
        Some((id, half))
    }
}

impl Connection {
    /// Sets when operations on a half of the stream fail with
    /// [`Error::DeadlineExceeded`](crate::Error::DeadlineExceeded), those that wait included; `None` for never. It can
    /// be set again at any time, also after it has passed: an exceeded deadline ends nothing and loses no
    /// byte. Without effect on a stream that is closed.
    ///
    /// The counterpart of the original's `SetReadDeadline` and `SetWriteDeadline`, except that there a deadline
    /// that has passed cannot be moved to the future.
    pub fn set_deadline(
        &mut self,
        now: Instant,
        id: StreamId,
        half: Half,
        deadline: Option<Instant>,
    ) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        let has_passed = deadline.is_some_and(|at| at <= now);
        *stream.has_expired.half(half) = has_passed;
        self.deadlines
            .set(id, half, deadline.filter(|_| !has_passed));
        if has_passed {
            self.expire(id, half);
        }
    }

    /// Notes the deadlines that have passed.
    pub(super) fn expire_passed(&mut self, now: Instant) {
        while let Some((id, half)) = self.deadlines.pop_passed(now) {
            self.expire(id, half);
        }
    }

    fn expire(&mut self, id: StreamId, half: Half) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        *stream.has_expired.half(half) = true;
        match half {
            Half::Read => self.tell_readable(id),
            Half::Write => self.fail_write(id),
        }
        self.give_turns();
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
}
