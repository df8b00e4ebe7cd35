//! The life of a stream: one type, one place where it changes.
//!
//! ```text
//!   open()                                    Open arrives
//!     |                                            |
//!  Opening --Close--> Opening, remote closed    Pending --Close--> Pending, remote closed
//!     |                 (rejected)                 |                 (never accepted)
//!   Accept                                      accept()
//!     |                                            |
//!     +----------------> Established <-------------+
//!                             |       each end half-closes once, the peer closes once
//!                          close()
//!                             |
//!                           Closed    whatever the peer still sends is ignored
//! ```
//!
//! The rules are those of the original's reader; `state_table.txt` beside this file prints every
//! state against every message.

use super::violation::Violation;

/// How far the two ends have agreed that a stream exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Opened here, not answered.
    Opening,
    /// Opened by the peer, not accepted here.
    Pending,
    /// Accepted.
    Established,
    /// Closed here. The peer may not know yet.
    Closed,
}

/// What a stream allows next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    phase: Phase,
    local_write_closed: bool,
    remote_write_closed: bool,
    remote_closed: bool,
}

/// A message from the peer, as far as the state is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remote {
    Accept,
    Data,
    Increment,
    CloseWrite,
    Close,
}

impl State {
    pub(crate) const fn opening() -> Self {
        Self::new(Phase::Opening)
    }

    pub(crate) const fn pending() -> Self {
        Self::new(Phase::Pending)
    }

    const fn new(phase: Phase) -> Self {
        Self {
            phase,
            local_write_closed: false,
            remote_write_closed: false,
            remote_closed: false,
        }
    }

    pub(crate) fn phase(self) -> Phase {
        self.phase
    }

    /// Whether `close_write` was called here.
    pub(crate) fn is_write_closed(self) -> bool {
        self.local_write_closed
    }

    pub(crate) fn is_remote_closed(self) -> bool {
        self.remote_closed
    }

    /// Whether the peer has promised to send no more data.
    pub(crate) fn is_remote_finished(self) -> bool {
        self.remote_closed || self.remote_write_closed
    }

    /// Whether the peer closed without half-closing first.
    pub(crate) fn is_remote_abort(self) -> bool {
        self.remote_closed && !self.remote_write_closed
    }

    /// A message from the peer.
    ///
    /// # Errors
    ///
    /// The rule it breaks. The state is unchanged then.
    pub(crate) fn on_remote(&mut self, event: Remote) -> Result<(), Violation> {
        match self.phase {
            Phase::Closed => Ok(()),
            Phase::Opening => self.on_answer(event),
            Phase::Pending if event == Remote::Data => Err(Violation::DataBeforeEstablished),
            Phase::Pending | Phase::Established => self.on_established(event),
        }
    }

    /// The peer's answer to an open.
    fn on_answer(&mut self, event: Remote) -> Result<(), Violation> {
        match event {
            Remote::Accept if self.remote_closed => return Err(Violation::AcceptAfterClose),
            Remote::Accept => self.phase = Phase::Established,
            Remote::Close if self.remote_closed => return Err(Violation::DuplicateClose),
            Remote::Close => self.remote_closed = true,
            Remote::Data => return Err(Violation::DataBeforeEstablished),
            Remote::Increment => return Err(Violation::IncrementBeforeEstablished),
            Remote::CloseWrite => return Err(Violation::CloseWriteBeforeEstablished),
        }
        Ok(())
    }

    fn on_established(&mut self, event: Remote) -> Result<(), Violation> {
        match event {
            Remote::Accept => return Err(Violation::DuplicateAccept),
            Remote::Data if self.remote_write_closed => return Err(Violation::DataAfterCloseWrite),
            Remote::Data if self.remote_closed => return Err(Violation::DataAfterClose),
            Remote::Increment if self.remote_closed => return Err(Violation::IncrementAfterClose),
            Remote::Data | Remote::Increment => {}
            Remote::CloseWrite if self.remote_closed => {
                return Err(Violation::CloseWriteAfterClose);
            }
            Remote::CloseWrite if self.remote_write_closed => {
                return Err(Violation::DuplicateCloseWrite);
            }
            Remote::CloseWrite => self.remote_write_closed = true,
            Remote::Close if self.remote_closed => return Err(Violation::DuplicateClose),
            Remote::Close => self.remote_closed = true,
        }
        Ok(())
    }

    /// `accept` was called for a pending stream.
    pub(crate) fn accept(&mut self) {
        debug_assert_eq!(self.phase, Phase::Pending);
        self.phase = Phase::Established;
    }

    /// `close_write` was called; whether there is something to tell the peer.
    #[must_use]
    pub(crate) fn close_write(&mut self) -> bool {
        let first = self.phase == Phase::Established && !self.local_write_closed;
        self.local_write_closed |= first;
        first
    }

    /// `close` was called.
    pub(crate) fn close(&mut self) {
        self.phase = Phase::Closed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::fmt::Write;

    const EVENTS: [Remote; 5] = [
        Remote::Accept,
        Remote::Data,
        Remote::Increment,
        Remote::CloseWrite,
        Remote::Close,
    ];

    fn every_reachable_state() -> Vec<State> {
        let mut states = alloc::vec![State::opening(), State::pending()];
        let mut at = 0;
        while let Some(&state) = states.get(at) {
            let mut next: Vec<State> = EVENTS
                .iter()
                .filter_map(|&event| {
                    let mut next = state;
                    next.on_remote(event).ok().map(|()| next)
                })
                .collect();
            let mut local = state;
            if state.phase == Phase::Pending {
                local.accept();
                next.push(local);
            } else if local.close_write() {
                next.push(local);
            }
            local.close();
            next.push(local);
            for state in next {
                if !states.contains(&state) {
                    states.push(state);
                }
            }
            at += 1;
        }
        states
    }

    fn name(state: State) -> String {
        let flag = |set: bool, name: &str| {
            if set {
                format!(" {name}")
            } else {
                String::new()
            }
        };
        format!(
            "{:?}{}{}{}",
            state.phase,
            flag(state.local_write_closed, "local-write-closed"),
            flag(state.remote_write_closed, "remote-write-closed"),
            flag(state.remote_closed, "remote-closed"),
        )
    }

    #[test]
    fn the_table_beside_this_file_is_what_happens() {
        let mut table = String::new();
        for state in every_reachable_state() {
            writeln!(table, "{}", name(state)).expect("a string takes all");
            for event in EVENTS {
                let mut next = state;
                let outcome = match next.on_remote(event) {
                    Err(violation) => format!("! {}", violation.code()),
                    Ok(()) if next == state => "-".into(),
                    Ok(()) => format!("> {}", name(next)),
                };
                let event = format!("{event:?}");
                writeln!(table, "    {event:<10} {outcome}").expect("a string takes all");
            }
        }
        assert_eq!(table, include_str!("state_table.txt"), "\n{table}");
    }
}
