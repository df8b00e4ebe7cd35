//! Stream identifiers: giving out this end's, checking the peer's.

use super::message::Kind;
use super::violation::Violation;
use crate::config::Role;

/// How many identifiers that the peer skipped are remembered, in case their opens come late. The
/// original's concurrent opens overtake each other by a few.
const MAX_SKIPPED: usize = 64;

#[derive(Debug)]
pub(super) struct Ids {
    role: Role,
    /// The next identifier to open with; `None` when all are used.
    next_outbound: Option<u64>,
    /// The highest identifier whose open has left; 0 for none.
    last_outbound: u64,
    /// The highest identifier that the peer has opened; 0 for none.
    last_inbound: u64,
    tolerates_reordering: bool,
    /// Identifiers below `last_inbound` that the peer may still open.
    skipped: heapless::Vec<u64, MAX_SKIPPED>,
}

impl Ids {
    pub(super) fn new(role: Role, tolerates_reordering: bool) -> Self {
        Self {
            role,
            next_outbound: Some(role.first_id()),
            last_outbound: 0,
            last_inbound: 0,
            tolerates_reordering,
            skipped: heapless::Vec::new(),
        }
    }

    pub(super) fn set_next_outbound(&mut self, id: u64) {
        debug_assert!(self.role.opens(id));
        self.next_outbound = Some(id);
    }

    /// An identifier for a new stream, the lowest that is unused.
    pub(super) fn allocate(&mut self) -> Option<u64> {
        let id = self.next_outbound?;
        self.next_outbound = id.checked_add(2);
        Some(id)
    }

    /// The open of stream `id` leaves: from now on the peer may name it.
    pub(super) fn on_open_sent(&mut self, id: u64) {
        self.last_outbound = id;
    }

    /// Whether a message of this kind may name stream `id` at all.
    pub(super) fn check(&self, kind: Kind, id: u64) -> Result<(), Violation> {
        if id == 0 {
            return Err(Violation::ZeroStreamId);
        }
        match (kind, self.role.opens(id)) {
            (Kind::Open, true) => Err(Violation::OpenWrongParity),
            (Kind::Open, false) if !self.may_open(id) => Err(Violation::OpenIdNotIncreasing),
            (Kind::Open, false) => Ok(()),
            (Kind::Accept, false) => Err(Violation::AcceptWrongParity),
            (_, true) if id > self.last_outbound => Err(Violation::UnusedOutboundId),
            (_, false) if id > self.last_inbound => Err(Violation::UnopenedInboundId),
            _ => Ok(()),
        }
    }

    fn may_open(&self, id: u64) -> bool {
        id > self.last_inbound || self.skipped.contains(&id)
    }

    /// The peer opened stream `id`, which [`check`](Self::check) allowed.
    pub(super) fn on_open(&mut self, id: u64) {
        if id < self.last_inbound {
            self.skipped.retain(|skipped| *skipped != id);
            return;
        }
        let first = match self.last_inbound {
            0 => self.role.peer().first_id(),
            last => last + 2,
        };
        self.last_inbound = id;
        if !self.tolerates_reordering {
            return;
        }
        let oldest = first.max(id.saturating_sub(2 * MAX_SKIPPED as u64));
        for skipped in (oldest..id).step_by(2) {
            if self.skipped.is_full() {
                self.skipped.remove(0);
            }
            // There is room: the oldest was just dropped.
            let _ = self.skipped.push(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_opens_are_taken_once_and_within_bounds() {
        let mut ids = Ids::new(Role::Server, true);
        ids.on_open(5);
        for id in [1, 3] {
            assert_eq!(ids.check(Kind::Open, id), Ok(()));
            ids.on_open(id);
            assert_eq!(
                ids.check(Kind::Open, id),
                Err(Violation::OpenIdNotIncreasing)
            );
        }
        ids.on_open(1_000_001);
        assert_eq!(ids.check(Kind::Open, 1_000_001 - 128), Ok(()));
        assert_eq!(
            ids.check(Kind::Open, 1_000_001 - 130),
            Err(Violation::OpenIdNotIncreasing)
        );
    }

    #[test]
    fn the_last_identifier_is_used_and_no_more() {
        let mut ids = Ids::new(Role::Client, true);
        ids.set_next_outbound(u64::MAX);
        assert_eq!(ids.allocate(), Some(u64::MAX));
        assert_eq!(ids.allocate(), None);
        let early = ids.check(Kind::Accept, u64::MAX);
        assert_eq!(early, Err(Violation::UnusedOutboundId));
        ids.on_open_sent(u64::MAX);
        assert_eq!(ids.check(Kind::Accept, u64::MAX), Ok(()));
    }
}
