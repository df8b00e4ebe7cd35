//! The two window numbers of a stream.

use alloc::boxed::Box;

use super::growth::{Arrival, Growth, STEP, Size, Verdict};
use super::violation::Violation;
use crate::time::Instant;

/// The least that a window shrinks to while others receive as well, in bytes.
const MIN_SHARED: u64 = 24 * 1_024;
/// A window up to this size is granted by halves if nobody else receives, in bytes.
const MAX_HALVED: u64 = 2 * 1_024 * 1_024;

/// Bytes that this end may still send: what the peer granted less what was sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SendWindow {
    credit: u64,
}

impl SendWindow {
    pub(crate) fn credit(self) -> u64 {
        self.credit
    }

    /// The credit as a length of something in memory.
    pub(crate) fn credit_len(self) -> usize {
        usize::try_from(self.credit).unwrap_or(usize::MAX)
    }

    /// The peer granted `amount` bytes more.
    pub(crate) fn grow(&mut self, amount: u64) -> Result<(), Violation> {
        self.credit = self
            .credit
            .checked_add(amount)
            .ok_or(Violation::IncrementOverflow)?;
        Ok(())
    }

    /// `len` bytes were sent, no more than the credit.
    pub(crate) fn spend(&mut self, len: usize) {
        debug_assert!(len as u64 <= self.credit);
        self.credit = self.credit.saturating_sub(len as u64);
    }
}

/// Bytes that the peer may have sent without this end having read them, and how many were read but
/// not granted anew.
///
/// What the peer sends is held against the bytes that lie here unread, not against the increments that
/// went out. That bounds memory as well, and it is how the original does it (its receive buffer is
/// full, or it is not).
///
/// What was granted cannot be taken back, so a window shrinks by granting less than what is read.
#[derive(Debug)]
pub(crate) struct ReceiveWindow {
    size: u64,
    /// What it began with, and falls below only while others receive as well.
    first: u64,
    /// What it is too large by.
    excess: u64,
    /// Bytes that can be granted: read, or grown by.
    ungranted: u64,
    /// Bytes that have arrived.
    received: u64,
    /// How many could have arrived without the last increment.
    limit: u64,
    /// As soon as something was granted anew, unless windows do not grow.
    growth: Option<Box<Growth>>,
}

/// What a read means for the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) struct AfterRead {
    /// Whether it is time to grant anew.
    pub(crate) is_time: bool,
    /// What the window shrank by.
    pub(crate) shrunk: u64,
}

