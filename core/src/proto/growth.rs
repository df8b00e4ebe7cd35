//! How large a receive window ought to be, from what can be seen here alone.
//!
//! The wire has no ping. But when an increment leaves, it is known up to which byte the peer may have sent without it.
//! The first byte beyond that comes a round trip after the increment at the least: a *round*. If the peer stopped
//! exactly at that byte, and the user meanwhile had read everything and got nothing, the window was too small, and by how
//! much is known as well: a window that kept a link busy for a third of a round would have to be three times as
//! large to keep it busy all the time. That is what delivery rate times round trip would say too, but without an
//! estimate of either, and a queue that this stream makes itself does not count as a round trip.
//!
//! Where the ends are slower than the path, on one machine for instance, time is lost however large the window is: what is
//! sent only waits elsewhere. So a window that is large already has to be worth it: if half as much again in a round brings
//! hardly more in the same time, it becomes what it was, for a while.
//!
//! A window that has been large enough for long becomes a little smaller, so that it stays near the least one that will do: what
//! is in flight beyond that only lies in queues.

use core::time::Duration;

use crate::time::Instant;

/// How much is judged at a time, at least: clocks of browsers tick once a millisecond.
const MIN_ELAPSED: Duration = Duration::from_millis(20);
/// Increments whose effect is watched at a time.
const MAX_LIMITS: usize = 8;
/// A window is too small if more than this part of the time was lost for want of credit.
const MAX_LOSS: u64 = 25;
/// The most that a window grows by at a time, times itself.
const MAX_FACTOR: u64 = 2;
/// A window larger than this, in bytes, has to be worth it.
const MIN_PROVEN: u64 = 256 * 1_024;
/// How long a window that was not worth it does not grow, at first and at most.
const MIN_HOLD: Duration = Duration::from_millis(500);
const MAX_HOLD: Duration = Duration::from_secs(16);
/// As many judgements without loss make a window smaller, ...
const CALM: u8 = 64;
/// ... by this part of it.
const STEP: u64 = 16;
/// A stream on which nothing comes for this long halves its window, and so on. No round trip takes as long.
const IDLE: Duration = Duration::from_secs(2);

/// What is known of the path for one stream.
#[derive(Debug, Default)]
pub(super) struct Growth {
    round: Option<Round>,
    /// How far the peer could send before the increments that left last.
    limits: heapless::Deque<u64, MAX_LIMITS>,
    /// Since when the user has read everything.
    starved_since: Instant,
    /// What rounds took since the last judgement and how much of that was lost, in microseconds, and the bytes that
    /// arrived in them.
    elapsed: u64,
    lost: u64,
    bytes: u64,
    rounds: u64,
    /// Judgements without loss.
    calm: u8,
    /// What larger rounds are compared with.
    proven: Option<Sample>,
    /// Until when the window does not grow, and how long that was.
    held_until: Instant,
    hold: Duration,
}

/// What came in a round, and how long it took, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Sample {
    bytes: u64,
    elapsed: u64,
}

/// From an increment to what the peer could not have sent without it.
#[derive(Debug)]
struct Round {
    began: Instant,
    /// Bytes that had arrived, from the first of the stream on.
    received: u64,
    /// Bytes that the peer could send without the increment, from the first of the stream on.
    limit: u64,
    /// How long the user had nothing as the peer had no credit, in microseconds.
    lost: u64,
    /// The longest that the user had nothing though the peer had credit, in microseconds.
    longest: u64,
}

/// What to do about a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Verdict {
    Keep,
    /// To this size at most.
    Grow(u64),
    /// To this size, as what was granted is used up.
    Shrink(u64),
}

impl Growth {
    /// An increment leaves; without it the peer could send `credit` beyond the `received` bytes.
    pub(super) fn on_grant(&mut self, now: Instant, received: u64, credit: u64) {
        let limit = received.saturating_add(credit);
        if self.limits.is_full() {
            self.limits.pop_front();
        }
        // There is room: the oldest was just dropped.
        let _ = self.limits.push_back(limit);
        self.round.get_or_insert(Round {
            began: now,
            received,
            limit,
            lost: 0,
            longest: 0,
        });
    }

    /// The user has read everything.
    pub(super) fn on_starved(&mut self, now: Instant) {
        self.starved_since = now;
    }

