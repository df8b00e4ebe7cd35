//! When operations on streams stop waiting.
//!
//! While no stream has a deadline this costs nothing.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::stream::{Half, StreamId};
use crate::time::Instant;

/// How many entries that do not count any more may stay, besides as many as count.
const MAX_STALE: usize = 16;

/// The deadlines that lie ahead.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    /// All that were set, the next one first. One that is moved or cleared stays for a while.
    queue: BinaryHeap<Reverse<Entry>>,
    /// By slot and half, the number of the entry that counts; 0 for none.
    current: Vec<[u64; 2]>,
    /// How many entries count.
    len: usize,
    /// The number of the latest entry.
    last: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Instant,
    number: u64,
    id: StreamId,
    half: Half,
}

impl Deadlines {
    /// Sets, moves or clears a deadline.
    pub(super) fn set(&mut self, id: StreamId, half: Half, deadline: Option<Instant>) {
        let mut number = 0;
        if let Some(at) = deadline {
            self.last += 1;
            number = self.last;
            self.queue.push(Reverse(Entry {
                at,
                number,
                id,
                half,
            }));
            if self.current.len() <= id.slot() {
                self.current.resize(id.slot() + 1, [0; 2]);
            }
        }
        if let Some(current) = self.current.get_mut(id.slot()) {
            let replaced = core::mem::replace(&mut current[half as usize], number);
            self.len += usize::from(number != 0);
            self.len -= usize::from(replaced != 0);
            self.tidy();
        }
    }

    /// The next deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.peek().map(|Reverse(next)| next.at)
    }

    /// The stream has no use for deadlines any more.
    pub(super) fn forget(&mut self, id: StreamId) {
        if self.len > 0 {
            self.set(id, Half::Read, None);
            self.set(id, Half::Write, None);
        }
    }

    /// Takes out a deadline that has passed.
    pub(super) fn pop_passed(&mut self, now: Instant) -> Option<(StreamId, Half)> {
        let Reverse(next) = self.queue.peek()?;
        if next.at > now {
            return None;
        }
        let (id, half) = (next.id, next.half);
        self.set(id, half, None);
        Some((id, half))
    }

    /// Drops entries that do not count, as the next one has to, and few others may stay.
    fn tidy(&mut self) {
        let current = &self.current;
        let counts = |entry: &Reverse<Entry>| {
            let Reverse(entry) = entry;
            current[entry.id.slot()][entry.half as usize] == entry.number
        };
        if self.queue.len() > 2 * self.len + MAX_STALE {
            self.queue.retain(counts);
        }
        while self.queue.peek().is_some_and(|next| !counts(next)) {
            self.queue.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(slot: u32) -> StreamId {
        StreamId {
            value: 2 * slot as u64 + 1,
            slot,
        }
    }

    #[test]
    fn they_pass_in_order_unless_they_were_moved_or_cleared() {
        let at = Instant::from_micros;
        let mut deadlines = Deadlines::default();
        for (slot, half, deadline) in [
            (7, Half::Read, Some(30)),
            (0, Half::Write, Some(20)),
            (0, Half::Read, Some(10)),
            (3, Half::Read, Some(5)),
            // Later, sooner, cleared, and never set.
            (0, Half::Read, Some(25)),
            (7, Half::Read, Some(15)),
            (3, Half::Read, None),
            (9, Half::Write, None),
        ] {
            deadlines.set(id(slot), half, deadline.map(at));
        }
        assert_eq!(deadlines.next(), Some(at(15)));
        assert_eq!(deadlines.pop_passed(at(14)), None);
        let passed: Vec<_> = core::iter::from_fn(|| deadlines.pop_passed(at(24))).collect();
        assert_eq!(passed, [(id(7), Half::Read), (id(0), Half::Write)]);
        assert_eq!(deadlines.next(), Some(at(25)));
        deadlines.forget(id(0));
        assert_eq!(deadlines.next(), None);
    }

    #[test]
    fn one_that_is_moved_again_and_again_is_one() {
        let mut deadlines = Deadlines::default();
        deadlines.set(id(1), Half::Read, Some(Instant::from_micros(5)));
        for micros in (10..10_000).rev() {
            for again in [micros, 5, micros] {
                deadlines.set(id(0), Half::Write, Some(Instant::from_micros(again)));
            }
            assert!(deadlines.queue.len() <= 4 + MAX_STALE);
        }
        deadlines.forget(id(1));
        assert_eq!(deadlines.next(), Some(Instant::from_micros(10)));
    }
}