impl ReceiveWindow {
    pub(crate) fn new(size: u64) -> Self {
        Self {
            size,
            first: size,
            excess: 0,
            ungranted: 0,
            received: 0,
            limit: size,
            growth: None,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that still fit beside `unread` ones.
    pub(crate) fn room(&self, unread: usize) -> usize {
        usize::try_from(self.size.saturating_sub(unread as u64)).unwrap_or(usize::MAX)
    }

    /// `len` bytes arrived, and `was_starved` if the user had read all before them, `is_shared` if others have received as
    /// well of late. How much larger the window ought to become.
    #[must_use]
    pub(crate) fn on_arrival(
        &mut self,
        now: Instant,
        len: usize,
        was_starved: bool,
        is_shared: bool,
    ) -> u64 {
        let arrival = Arrival {
            now,
            before: self.received,
            after: self.received.saturating_add(len as u64),
            was_starved,
            is_shared,
        };
        self.received = arrival.after;
        let size = self.size - self.excess;
        let first = self.first;
        let Some(growth) = &mut self.growth else {
            return 0;
        };
        let verdict = growth.on_arrival(arrival, Size { now: size, first });
        let least = match is_shared {
            true => self.first.min(MIN_SHARED),
            false => self.first,
        };
        match verdict {
            Verdict::Grow(wanted) => self.wants(wanted),
            _ if size < least => self.wants(least),
            Verdict::Keep => 0,
            Verdict::Shrink(wanted) => {
                self.excess = self.size - wanted.max(least).min(size);
                0
            }
        }
    }

    /// By how much the window has to grow to be of the `size`, after what it was to shrink by.
    fn wants(&mut self, size: u64) -> u64 {
        let wanted = size.saturating_sub(self.size - self.excess);
        let kept = wanted.min(self.excess);
        self.excess -= kept;
        wanted - kept
    }

    /// Lets the window become a little smaller, if it is larger than `wanted`.
    pub(crate) fn give_up(&mut self, wanted: u64) {
        let size = self.size - self.excess;
        let least = wanted.max(self.first).max(size - size / STEP);
        self.excess = self.size - least.min(size);
    }

    /// Adds to the window.
    pub(crate) fn grow(&mut self, amount: u64) {
        self.size += amount;
        self.ungranted += amount;
    }

    /// `len` bytes were read, and are granted anew when that is worth a message: when half the window would be, so
    /// that the peer seldom waits and small reads do not cost a message each, or when the peer waits. A window that has
    /// grown is granted a quarter at a time, which lets it be smaller, if it is large or others receive as well.
    pub(crate) fn on_read(
        &mut self,
        now: Instant,
        len: usize,
        is_all: bool,
        is_shared: bool,
    ) -> AfterRead {
        if is_all && let Some(growth) = &mut self.growth {
            growth.on_starved(now);
        }
        let shrunk = self.excess.min(len as u64);
        self.excess -= shrunk;
        self.size -= shrunk;
        self.ungranted = self.ungranted.saturating_add(len as u64 - shrunk);
        let is_halved = self.size <= self.first || (self.size <= MAX_HALVED && !is_shared);
        let part = if is_halved { 2 } else { 4 };
        // The peer waits for the last increment, which may be less than half the window.
        let is_blocked = is_all && self.ungranted > 0 && self.received == self.limit;
        AfterRead {
            is_time: is_blocked || self.ungranted >= self.size.div_ceil(part),
            shrunk,
        }
    }

    /// The increment to send, if any. `unread` bytes lie here. With `can_grow` it is noted what becomes of it.
    pub(crate) fn take_increment(
        &mut self,
        now: Instant,
        unread: usize,
        can_grow: bool,
    ) -> Option<u64> {
        let credit = self
            .size
            .saturating_sub(self.ungranted.saturating_add(unread as u64));
        let amount = core::mem::take(&mut self.ungranted);
        self.limit = self.received.saturating_add(credit);
        if can_grow {
            let growth = self.growth.get_or_insert_default();
            growth.on_grant(now, self.received, credit);
        }
        (amount > 0).then_some(amount)
    }

    /// The peer sends no more: nothing beyond what lies here is needed. What the window shrank by.
    pub(crate) fn finish(&mut self, unread: usize) -> u64 {
        let shrunk = self.size.saturating_sub(unread as u64);
        self.size -= shrunk;
        self.excess = self.size;
        self.first = 0;
        self.growth = None;
        shrunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ZERO;

    #[test]
    fn grants_anew_at_half_the_window_and_never_zero() {
        let mut window = ReceiveWindow::new(5);
        assert!(!window.on_read(NOW, 2, true, false).is_time);
        assert!(window.on_read(NOW, 1, true, false).is_time);
        assert_eq!(window.take_increment(NOW, 0, false), Some(3));
        assert_eq!(window.take_increment(NOW, 0, false), None);
        assert!(ReceiveWindow::new(1).on_read(NOW, 1, true, false).is_time);
    }

    /// The window after the peer has used up a credit of 50 a `pause` before the rest came, after `before` of which
    /// it got 50 more.
    fn grown(pause: u64, early: u64) -> (ReceiveWindow, u64) {
        let at = Instant::from_millis;
        let mut window = ReceiveWindow::new(100);
        assert_eq!(window.on_arrival(at(0), 50, true, false), 0);
        assert!(window.on_read(at(0), 50, true, false).is_time);
        assert_eq!(window.take_increment(at(0), 0, true), Some(50));
        // The peer may send up to 100 without that increment.
        assert_eq!(window.on_arrival(at(early), 50, true, false), 0);
        assert!(window.on_read(at(early), 50, true, false).is_time);
        let growth = window.on_arrival(at(early + pause), 1, true, false);
        (window, growth)
    }

    #[test]
    fn grows_by_what_the_peer_lost_for_want_of_credit() {
        // Half of 80 ms was lost beyond the 20 ms that 50 bytes may take: 102 bytes would have come, which is to be
        // three quarters.
        assert_eq!(grown(60, 20).1, 36);
        // A quarter of 120 ms, in which 68 bytes would have come. That would do, but something was lost.
        assert_eq!(grown(75, 45).1, 6);
        assert_eq!(grown(50, 50).1, 0);
        // At most twice as much at a time.
        assert_eq!(grown(990, 10).1, 100);
        // Too short a time to tell.
        assert_eq!(grown(18, 1).1, 0);
    }

    #[test]
    fn a_reader_that_is_behind_grows_nothing() {
        let at = Instant::from_millis;
        let mut window = ReceiveWindow::new(100);
        assert_eq!(window.on_arrival(at(0), 100, true, false), 0);
        assert!(window.on_read(at(0), 60, false, false).is_time);
        assert_eq!(window.take_increment(at(0), 40, true), Some(60));
        assert_eq!(window.on_arrival(at(100), 60, false, false), 0);
    }

    #[test]
    fn shrinks_when_idle_by_what_is_read_and_not_below_the_first() {
        let (mut window, growth) = grown(60, 20);
        window.grow(growth);
        assert_eq!(window.size(), 136);
        assert_eq!(
            window
                .on_read(Instant::from_millis(80), 1, true, false)
                .shrunk,
            0
        );
        let increment = window.take_increment(Instant::from_millis(80), 0, true);
        assert_eq!(increment, Some(50 + 36 + 1));
        let later = Instant::from_millis(10_000);
        assert_eq!(window.on_arrival(later, 30, true, false), 0);
        assert_eq!(window.on_read(later, 30, true, false).shrunk, 30);
        assert_eq!(window.on_arrival(later, 100, true, false), 0);
        assert_eq!(window.on_read(later, 100, true, false).shrunk, 6);
        assert_eq!(window.size(), 100);
        assert_eq!(window.take_increment(later, 0, true), Some(94));
    }

    #[test]
    fn shrinks_below_the_first_only_while_others_receive() {
        let at = Instant::from_millis;
        let mut window = ReceiveWindow::new(65_536);
        let mut now = 0;
        let mut turn = |window: &mut ReceiveWindow, is_shared| {
            now += 30;
            let growth = window.on_arrival(at(now), 8_192, false, is_shared);
            window.grow(growth);
            let _ = window.on_read(at(now), 8_192, true, is_shared);
            let _ = window.take_increment(at(now), 0, true);
        };
        for _ in 0..1_000 {
            turn(&mut window, true);
        }
        assert_eq!(window.size(), MIN_SHARED);
        turn(&mut window, false);
        turn(&mut window, false);
        assert_eq!(window.size(), 65_536);
    }

    #[test]
    fn credit_does_not_wrap() {
        let mut window = SendWindow::default();
        assert_eq!(window.grow(u64::MAX), Ok(()));
        assert_eq!(window.grow(1), Err(Violation::IncrementOverflow));
        window.spend(1);
        assert_eq!(window.grow(1), Ok(()));
    }
}
