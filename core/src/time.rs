//! A point in time that the protocol is told, never asks for.

use core::ops::Add;
use core::time::Duration;

/// A point in time, in microseconds since an arbitrary moment that the caller chooses.
///
/// The protocol reads no clock: whoever drives it says what time it is. Only differences count,
/// so any monotonic clock will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The moment the microseconds are counted from.
    pub const ZERO: Self = Self { micros: 0 };

    /// The instant `micros` microseconds after [`Instant::ZERO`].
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// The instant `millis` milliseconds after [`Instant::ZERO`], at most the last one there is.
    pub const fn from_millis(millis: u64) -> Self {
        Self {
            micros: millis.saturating_mul(1_000),
        }
    }

    /// Microseconds since [`Instant::ZERO`].
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The later instant, or the last one there is.
    fn add(self, duration: Duration) -> Self {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self {
            micros: self.micros.saturating_add(micros),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        let last = Instant::from_micros(u64::MAX);
        assert_eq!(last + Duration::from_micros(1), last);
        assert_eq!(Instant::ZERO + Duration::MAX, last);
        assert_eq!(Instant::from_millis(u64::MAX), last);
        assert_eq!(
            Instant::ZERO.saturating_duration_since(last),
            Duration::ZERO
        );
        assert_eq!(
            Instant::from_millis(7).saturating_duration_since(Instant::from_millis(5)),
            Duration::from_millis(2)
        );
    }
}
