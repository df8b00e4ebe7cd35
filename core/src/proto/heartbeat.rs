//! Signs of life, both ways.

use core::time::Duration;

use crate::config::Config;
use crate::time::Instant;

/// When the next heartbeat is to be sent, and by when the peer's must have come.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    transmit_interval: Duration,
    /// The next tick; ticks keep their phase, and those missed while nobody looked are dropped.
    transmit_at: Option<Instant>,
    is_due: bool,
    receive_interval: Duration,
    receive_by: Option<Instant>,
}

impl Heartbeat {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        let after = |interval: Duration| (!interval.is_zero()).then(|| now + interval);
        Self {
            transmit_interval: config.heartbeat_transmit_interval,
            transmit_at: after(config.heartbeat_transmit_interval),
            is_due: false,
            receive_interval: config.max_heartbeat_receive_interval,
            receive_by: after(config.max_heartbeat_receive_interval),
        }
    }

    /// The peer showed that it lives.
    pub(crate) fn on_life(&mut self, now: Instant) {
        if let Some(receive_by) = &mut self.receive_by {
            *receive_by = now + self.receive_interval;
        }
    }

    /// When something falls due next.
    pub(crate) fn next(&self) -> Option<Instant> {
        [self.transmit_at, self.receive_by]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the peer has been silent for too long.
    #[must_use]
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        self.receive_by.is_some_and(|by| by <= now)
    }

    /// Notes whether a heartbeat has fallen due.
    pub(crate) fn tick(&mut self, now: Instant) {
        let Some(at) = self.transmit_at.filter(|at| *at <= now) else {
            return;
        };
        self.is_due = true;
        let interval = u64::try_from(self.transmit_interval.as_micros()).unwrap_or(u64::MAX);
        let late = now.as_micros() - at.as_micros();
        // An interval below a microsecond ticks every microsecond.
        let until_next = interval.max(1) - late % interval.max(1);
        self.transmit_at = Some(now + Duration::from_micros(until_next));
    }

    pub(crate) fn is_due(&self) -> bool {
        self.is_due
    }

    /// Whether a heartbeat is to be sent now; it is no longer due then.
    #[must_use]
    pub(crate) fn take_due(&mut self) -> bool {
        core::mem::take(&mut self.is_due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_ticks_are_dropped_and_the_phase_is_kept() {
        let config = Config {
            heartbeat_transmit_interval: Duration::from_millis(100),
            ..Config::default()
        };
        let mut heartbeat = Heartbeat::new(&config, Instant::from_millis(5));
        heartbeat.tick(Instant::from_millis(104));
        assert!(!heartbeat.take_due());
        heartbeat.tick(Instant::from_millis(105));
        assert!(heartbeat.take_due());
        heartbeat.tick(Instant::from_millis(460));
        assert!(heartbeat.take_due() && !heartbeat.take_due());
        assert_eq!(heartbeat.next(), Some(Instant::from_millis(505)));
    }
}
