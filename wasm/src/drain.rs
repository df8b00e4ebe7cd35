//! How much may lie in a send buffer that has no event for having emptied, and when to look at it again.

use std::time::Duration;

use strandmux::Instant;

/// How long what lies in the buffer should take to leave, in seconds: what is put in next waits for that long.
const HORIZON: f64 = 0.015;

/// What may lie in the buffer at least when a message is put in, and at most with it.
const MIN_LEVEL: f64 = 8_192.0;
const MAX_LIMIT: f64 = 8.0 * 1_024.0 * 1_024.0;

/// The time over which a rate is measured. Behind the buffer there are others, which take what it has in bursts: in
/// less time, a burst would be taken for the rate.
const SPAN: Duration = Duration::from_millis(50);

/// The soonest and the latest look.
const MIN_DELAY: Duration = Duration::from_millis(1);
const MAX_DELAY: Duration = Duration::from_millis(50);

/// Watches the level of a send buffer, estimates how fast it empties and bounds it in time.
///
/// A buffer that is found empty although more was to come may have emptied any time before, so what was measured is less than
/// its rate, which is taken to be twice as much each time. Once there is enough in it for that not to happen, what is measured is
/// the rate.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    /// The level at the last look, and what was put in since.
    level: f64,
    /// When that was.
    last: Option<Instant>,
    /// When the next look was to be, while the buffer is full.
    expected: Option<Instant>,
    /// Since when there has been enough to send, and what has left since.
    span: Option<(Instant, f64)>,
    /// Bytes per second, smoothed; 0 while unknown.
    rate: f64,
    /// How late looks come, in seconds, smoothed: timers are coarse, and in a hidden tab much more so.
    lateness: f64,
    /// The length of the last message, for another one of which there should be room.
    message: f64,
}

impl Drain {
    /// Whether the buffer is too full to put more in, now that it holds `level` bytes. If so, the next look should be
    /// when [`next_look`](Self::next_look) says.
    pub(crate) fn is_full(&mut self, now: Instant, level: f64) -> bool {
        self.observe(now, level);
        let is_full = level > self.threshold();
        self.expected = match self.expected {
            _ if !is_full => None,
            Some(expected) if expected > now => Some(expected),
            _ => Some(now + self.delay()),
        };
        is_full
    }

    /// `len` bytes were put in, after the last look.
    pub(crate) fn add(&mut self, len: usize) {
        if self.level <= 0.0 && self.span.is_none() {
            self.span = self.last.map(|now| (now, 0.0));
        }
        self.message = len as f64;
        self.level += self.message;
    }

    /// When to look again, if the buffer was full.
    pub(crate) fn next_look(&self) -> Option<Instant> {
        self.expected
    }

    /// How long it will take, about, until the buffer is no longer full.
    fn delay(&self) -> Duration {
        if self.rate <= 0.0 {
            return MIN_DELAY;
        }
        // Half way, so that it does not run empty because of a late timer.
        let target = self.threshold() / 2.0;
        let seconds = ((self.level - target) / self.rate).max(0.0);
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(MAX_DELAY)
            .clamp(MIN_DELAY, MAX_DELAY)
    }

    /// The most bytes that may lie in the buffer when a message is put in.
    fn threshold(&self) -> f64 {
        let horizon = HORIZON + 2.0 * self.lateness;
        let limit = (self.rate * horizon).min(MAX_LIMIT);
        (limit - self.message).max(MIN_LEVEL)
    }

    fn observe(&mut self, now: Instant, level: f64) {
        let left = (self.level - level).max(0.0);
        let was_full = self.expected.is_some();
        self.level = level;
        self.last = Some(now);
        if let Some(expected) = self.expected.filter(|expected| *expected <= now) {
            let late = now.saturating_duration_since(expected).as_secs_f64();
            self.lateness = smoothed(self.lateness, late);
        }
        let Some((since, before)) = self.span else {
            self.span = (level > 0.0).then_some((now, 0.0));
            return;
        };
        let left = before + left;
        self.span = Some((since, left));
        let span = now.saturating_duration_since(since);
        let rate = left / span.as_secs_f64();
        if level <= 0.0 {
            // It could have been more.
            if was_full {
                let (least, most) = (MIN_LEVEL / HORIZON, MAX_LIMIT / HORIZON);
                // Not by `clamp`, whose panic would bring 20 kB that print floats.
                self.rate = (2.0 * self.rate).max(least).min(most);
            }
            if span >= SPAN {
                self.rate = self.rate.max(rate);
            }
            self.span = None;
        } else if span >= SPAN {
            self.span = Some((now, 0.0));
            if !was_full && left < MIN_LEVEL {
                // There was next to nothing to send.
                return;
            }
            self.rate = if self.rate == 0.0 {
                rate
            } else {
                smoothed(self.rate, rate)
            };
        }
    }
}

