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
//! is in flight beyond that only lies in queues. A stream that has the connection to itself delays nobody by that. Beside
//! others it does, so its window is bounded more tightly and becomes smaller sooner, below what it began with if need be.

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
/// A window up to this size, in bytes, may be larger than the shortest round wants it, ...
const MAX_FREE: u64 = 2 * 1_024 * 1_024;
/// ... and while others receive as well, who wait behind what is in flight, one up to this size that is no more than comes in a
/// moment.
const MAX_SHARED_FREE: u64 = 96 * 1_024;
const MOMENT: Duration = Duration::from_millis(50);
/// Otherwise it may hold what comes in as many shortest rounds: while it is too small, that is more than itself. Or in half as
/// many while others receive as well and the path is slow, or no longer than this.
const MAX_ROUNDS: u64 = 3;
const NEAR: Duration = Duration::from_millis(5);
/// How long a shortest round is believed in if the window ought to be larger: paths change. With a window of this size, in
/// bytes, a round shows how long the path is.
const MAX_AGE: Duration = Duration::from_secs(10);
const PROBE: u64 = 256 * 1_024;
/// As many judgements without loss make a window smaller, ...
const CALM: u8 = 64;
/// ... or as many while others receive as well, ...
const SHARED_CALM: u8 = 8;
/// ... by this part of it.
pub(super) const STEP: u64 = 16;
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
    /// Rounds since the last judgement.
    rounds: Rounds,
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

/// What some rounds come to.
#[derive(Debug, Default)]
struct Rounds {
    count: u64,
    /// How long they took, and how much of that was lost, in microseconds.
    elapsed: u64,
    lost: u64,
    /// Bytes that arrived in them.
    bytes: u64,
}

/// Bytes that arrived.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) now: Instant,
    /// Bytes of the stream that had arrived before, ...
    pub(super) before: u64,
    /// ... and that have now.
    pub(super) after: u64,
    /// Whether the user had read everything until then.
    pub(super) was_starved: bool,
    /// Whether others have received as well of late.
    pub(super) is_shared: bool,
}

/// A window as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) now: u64,
    /// What it began with.
    pub(super) first: u64,
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

    /// Bytes arrived.
    pub(super) fn on_arrival(&mut self, arrival: Arrival, size: Size) -> Verdict {
        let Arrival {
            now, before, after, ..
        } = arrival;
        let mut is_at_limit = false;
        while let Some(limit) = self.limits.front().filter(|limit| **limit < after) {
            is_at_limit |= *limit == before;
            self.limits.pop_front();
        }
        let idle = match arrival.was_starved {
            true => now.saturating_duration_since(self.starved_since),
            false => Duration::ZERO,
        };
        if idle >= IDLE {
            self.round = None;
            return self.judge_idle(idle, size.now);
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
        self.rounds.count += 1;
        self.rounds.elapsed += elapsed;
        self.rounds.lost += round.lost.saturating_sub(round.longest).min(elapsed);
        self.rounds.bytes += after - round.received;
        self.round = None;
        if self.rounds.elapsed < micros(MIN_ELAPSED) {
            return Verdict::Keep;
        }
        let rounds = core::mem::take(&mut self.rounds);
        self.judge(&rounds, now, size, arrival.is_shared)
    }

    fn judge(&mut self, rounds: &Rounds, now: Instant, size: Size, is_shared: bool) -> Verdict {
        if rounds.lost <= rounds.elapsed / MAX_LOSS {
            self.calm += 1;
            let enough = if is_shared { SHARED_CALM } else { CALM };
            if self.calm < enough {
                return Verdict::Keep;
            }
            self.calm = 0;
            return Verdict::Shrink(size.now - size.now / STEP);
        }
        self.calm = 0;
        let in_shortest = scaled(rounds.bytes, self.shortest.unwrap_or(0), rounds.elapsed);
        let in_rounds = in_shortest.saturating_mul(MAX_ROUNDS);
        let in_moment = rounds.in_moment();
        let (free, bound) = if is_shared {
            let free = in_moment.min(MAX_SHARED_FREE).max(size.first);
            let shortest = self.shortest.unwrap_or(u64::MAX);
            // On a slow path most of a round is the time that its bytes take.
            let is_slow = in_moment <= size.first;
            let part = if is_slow || shortest < micros(NEAR) {
                2
            } else {
                1
            };
            (free, in_rounds / part)
        } else {
            (MAX_FREE, in_rounds)
        };
        let bound = bound.max(free);
        if size.now < bound {
            return Verdict::Grow(rounds.wanted(size.now).min(bound));
        }
        if now >= self.shortest_since + MAX_AGE {
            self.shortest = None;
            self.shortest_since = now;
            return Verdict::Shrink(free.min(PROBE));
        }
        Verdict::Shrink((size.now - size.now / STEP).max(bound))
    }

    fn judge_idle(&mut self, idle: Duration, size: u64) -> Verdict {
        let times = micros(idle) / micros(IDLE);
        self.calm = 0;
        self.shortest = None;
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        Verdict::Shrink(size.checked_shr(times).unwrap_or(0))
    }
}

