//! When operations on streams stop waiting.
//!
//! Streams without a deadline cost nothing here.

use alloc::collections::{BTreeMap, BTreeSet};

use super::stream::{Half, StreamId};
use crate::time::Instant;

/// The deadlines that lie ahead.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    by_stream: BTreeMap<(StreamId, Half), Instant>,
    by_time: BTreeSet<(Instant, StreamId, Half)>,
}

impl Deadlines {
    /// Sets, moves or clears a deadline.
    pub(super) fn set(&mut self, id: StreamId, half: Half, deadline: Option<Instant>) {
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
    pub(super) fn pop_passed(&mut self, now: Instant) -> Option<(StreamId, Half)> {
        let &(at, id, half) = self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(id, half, None);
        Some((id, half))
    }
}
