//! The rules that a peer can break, a variant each.

use core::fmt::{self, Write as _};

macro_rules! violations {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// A rule of the protocol that the peer broke. It closes the multiplexer.
        ///
        /// The rules are those of the original's reader, `(*Multiplexer).read` in
        /// `pkg/multiplexing/multiplexer.go`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Violation {
            $($(#[$doc])* $variant,)*
        }

        impl Violation {
            /// Every rule there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A stable name for the rule, the same in Rust, in JavaScript and in the vectors.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

violations! {
    /// A message kind above 6.
    UnknownKind = "unknown_kind",
    /// Stream 0, which does not exist.
    ZeroStreamId = "zero_stream_id",
    /// A number of more than 64 bits or ten bytes.
    VarintOverflow = "varint_overflow",
    /// An open with an identifier that is this end's to open.
    OpenWrongParity = "open_wrong_parity",
    /// An open with an identifier that is not above the last, nor one that was skipped.
    OpenIdNotIncreasing = "open_id_not_increasing",
    /// An accept of a stream that the peer itself opens.
    AcceptWrongParity = "accept_wrong_parity",
    /// A message for a stream that the peer has yet to open.
    UnopenedInboundId = "unopened_inbound_id",
    /// A message for a stream that this end has yet to open.
    UnusedOutboundId = "unused_outbound_id",
    /// A second accept of the same stream.
    DuplicateAccept = "duplicate_accept",
    /// An accept of a stream that the peer has closed.
    AcceptAfterClose = "accept_after_close",
    /// A data message without data.
    ZeroLengthData = "zero_length_data",
    /// Data for a stream that has not been accepted.
    DataBeforeEstablished = "data_before_established",
    /// Data after the peer has half-closed the stream.
    DataAfterCloseWrite = "data_after_close_write",
    /// Data after the peer has closed the stream.
    DataAfterClose = "data_after_close",
    /// More data than the receive window holds.
    ReceiveWindowViolation = "receive_window_violation",
    /// A window increment of 0.
    ZeroIncrement = "zero_increment",
    /// A window increment for a stream that the peer has not accepted.
    IncrementBeforeEstablished = "increment_before_established",
    /// A window increment after the peer has closed the stream.
    IncrementAfterClose = "increment_after_close",
    /// A window of more than 2^64 - 1 bytes.
    IncrementOverflow = "increment_overflow",
    /// A half-close of a stream that the peer has not accepted.
    CloseWriteBeforeEstablished = "close_write_before_established",
    /// A half-close after the peer has closed the stream.
    CloseWriteAfterClose = "close_write_after_close",
    /// A second half-close of the same stream.
    DuplicateCloseWrite = "duplicate_close_write",
    /// A second close of the same stream.
    DuplicateClose = "duplicate_close",
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.code().chars();
        words.try_for_each(|char| f.write_char(if char == '_' { ' ' } else { char }))
    }
}

impl core::error::Error for Violation {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn it_reads_as_words() {
        let violation = Violation::CloseWriteAfterClose;
        assert_eq!(violation.code(), "close_write_after_close");
        assert_eq!(violation.to_string(), "close write after close");
    }
}