fn smoothed(value: f64, sample: f64) -> f64 {
    0.5 * value + 0.5 * sample
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer that is kept as full as allowed and looked at when the drain says so, rounded up to whole `tick`s of
    /// seconds. What `leaves` says of a time has left by then, if it was there. Gives the highest level in the
    /// second half, and how much left in all.
    fn simulate(tick: f64, seconds: f64, leaves: impl Fn(f64) -> f64) -> (f64, f64) {
        let (mut drain, mut level, mut now) = (Drain::default(), 0.0_f64, 0.0_f64);
        let (mut highest, mut left) = (0.0_f64, 0.0);
        while now < seconds {
            let instant = Instant::from_micros((now * 1e6) as u64);
            while !drain.is_full(instant, level) {
                drain.add(65_536);
                level += 65_536.0;
            }
            if now > seconds / 2.0 {
                highest = highest.max(level);
            }
            let look = drain.next_look().expect("it is full");
            let wait = look.saturating_duration_since(instant).as_secs_f64();
            let next = now + (wait / tick).ceil().max(1.0) * tick;
            let gone = (leaves(next) - leaves(now)).min(level);
            level -= gone;
            left += gone;
            now = next;
        }
        (highest, left)
    }

    #[test]
    fn a_fast_buffer_does_not_run_empty_and_holds_a_bounded_time() {
        for rate in [20e6, 100e6, 300e6] {
            let (highest, left) = simulate(0.004, 10.0, |at| rate * at);
            assert!(left > 0.95 * rate * 10.0, "{rate}: {left}");
            assert!(highest < rate * 0.025 + 65_536.0, "{rate}: {highest}");
        }
    }

    #[test]
    fn a_slow_buffer_holds_one_message() {
        for rate in [10e3, 1.25e6] {
            let (highest, left) = simulate(0.001, 20.0, |at| rate * at);
            assert!(highest <= 65_536.0 + 8_192.0, "{rate}: {highest}");
            assert!(left > 0.9 * rate * 20.0, "{rate}: {left}");
        }
    }

    /// What is behind it holds enough not to run empty itself.
    #[test]
    fn a_slow_buffer_that_empties_in_bursts_holds_little() {
        let burst = 200e3;
        let (highest, _) = simulate(0.004, 20.0, |at| (at * 1.25e6 / burst).floor() * burst);
        assert!(highest < 150e3, "{highest}");
    }

    /// As in a hidden tab.
    #[test]
    fn a_buffer_that_is_seldom_looked_at_holds_more() {
        let (_, left) = simulate(1.0, 60.0, |at| 1e6 * at);
        assert!(left > 0.8 * 60e6, "{left}");
    }

    #[test]
    fn a_buffer_without_a_level_is_never_full() {
        let mut drain = Drain::default();
        for millis in 0..1_000 {
            assert!(!drain.is_full(Instant::from_millis(millis), 0.0));
            drain.add(1 << 20);
        }
    }

    /// The first few messages on a connection are short, and may still be there at the next look.
    #[test]
    fn a_few_bytes_say_nothing_of_the_rate() {
        let mut drain = Drain::default();
        let at = Instant::from_millis;
        for (millis, level) in [(0, 0.0), (5, 6.0), (60, 6.0), (120, 6.0)] {
            assert!(!drain.is_full(at(millis), level));
            drain.add(6);
        }
        let (mut now, mut level, mut sent) = (125, 12.0_f64, 0.0);
        while sent < 1e6 {
            while !drain.is_full(at(now), level) {
                drain.add(16_384);
                level += 16_384.0;
                sent += 16_384.0;
            }
            let look = drain.next_look().expect("it is full");
            let wait = look.saturating_duration_since(at(now)).as_millis() as u64 + 3;
            now += wait;
            level = (level - 100e3 * wait as f64).max(0.0);
        }
        // As much would leave in 10 ms.
        assert!(now < 300, "{now}");
    }

    #[test]
    fn a_buffer_that_was_always_empty_may_become_slow() {
        let mut drain = Drain::default();
        let at = Instant::from_millis;
        let (mut now, mut level) = (0, 0.0_f64);
        for look in 0..3_000 {
            // All of it leaves between two looks, and later 1 MB/s.
            let leaves = if look < 2_000 { f64::MAX } else { 20_000.0 };
            now += 20;
            level = (level - leaves).max(0.0);
            while !drain.is_full(at(now), level) {
                drain.add(10_000);
                level += 10_000.0;
            }
        }
        assert!(level < 100_000.0, "{level}");
    }

    #[test]
    fn the_time_without_anything_to_send_is_no_sign_of_slowness() {
        let mut drain = Drain::default();
        let at = Instant::from_millis;
        assert!(!drain.is_full(at(0), 0.0));
        drain.add(1_000_000);
        // 2 MB/s.
        assert!(drain.is_full(at(50), 900_000.0));
        let known = drain.rate;
        assert!(known > 1e6);
        assert!(!drain.is_full(at(100), 0.0));
        assert!(!drain.is_full(at(100_000), 0.0));
        drain.add(1_000_000);
        assert!(drain.is_full(at(100_001), 1_000_000.0));
        assert!(drain.rate >= known);
    }
}
