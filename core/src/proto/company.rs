//! Whether a stream receives alone.

use core::time::Duration;

use super::stream::StreamId;
use crate::time::Instant;

/// How long data for another stream is remembered.
const WHILE: Duration = Duration::from_millis(250);

/// Whether data has come for more than one stream of late.
#[derive(Debug, Default)]
pub(super) struct Company {
    /// Whom data came for last.
    last: Option<StreamId>,
    /// Until when that others got some as well counts.
    until: Instant,
}

impl Company {
    /// Data arrives for the stream; whether others have received as well of late.
    pub(super) fn on_data(&mut self, now: Instant, id: StreamId) -> bool {
        if self.last.replace(id).is_some_and(|last| last != id) {
            self.until = now + WHILE;
        }
        self.is_shared(now)
    }

    /// Whether data has come for more than one stream of late.
    pub(super) fn is_shared(&self, now: Instant) -> bool {
        now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_company_for_a_while_after_another_received() {
        let at = Instant::from_millis;
        let [bulk, other] = [(1, 0), (3, 1)].map(|(value, slot)| StreamId { value, slot });
        let mut company = Company::default();
        assert!(!company.on_data(at(0), bulk));
        assert!(!company.on_data(at(1), bulk));
        assert!(company.on_data(at(2), other));
        assert!(company.on_data(at(3), bulk));
        assert!(company.on_data(at(252), bulk));
        assert!(!company.on_data(at(253), bulk));
    }
}
