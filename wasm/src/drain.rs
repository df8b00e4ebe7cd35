//! When to look at a send buffer again that has no event for having emptied.

use std::time::Duration;

use strandmux::Instant;

/// The soonest and the latest look.
const MIN_DELAY: Duration = Duration::from_millis(1);
const MAX_DELAY: Duration = Duration::from_millis(50);

/// Watches the level of a send buffer and estimates how fast it empties.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    last: Option<(Instant, f64)>,
    /// Bytes per second, smoothed; 0 while unknown.
    rate: f64,
}

impl Drain {
    /// The buffer holds `level` bytes, after whatever was put in.
    pub(crate) fn observe(&mut self, now: Instant, level: f64) {
        if let Some((then, before)) = self.last {
            let seconds = now.saturating_duration_since(then).as_secs_f64();
            if seconds > 0.0 && level < before {
                let rate = (before - level) / seconds;
                self.rate = if self.rate == 0.0 {
                    rate
                } else {
                    0.75 * self.rate + 0.25 * rate
                };
            }
        }
        self.last = Some((now, level));
    }

    /// `len` bytes were put in.
    pub(crate) fn add(&mut self, len: usize) {
        if let Some((_, level)) = &mut self.last {
            *level += len as f64;
        }
    }

    /// How long it will take, about, until the level is down to `target`.
    pub(crate) fn delay(&self, target: f64) -> Duration {
        let level = self.last.map_or(0.0, |(_, level)| level);
        if self.rate <= 0.0 {
            return MIN_DELAY;
        }
        let seconds = ((level - target) / self.rate).max(0.0);
        Duration::try_from_secs_f64(seconds)
            .unwrap_or(MAX_DELAY)
            .clamp(MIN_DELAY, MAX_DELAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_look_comes_when_the_buffer_should_be_down() {
        let mut drain = Drain::default();
        assert_eq!(drain.delay(0.0), MIN_DELAY);
        drain.observe(Instant::ZERO, 100_000.0);
        drain.observe(Instant::from_millis(10), 80_000.0);
        // 2 MB/s, so 40 kB more take 20 ms.
        assert_eq!(drain.delay(40_000.0), Duration::from_millis(20));
        drain.add(1_000_000);
        assert_eq!(drain.delay(0.0), MAX_DELAY);
    }
}