    /// Bytes arrived, by which the stream went from `before` to `after`, and the user `was_starved` until then. The window is
    /// `size` now.
    pub(super) fn on_arrival(
        &mut self,
        now: Instant,
        before: u64,
        after: u64,
        was_starved: bool,
        size: u64,
    ) -> Verdict {
        let mut is_at_limit = false;
        while let Some(limit) = self.limits.front().filter(|limit| **limit < after) {
            is_at_limit |= *limit == before;
            self.limits.pop_front();
        }
        let idle = match was_starved {
            true => now.saturating_duration_since(self.starved_since),
            false => Duration::ZERO,
        };
        if idle >= IDLE {
            self.round = None;
            return self.judge_idle(idle, size);
        }
        let Some(round) = &mut self.round else {
            return Verdict::Keep;
        };
        let elapsed = micros(now.saturating_duration_since(round.began));
        let gap = micros(idle).min(elapsed);
        if is_at_limit {
            round.lost += gap;
        } else {
            round.longest = round.longest.max(gap);
        }
        if after <= round.limit {
            return Verdict::Keep;
        }
        self.elapsed += elapsed;
        self.lost += round.lost.saturating_sub(round.longest);
        self.bytes += after - round.received;
        self.rounds += 1;
        self.round = None;
        self.judge(now, size)
    }

    fn judge(&mut self, now: Instant, size: u64) -> Verdict {
        if self.elapsed < micros(MIN_ELAPSED) {
            return Verdict::Keep;
        }
        let take = core::mem::take::<u64>;
        let elapsed = take(&mut self.elapsed);
        let lost = take(&mut self.lost).min(elapsed);
        let rounds = take(&mut self.rounds).max(1);
        let bytes = take(&mut self.bytes) / rounds;
        if lost > elapsed / MAX_LOSS {
            self.calm = 0;
            let sample = Sample {
                bytes,
                elapsed: elapsed / rounds,
            };
            if size > MIN_PROVEN
                && let Some(verdict) = self.reject(now, sample)
            {
                return verdict;
            }
            // What would have come in a round without loss, which is to be three quarters of the window.
            let whole = u128::from(bytes) * u128::from(elapsed) / u128::from(elapsed - lost).max(1);
            let needed = u64::try_from(whole * 4 / 3).unwrap_or(u64::MAX);
            let least = size.saturating_add(size / STEP);
            return Verdict::Grow(needed.max(least).min(size.saturating_mul(MAX_FACTOR)));
        }
        self.calm += 1;
        if self.calm < CALM {
            return Verdict::Keep;
        }
        self.calm = 0;
        Verdict::Shrink(size - size / STEP)
    }

    /// What to do instead of growing, if that is not worth it.
    fn reject(&mut self, now: Instant, sample: Sample) -> Option<Verdict> {
        if now < self.held_until {
            return Some(Verdict::Keep);
        }
        let proven = *self.proven.get_or_insert(sample);
        if sample.bytes < proven.bytes + proven.bytes / 2 {
            return None;
        }
        if sample.is_worth_more_than(proven) {
            self.proven = Some(sample);
            self.hold = Duration::ZERO;
            return None;
        }
        self.hold = (2 * self.hold).clamp(MIN_HOLD, MAX_HOLD);
        self.held_until = now + self.hold;
        self.proven = None;
        // Three quarters of the window are out when a round begins.
        let wanted = proven.bytes.saturating_mul(4) / 3;
        Some(Verdict::Shrink(wanted.max(MIN_PROVEN)))
    }

    fn judge_idle(&mut self, idle: Duration, size: u64) -> Verdict {
        let times = micros(idle) / micros(IDLE);
        self.calm = 0;
        self.proven = None;
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        Verdict::Shrink(size.checked_shr(times).unwrap_or(0))
    }
}

impl Sample {
    /// Whether the rate is higher by a quarter of what there is more in the round.
    fn is_worth_more_than(self, less: Self) -> bool {
        let [bytes, elapsed] = [self.bytes, self.elapsed].map(u128::from);
        let [less_bytes, less_elapsed] = [less.bytes, less.elapsed].map(u128::from);
        // bytes / elapsed >= less_bytes / less_elapsed * (1 + (bytes / less_bytes - 1) / 4)
        4 * bytes * less_elapsed >= (3 * less_bytes + bytes) * elapsed
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
