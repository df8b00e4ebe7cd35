//! One end whose user does anything against a peer that sends anything.

use strandmux::{CloseInfo, CloseReason, Instant, Role};

use super::host::{Host, How};
use super::source::Source;
use crate::wire::Message;

/// Runs one end with decisions from `bytes`.
///
/// # Panics
///
/// If it breaks a rule towards the peer, reads something else than was sent, lets an operation wait that
/// need not, or holds more than it may.
pub fn endpoint(bytes: &[u8]) {
    run(bytes);
}

/// The host at the end of its run.
fn run(bytes: &[u8]) -> Host {
    let mut source = Source::new(bytes);
    let role = source.pick(&[Role::Server, Role::Client]);
    let config = source.config();
    let mut host = Host::new(role, config, false);
    while !source.is_empty() {
        match source.byte() % 8 {
            0 | 1 => host.act(&mut source),
            2 => {
                let len = source.below(20);
                let how = source.how();
                host.receive(source.bytes(len), how);
            }
            3 | 4 => receive_message(&mut host, &mut source),
            5 => {
                host.transmit();
            }
            6 => host.settle(),
            _ => unlikely(&mut host, &mut source),
        }
    }
    host.settle();
    host.fail();
    host.assert_ended();
    assert!(host.transmit().is_none(), "output after a failure");
    host
}

/// A message that is likely to make sense, in one piece or two.
fn receive_message(host: &mut Host, source: &mut Source<'_>) {
    let id = match source.byte() {
        byte @ 0..250 => u64::from(byte) % 24,
        byte => u64::MAX - u64::from(byte - 250),
    };
    let message = match source.byte() % 8 {
        0 | 1 => Message::Open(id, source.number()),
        2 => Message::Accept(id, source.number()),
        3 | 4 => Message::Data(id, source.size()),
        5 => Message::WindowIncrement(id, source.number()),
        6 => Message::CloseWrite(id),
        _ => Message::Close(id),
    };
    let mut bytes = message.encode();
    if let Message::Data(_, len) = message {
        let len = len.min(usize::from(u16::MAX));
        bytes.extend((0..len).map(|at| at as u8));
    }
    let cut = source.size().min(bytes.len());
    let how = source.how();
    host.receive(&bytes[..cut], how);
    host.receive(&bytes[cut..], how);
}

/// What seldom happens.
fn unlikely(host: &mut Host, source: &mut Source<'_>) {
    match source.byte() % 16 {
        0 => {
            host.connection.handle_end();
            host.assert_ended();
        }
        1 => {
            host.fail();
            host.assert_ended();
            let reason = host.connection.close_reason().cloned();
            host.connection.handle_end();
            assert_eq!(host.connection.close_reason(), reason.as_ref());
        }
        2 => host.close(source),
        // A clock that has gone back.
        3 => {
            host.now = Instant::ZERO;
            host.advance(source.time());
        }
        4..9 => host.advance(source.time()),
        9..11 => host.advance(host.until_timeout()),
        11 => {
            host.connection
                .handle_close(CloseInfo::new(4_001, "the peer's words"));
            host.assert_ended();
        }
        _ => host.receive(&[0], How::Copied),
    }
    if matches!(host.connection.close_reason(), Some(CloseReason::Local(_))) {
        assert!(host.connection.accept().is_ready());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the saved inputs one has windows that grow, so that a fuzzer begins with some.
    #[test]
    fn windows_grow() {
        let host = run(include_bytes!("../../fuzz/seeds/endpoint/growing"));
        assert!(
            host.largest_window > 1_000,
            "at most {}",
            host.largest_window
        );
    }
}
