//! What one end tells the other when it closes.

use alloc::sync::Arc;
use core::fmt;

use crate::error::{CarrierErrorKind, CloseReason};

/// Closed on purpose, with nothing to add.
const NORMAL: u16 = 1_000;
/// The WebSocket's code for a broken protocol.
const PROTOCOL_ERROR: u16 = 1_002;
/// The WebSocket's code for a kind of message that cannot be taken.
const UNSUPPORTED_DATA: u16 = 1_003;
/// The WebSocket's code for a peer that asks for too much.
const POLICY_VIOLATION: u16 = 1_008;
/// The WebSocket's code for any other failure.
const INTERNAL_ERROR: u16 = 1_011;

/// The most bytes of a reason that fit into a close frame.
const MAX_REASON: usize = 123;

/// A code and a reason for closing, as a WebSocket's close frame carries them
/// ([RFC 6455, section 7.4](https://www.rfc-editor.org/rfc/rfc6455#section-7.4)).
///
/// The protocol itself has no place for it: over a byte stream, such as TCP, nothing of it arrives.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CloseInfo {
    code: Option<u16>,
    reason: Arc<str>,
}

impl CloseInfo {
    /// A code and a reason. 4000 to 4999 are the application's own; 1000 is a normal end.
    pub fn new(code: u16, reason: &str) -> Self {
        Self {
            code: Some(code),
            reason: reason.into(),
        }
    }

    /// The code, if one was given.
    pub fn code(&self) -> Option<u16> {
        self.code
    }

    /// The reason, in words; empty if none was given.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The same, fit for a WebSocket's close frame: with 1000 for a code that is missing or must not be sent, and no
    /// more of the reason than its 123 bytes.
    #[must_use]
    pub fn for_close_frame(&self) -> (u16, &str) {
        let code = self.code.filter(|code| is_sendable(*code));
        let most = self.reason.len().min(MAX_REASON);
        // Not within a character.
        let reason = (0..=most).rev().find_map(|end| self.reason.get(..end));
        (code.unwrap_or(NORMAL), reason.unwrap_or_default())
    }
}

/// Whether an endpoint may send the code, by the RFC and the registry of the IANA.
fn is_sendable(code: u16) -> bool {
    matches!(code, 1_000..=1_003 | 1_007..=1_014 | 3_000..=4_999)
}

/// Such as ` with code 4001: gone home`, to follow other words.
impl fmt::Display for CloseInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = self.code.filter(|code| *code != NORMAL) {
            write!(f, " with code {code}")?;
        }
        if !self.reason.is_empty() {
            write!(f, ": {}", self.reason)?;
        }
        Ok(())
    }
}

impl CloseReason {
    /// What to tell the peer, where the carrier can: what the user said after a local close, and otherwise 1002 for
    /// a violation or an end inside a message, 1008 for a limit, 1003 for a message that is not bytes and 1011 for
    /// the rest, with the reason in words. After a remote close it is what the peer said.
    pub fn close_info(&self) -> CloseInfo {
        let code = match self {
            Self::Local(info) | Self::Remote(info) => return info.clone(),
            Self::Violation(_) | Self::TruncatedMessage => PROTOCOL_ERROR,
            Self::Limit(_) => POLICY_VIOLATION,
            Self::Carrier(error) if error.kind() == CarrierErrorKind::NotBytes => UNSUPPORTED_DATA,
            Self::Carrier(_) | Self::HeartbeatTimeout | Self::DriverDropped => INTERNAL_ERROR,
        };
        CloseInfo::new(code, &alloc::format!("{self}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_frame_says_nothing_that_it_must_not() {
        for code in [
            0,
            999,
            1_004,
            1_005,
            1_006,
            1_015,
            1_016,
            2_999,
            5_000,
            u16::MAX,
        ] {
            assert_eq!(CloseInfo::new(code, "x").for_close_frame(), (1_000, "x"));
        }
        for code in [1_000, 1_001, 1_003, 1_007, 1_014, 3_000, 4_999] {
            assert_eq!(CloseInfo::new(code, "x").for_close_frame(), (code, "x"));
        }
        assert_eq!(CloseInfo::default().for_close_frame(), (1_000, ""));
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let reason = "é".repeat(100);
        let info = CloseInfo::new(4_000, &reason);
        assert_eq!(info.for_close_frame().1, "é".repeat(61));
        assert_eq!(info.reason(), reason);
    }

    #[test]
    fn it_reads_as_the_end_of_a_sentence() {
        let say = |info: CloseInfo| alloc::format!("closed{info}");
        assert_eq!(say(CloseInfo::default()), "closed");
        assert_eq!(say(CloseInfo::new(1_000, "")), "closed");
        assert_eq!(say(CloseInfo::new(1_000, "bye")), "closed: bye");
        assert_eq!(say(CloseInfo::new(4_001, "")), "closed with code 4001");
        assert_eq!(
            say(CloseInfo::new(4_001, "bye")),
            "closed with code 4001: bye"
        );
    }
}