impl Rounds {
    /// What would come in a moment without loss.
    fn in_moment(&self) -> u64 {
        let busy = (self.elapsed - self.lost).max(self.elapsed / 3);
        scaled(self.bytes, micros(MOMENT), busy)
    }

    /// The size that a window ought to have, more than the `size` that was too small.
    fn wanted(&self, size: u64) -> u64 {
        let bytes = self.bytes / self.count.max(1);
        // What would have come in a round without loss, which is to be three quarters of the window.
        let whole = scaled(bytes, self.elapsed, self.elapsed - self.lost);
        let needed = scaled(whole, 4, 3);
        let least = size.saturating_add(size / STEP);
        needed.max(least).min(size.saturating_mul(MAX_FACTOR))
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

    /// What comes of rounds of `millis` at the end of each of which half the time was lost, over a tenth of a second, in
    /// company or not.
    fn rounds(
        growth: &mut Growth,
        is_shared: bool,
        begin: u64,
        millis: u64,
        credit: u64,
        size: u64,
    ) -> Verdict {
        let mut verdict = Verdict::Keep;
        let mut received = 0;
        for round in 0..100 / millis {
            let at = |part: u64| Instant::from_micros((begin + round * millis) * 1_000 + part);
            let arrival = |now, before, after, was_starved| Arrival {
                now,
                before,
                after,
                was_starved,
                is_shared,
            };
            let size = Size {
                now: size,
                first: 65_535,
            };
            let (half, whole) = (at(millis * 500), at(millis * 1_000));
            growth.on_grant(at(0), received, credit);
            let limit = received + credit;
            let _ = growth.on_arrival(arrival(half, received, limit, false), size);
            growth.on_starved(half);
            let judged = growth.on_arrival(arrival(whole, limit, limit + 1, true), size);
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
        // 1,600,000 bytes in the shortest round, and one.
        let verdict = rounds(&mut growth, false, 0, 1, 1_600_000, 2_400_000);
        assert_eq!(verdict, Verdict::Grow(4_266_669));
        // 1,000,000 bytes in ten of them: 300,000 in three.
        let verdict = rounds(&mut growth, false, 100, 10, 1_000_000, 4_266_669);
        assert_eq!(verdict, Verdict::Shrink(4_000_003));
        let verdict = rounds(&mut growth, false, 300, 10, 200_000, 100_000);
        assert_eq!(verdict, Verdict::Grow(200_000));
    }

    #[test]
    fn a_window_is_smaller_in_company() {
        let mut growth = Growth::default();
        // 200,001 bytes in a shortest round, and half as many more, on a path as short as that.
        let verdict = rounds(&mut growth, true, 0, 1, 200_000, 200_000);
        assert_eq!(verdict, Verdict::Grow(300_001));
        // 200,000 bytes in ten of the shortest rounds.
        let verdict = rounds(&mut growth, true, 100, 10, 200_000, 270_000);
        assert_eq!(verdict, Verdict::Shrink(270_000 - 270_000 / STEP));
        let verdict = rounds(&mut growth, true, 300, 10, 200_000, 90_000);
        assert_eq!(verdict, Verdict::Grow(MAX_SHARED_FREE));
        // 7,000, of which 70,010 come in a moment.
        let verdict = rounds(&mut growth, true, 500, 10, 7_000, 69_000);
        assert_eq!(verdict, Verdict::Grow(70_010));
        // 5,000.
        let verdict = rounds(&mut growth, true, 700, 10, 5_000, 65_535);
        assert_eq!(verdict, Verdict::Shrink(65_535));
    }

    #[test]
    fn a_window_in_company_grows_on_a_path_that_is_not_short() {
        let mut growth = Growth::default();
        // 250,000 bytes in a round.
        let verdict = rounds(&mut growth, true, 0, 10, 200_000, 300_000);
        assert_eq!(verdict, Verdict::Grow(533_336));
    }

    #[test]
    fn a_path_that_has_become_longer_is_noticed() {
        let mut growth = Growth::default();
        let _ = rounds(&mut growth, false, 0, 1, 1_600_000, 2_400_000);
        let verdict = rounds(&mut growth, false, 10_200, 100, 1_600_000, 2_400_000);
        assert_eq!(verdict, Verdict::Shrink(PROBE));
        let verdict = rounds(&mut growth, false, 10_400, 100, 800_000, PROBE);
        assert_eq!(verdict, Verdict::Grow(2 * PROBE));
    }
}
