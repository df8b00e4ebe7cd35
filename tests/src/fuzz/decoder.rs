//! Arbitrary bytes from the peer: the same comes of them however they are cut, and another decoder agrees
//! on whether they are messages.

use std::task::Poll;

use strandmux::proto::Connection;
use strandmux::{CloseReason, Config, Instant, Role, Violation};

use super::host::How;
use super::source::Source;
use crate::elsewhere::{Elsewhere, take_all};
use crate::wire::Parser;

/// The first byte of an input for a server.
pub const SERVER: u8 = 0;

/// Feeds some bytes to an end in several cuts, and in memory of its own and in foreign memory.
///
/// # Panics
///
/// If the outcomes differ, or the decoder in [`wire`](crate::wire) thinks otherwise.
pub fn decoder(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let role = match source.byte() % 2 {
        SERVER => Role::Server,
        _ => Role::Client,
    };
    let size = 1 + source.below(30);
    let window = 20 + source.below(256) as u64;
    let input = source.bytes(usize::MAX);
    let whole = outcome(role, window, &[input], How::Copied);
    for (size, how) in [
        (1, How::Copied),
        (size, How::Copied),
        (usize::MAX, How::AsItLies),
        (1, How::AsItLies),
        (size, How::AsItLies),
    ] {
        let pieces: Vec<_> = input.chunks(size).collect();
        let outcome = outcome(role, window, &pieces, how);
        assert_eq!(outcome, whole, "in pieces of {size}, {how:?}");
    }

    let mut parser = Parser::tolerant();
    let is_malformed = parser.push(input).is_err();
    let malformations = [Violation::UnknownKind, Violation::VarintOverflow];
    match whole.reason {
        // The bytes after the violation are not looked at.
        CloseReason::Violation(violation) if !malformations.contains(&violation) => {}
        CloseReason::Limit(_) => {}
        CloseReason::Remote(_) => assert!(!is_malformed && parser.is_at_boundary()),
        CloseReason::TruncatedMessage => assert!(!is_malformed && !parser.is_at_boundary()),
        other => assert!(is_malformed, "{other:?}"),
    }
}

/// What came of some input.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// How it ended, at the end of the input if not before.
    reason: CloseReason,
    /// What the user read on each stream.
    read: Vec<(u64, Vec<u8>)>,
    sent: Vec<u8>,
}

/// Gives it the pieces, then accepts and reads everything.
fn outcome(role: Role, window: u64, pieces: &[&[u8]], how: How) -> Outcome {
    let mut config = Config::default();
    config.stream_receive_window = window;
    let mut connection = Connection::with_foreign_bytes(role, config, Instant::ZERO);
    // Two streams of its own, so that the peer has something to answer.
    let mut streams = Vec::new();
    while streams.len() < 2
        && let Poll::Ready(Ok(id)) = connection.open()
    {
        streams.push(id);
    }
    let mut sent = connection.poll_transmit().unwrap_or_default();
    for piece in pieces {
        match how {
            How::Copied => connection.handle_input(Instant::ZERO, piece),
            How::AsItLies => {
                connection.handle_foreign_input(Instant::ZERO, Elsewhere::new(piece));
            }
        }
    }
    while let Poll::Ready(Ok(id)) = connection.accept() {
        streams.push(id);
    }
    let mut read = Vec::new();
    for id in streams {
        let mut bytes = Vec::new();
        while let Poll::Ready(Ok(Some(chunk))) = connection.read_chunk(id, 100) {
            bytes.extend(take_all(chunk));
        }
        read.push((id.value(), bytes));
    }
    while let Some(piece) = connection.poll_transmit() {
        sent.extend(piece);
    }
    connection.handle_end();
    let Some(reason) = connection.close_reason().cloned() else {
        panic!("it did not end with its carrier");
    };
    Outcome { reason, read, sent }
}
