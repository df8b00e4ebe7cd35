//! Arbitrary bytes from the peer: the same comes of them however they are cut, and another decoder agrees
//! on whether they are messages.

use std::task::Poll;

use strandmux::proto::Connection;
use strandmux::{CloseReason, Config, Instant, Role, Violation};

use super::source::Source;
use crate::wire::Parser;

/// Feeds some bytes to a server in several cuts.
///
/// # Panics
///
/// If the outcomes differ, or the decoder in [`wire`](crate::wire) thinks otherwise.
pub fn decoder(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let role = source.pick(&[Role::Server, Role::Client]);
    let size = 1 + source.below(30);
    let input = source.bytes(usize::MAX);
    let whole = outcome(role, input, usize::MAX);
    assert_eq!(outcome(role, input, 1), whole, "byte by byte");
    assert_eq!(outcome(role, input, size), whole, "in pieces of {size}");

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

/// Feeds `input` in pieces of `size` bytes, then accepts and reads everything.
fn outcome(role: Role, input: &[u8], size: usize) -> Outcome {
    let mut config = Config::default();
    config.stream_receive_window = 300;
    let mut connection = Connection::new(role, config, Instant::ZERO);
    // Two streams of its own, so that the peer has something to answer.
    let mut streams = Vec::new();
    while streams.len() < 2
        && let Poll::Ready(Ok(id)) = connection.open()
    {
        streams.push(id);
    }
    let mut sent = connection.poll_transmit().unwrap_or_default();
    for piece in input.chunks(size) {
        connection.handle_input(Instant::ZERO, piece);
    }
    while let Poll::Ready(Ok(id)) = connection.accept() {
        streams.push(id);
    }
    let mut read = Vec::new();
    for id in streams {
        let mut buffer = [0; 1_000];
        while let Poll::Ready(Ok(len @ 1..)) = connection.read(id, &mut buffer) {
            read.push((id.value(), buffer[..len].to_vec()));
        }
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
