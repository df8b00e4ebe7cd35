//! How much may lie in a send buffer that has no event for having emptied, and when to look at it again.

use std::time::Duration;

use strandmux::Instant;

/// How long what lies in the buffer should take to leave: what is put in next waits for that long.
const HORIZON: Duration = Duration::from_millis(15);

/// The size of a long message, in bytes, for which there should be room before one is put in.
const MESSAGE: f64 = 65_536.0;

/// What may lie in the buffer at least when a message is put in, and at most with it.
const MIN_LEVEL: f64 = 8_192.0;
const MAX_LIMIT: f64 = 8.0 * 1_024.0 * 1_024.0;

/// The least time over which a rate is measured.
const MIN_SPAN: Duration = Duration::from_millis(4);

/// The soonest and the latest look.
const MIN_DELAY: Duration = Duration::from_millis(1);
const MAX_DELAY: Duration = Duration::from_millis(50);

/// Watches the level of a send buffer, estimates how fast it empties and bounds it in time.
///
/// A buffer that is found empty although more was to come could have emptied faster than it seems, or was looked at too
/// late. Either way more should lie in it, so its rate is taken for twice what it was, until a look
/// finds it otherwise.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    /// The level at the last look, and what was put in since.
    level: f64,
    /// When that was.
    last: Option<Instant>,
    /// Since when the buffer has not been empty, as far as is known, and what has left since.
    span: Option<(Instant, f64)>,
    /// Bytes per second, smoothed; 0 while unknown.
    rate: f64,
    /// Whether the last look found the buffer full.
    was_full: bool,
}

impl Drain {
    /// Whether the buffer is too full to put more in, now that it holds `level` bytes.
    pub(crate) fn is_full(&mut self, now: Instant, level: f64) -> bool {
        self.observe(now, level);
        self.was_full = level > self.threshold();
        self.was_full
    }

    /// `len` bytes were put in, after the last look.
    pub(crate) fn add(&mut self, len: usize) {
        if self.level <= 0.0 {
            self.span = self.last.map(|now| (now, 0.0));
        }
        self.level += len as f64;
    }

    /// How long it will take, about, until the buffer is no longer full.
    pub(crate) fn delay(&self) -> Duration {
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
        let limit = (self.rate * HORIZON.as_secs_f64()).min(MAX_LIMIT);
        (limit - MESSAGE).max(MIN_LEVEL)
    }

    fn observe(&mut self, now: Instant, level: f64) {
        let left = (self.level - level).max(0.0);
        self.level = level;
        self.last = Some(now);
        let Some((since, before)) = self.span else {
            self.span = (level > 0.0).then_some((now, 0.0));
            return;
        };
        let left = before + left;
        self.span = Some((since, left));
        let span = now.saturating_duration_since(since);
        if level <= 0.0 {
            self.span = None;
            self.on_empty(left / span.as_secs_f64());
        } else if span >= MIN_SPAN && left > 0.0 {
            self.span = Some((now, 0.0));
            self.on_rate(left / span.as_secs_f64());
        }
    }

    /// The buffer has emptied at least as fast as this.
    fn on_empty(&mut self, rate: f64) {
        if rate.is_finite() {
            self.rate = self.rate.max(rate);
        }
        if self.was_full {
            let most = MAX_LIMIT / HORIZON.as_secs_f64();
            self.rate = (self.rate * 2.0).min(most);
        }
    }

    /// The buffer has emptied this fast, and has not been empty meanwhile.
    fn on_rate(&mut self, rate: f64) {
        self.rate = if self.rate == 0.0 {
            rate
        } else {
            0.5 * self.rate + 0.5 * rate
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer that empties at a constant rate, is kept as full as allowed and looked at when the drain says so,
    /// rounded up to whole `tick`s. Gives the highest level in the second half, and how much left in all.
    fn simulate(rate: f64, tick: f64, seconds: f64) -> (f64, f64) {
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
            let wait = (drain.delay().as_secs_f64() / tick).ceil() * tick;
            let leaves = (rate * wait).min(level);
            level -= leaves;
            left += leaves;
            now += wait;
        }
        (highest, left)
    }

    #[test]
    fn a_fast_buffer_does_not_run_empty_and_holds_a_bounded_time() {
        for rate in [20e6, 100e6, 400e6] {
            let (highest, left) = simulate(rate, 0.004, 10.0);
            assert!(left > 0.95 * rate * 10.0, "{rate}: {left}");
            assert!(highest < rate * 0.025 + 65_536.0, "{rate}: {highest}");
        }
    }

    #[test]
    fn a_slow_buffer_holds_one_message() {
        for rate in [10e3, 1.25e6] {
            let (highest, _) = simulate(rate, 0.001, 10.0);
            assert!(highest <= 65_536.0 + 8_192.0, "{rate}: {highest}");
        }
    }

    #[test]
    fn a_buffer_without_a_level_is_never_full() {
        let mut drain = Drain::default();
        for millis in 0..1_000 {
            assert!(!drain.is_full(Instant::from_millis(millis), 0.0));
            drain.add(1 << 20);
        }
    }

    #[test]
    fn the_time_without_anything_to_send_is_no_sign_of_slowness() {
        let mut drain = Drain::default();
        let at = Instant::from_millis;
        assert!(!drain.is_full(at(0), 0.0));
        drain.add(1_000_000);
        // 10 MB/s, so 15 ms are 150,000 bytes.
        assert!(drain.is_full(at(10), 900_000.0));
        let known = drain.rate;
        assert!(!drain.is_full(at(100), 0.0));
        assert!(!drain.is_full(at(100_000), 0.0));
        assert!(drain.rate >= known);
        let known = drain.rate;
        drain.add(1_000_000);
        assert!(drain.is_full(at(100_001), 1_000_000.0));
        assert!(drain.rate >= known);
    }
}
