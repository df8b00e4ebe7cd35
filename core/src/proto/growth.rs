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
//! sent only waits elsewhere, and rounds take longer. So a window that is large already grows no further than to three times
//! what comes in the shortest round that there was.
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
/// A window up to this size, in bytes, may be larger than the shortest round wants it.
const MIN_BOUND: u64 = 256 * 1_024;
/// Otherwise it may hold what comes in as many shortest rounds: while it is too small, that is more than twice itself.
const MAX_ROUNDS: u64 = 3;
/// How long a shortest round is believed in if the window ought to be larger: paths change.
const MAX_AGE: Duration = Duration::from_secs(10);
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
    /// How long the shortest round took, in microseconds.
    shortest: Option<u64>,
    /// Since when that is so, or has been asked.
    shortest_since: Instant,
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
        if self.shortest.is_none_or(|shortest| elapsed <= shortest) {
            self.shortest = Some(elapsed);
            self.shortest_since = now;
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
            // What would have come in a round without loss, which is to be three quarters of the window.
            let whole = scaled(bytes, elapsed, elapsed - lost);
            let needed = scaled(whole, 4, 3);
            let least = size.saturating_add(size / STEP);
            let wanted = needed.max(least).min(size.saturating_mul(MAX_FACTOR));
            let in_shortest = scaled(bytes, self.shortest.unwrap_or(0), elapsed / rounds);
            let bound = in_shortest.saturating_mul(MAX_ROUNDS).max(MIN_BOUND);
            return self.bounded(now, size, wanted, bound);
        }
        self.calm += 1;
        if self.calm < CALM {
            return Verdict::Keep;
        }
        self.calm = 0;
        Verdict::Shrink(size - size / STEP)
    }

    /// Growth to what is `wanted`, more than the `size`, but not beyond the `bound`.
    fn bounded(&mut self, now: Instant, size: u64, wanted: u64, bound: u64) -> Verdict {
        if size < bound {
            return Verdict::Grow(wanted.min(bound));
        }
        if now >= self.shortest_since + MAX_AGE {
            // With a small window, a round shows how long the path is.
            self.shortest = None;
            self.shortest_since = now;
            return Verdict::Shrink(MIN_BOUND);
        }
        Verdict::Shrink((size - size / STEP).max(bound))
    }

    fn judge_idle(&mut self, idle: Duration, size: u64) -> Verdict {
        let times = micros(idle) / micros(IDLE);
        self.calm = 0;
        self.shortest = None;
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        Verdict::Shrink(size.checked_shr(times).unwrap_or(0))
    }
}

/// `value * numerator / denominator`.
fn scaled(value: u64, numerator: u64, denominator: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(numerator) / u128::from(denominator).max(1);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of rounds of `millis` at the end of each of which half the time was lost, over a tenth of a second.
    fn rounds(growth: &mut Growth, begin: u64, millis: u64, credit: u64, size: u64) -> Verdict {
        let mut verdict = Verdict::Keep;
        let mut received = 0;
        for round in 0..100 / millis {
            let at = |part: u64| Instant::from_micros((begin + round * millis) * 1_000 + part);
            let (half, whole) = (at(millis * 500), at(millis * 1_000));
            growth.on_grant(at(0), received, credit);
            let limit = received + credit;
            let _ = growth.on_arrival(half, received, limit, false, size);
            growth.on_starved(half);
            let judged = growth.on_arrival(whole, limit, limit + 1, true, size);
            if judged != Verdict::Keep {
                verdict = judged;
            }
            received = limit + 1;
        }
        verdict
    }

    #[test]
    fn a_large_window_does_not_grow_because_rounds_take_longer() {
        let mut growth = Growth::default();
        // 200,000 bytes in the shortest round, and one.
        let verdict = rounds(&mut growth, 0, 1, 200_000, 300_000);
        assert_eq!(verdict, Verdict::Grow(533_336));
        // 400,000 bytes in ten of them.
        let verdict = rounds(&mut growth, 100, 10, 400_000, 533_336);
        assert_eq!(verdict, Verdict::Shrink(500_003));
        let verdict = rounds(&mut growth, 300, 10, 200_000, 100_000);
        assert_eq!(verdict, Verdict::Grow(200_000));
    }

    #[test]
    fn a_path_that_has_become_longer_is_noticed() {
        let mut growth = Growth::default();
        let _ = rounds(&mut growth, 0, 1, 200_000, 300_000);
        let verdict = rounds(&mut growth, 10_200, 100, 200_000, 300_000);
        assert_eq!(verdict, Verdict::Shrink(MIN_BOUND));
        let verdict = rounds(&mut growth, 10_400, 100, 200_000, MIN_BOUND);
        assert_eq!(verdict, Verdict::Grow(2 * MIN_BOUND));
    }
}
