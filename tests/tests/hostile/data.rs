//! Data, windows and silence.

use std::task::Poll;
use std::time::Duration;

use strandmux::{CloseReason, Config, Instant, MAX_DATA_MESSAGE, Violation};
use strandmux_tests::wire::{Message, Parser, Part};

use super::bound::{EMPTY, STREAM, unsent};
use super::heap::alone;
use super::{NOW, accept, drain, drain_events, feed, server};

/// What a full first window may take: what lies in it, and as much again for room that was made at once.
const fn window(config: &Config) -> usize {
    2 * config.stream_receive_window as usize
}

fn one_byte(id: u64) -> Vec<u8> {
    let mut bytes = Message::Data(id, 1).encode();
    bytes.push(7);
    bytes
}

#[test]
fn data_messages_of_a_byte_fill_the_window_and_no_more() {
    let heap = alone();
    let config = Config::default();
    heap.within(EMPTY + window(&config), || {
        let size = config.stream_receive_window;
        let mut server = server(config);
        let stream = accept(&mut server, 1, 100);
        for _ in 0..size {
            server.handle_input(NOW, &one_byte(1));
        }
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.unread(stream) as u64, size);
        server.handle_input(NOW, &one_byte(1));
        let reason = CloseReason::Violation(Violation::ReceiveWindowViolation);
        assert_eq!(server.close_reason(), Some(&reason));
        // What had been received stays readable.
        let mut buffer = vec![0; 100_000];
        let read = server.read(stream, &mut buffer);
        assert_eq!(read, Poll::Ready(Ok(size as usize)));
    });
}

/// As much input in one piece as WebSocket libraries take in a message.
#[test]
fn sixty_four_mebibytes_in_one_piece() {
    let heap = alone();
    let mut piece = Vec::with_capacity(65 << 20);
    while piece.len() < 64 << 20 {
        piece.extend(Message::Data(1, 65_535).encode());
        piece.resize(piece.len() + 65_535, 7);
    }
    let config = Config::default();
    heap.within(EMPTY + window(&config), || {
        let mut server = server(config);
        accept(&mut server, 1, 100);
        server.handle_input(NOW, &piece);
        let reason = CloseReason::Violation(Violation::ReceiveWindowViolation);
        assert_eq!(server.close_reason(), Some(&reason));
    });
    piece.fill(0);
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        server.handle_input(NOW, &piece);
        assert_eq!(server.close_reason(), None);
    });
}

/// A stream keeps what was received on it, not what it arrived in.
#[test]
fn a_byte_that_is_left_unread_keeps_little_memory() {
    let heap = alone();
    let streams = 1_000;
    let left = heap.leaves(EMPTY + streams * 600, || {
        let mut server = server(Config::default());
        for at in 0..streams as u64 {
            let id = 2 * at + 1;
            accept(&mut server, id, 100);
            // In a large piece, most of which is for nobody.
            let mut piece = one_byte(id);
            piece.resize(65_536, 0);
            server.handle_input(NOW, &piece);
        }
        drain(&mut server);
        server
    });
    assert_eq!(left.stream_count(), streams);
}

#[test]
fn increments_of_one_get_a_byte_each() {
    let heap = alone();
    let config = Config::default();
    heap.within(EMPTY + unsent(&config), || {
        let mut server = server(config);
        let stream = accept(&mut server, 1, 0);
        drain(&mut server);
        let data = [7; 1_000];
        assert!(server.write(stream, &data).is_pending());
        let mut written = 0;
        for at in 1..=100_000 {
            feed(&mut server, Message::WindowIncrement(1, 1));
            drain_events(&mut server);
            if let Poll::Ready(Ok(len)) = server.write(stream, &data) {
                written += len;
                assert!(written <= at);
            }
            if at % 1_000 == 0 {
                drain(&mut server);
            }
        }
        assert_eq!(written, 100_000);
    });
}

#[test]
fn increments_up_to_the_last_number_and_no_further() {
    let heap = alone();
    let overflow = CloseReason::Violation(Violation::IncrementOverflow);
    for (first, amount, is_good) in [
        (0, u64::MAX, true),
        (1, u64::MAX - 1, true),
        (1, u64::MAX, false),
        (u64::MAX, 1, false),
    ] {
        let mut server = server(Config::default());
        let stream = accept(&mut server, 1, first);
        feed(&mut server, Message::WindowIncrement(1, amount));
        assert_eq!(server.close_reason(), (!is_good).then_some(&overflow));
        let written = server.write(stream, b"x");
        assert_eq!(written == Poll::Ready(Ok(1)), is_good);
    }
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        accept(&mut server, 1, 0);
        feed(&mut server, Message::WindowIncrement(1, u64::MAX));
        feed(&mut server, Message::WindowIncrement(1, u64::MAX));
        assert_eq!(server.close_reason(), Some(&overflow));
    });
}

/// Streams that are never granted anything hold up none that are, however many wait.
#[test]
fn streams_at_window_zero_hold_up_nobody() {
    let heap = alone();
    let config = Config::default();
    heap.within(EMPTY + 1_000 * STREAM + unsent(&config), || {
        let mut server = server(config);
        let waiting: Vec<_> = (0..1_000)
            .map(|at| accept(&mut server, 2 * at + 1, 0))
            .collect();
        for stream in &waiting {
            assert!(server.write(*stream, &[7; 1_000]).is_pending());
        }
        let stream = accept(&mut server, 10_001, u64::MAX);
        drain(&mut server);
        let mut written = 0;
        while written < 10 << 20 {
            match server.write(stream, &[7; 10_000]) {
                Poll::Ready(Ok(len)) => written += len,
                Poll::Ready(Err(error)) => panic!("{error}"),
                Poll::Pending => assert!(drain(&mut server) > 0, "it waits for the others"),
            }
        }
        assert!(server.write(waiting[0], b"x").is_pending());
        assert_eq!(server.close_reason(), None);
    });
}

/// A peer that never reads gets no more than the outbox, a heartbeat, and the increments in one number.
#[test]
fn a_peer_that_never_reads() {
    let heap = alone();
    let config = Config::default();
    heap.within(EMPTY + unsent(&config) + 2 * window(&config), || {
        let capacity = config.write_buffer_count * MAX_DATA_MESSAGE;
        let timeout = config.close_timeout;
        let mut server = server(config);
        let stream = accept(&mut server, 1, u64::MAX);
        let mut written = 0;
        while let Poll::Ready(Ok(len)) = server.write(stream, &[7; 10_000]) {
            written += len;
        }
        assert!(written <= capacity, "{written}");
        let mut now = NOW;
        let mut buffer = [0; 1_000];
        for _ in 0..100_000 {
            now = now + Duration::from_secs(1);
            server.handle_input(now, &[0]);
            server.handle_timeout(now);
            server.handle_input(now, &one_byte(1));
            assert_eq!(server.read(stream, &mut buffer), Poll::Ready(Ok(1)));
        }
        assert_eq!(server.close_reason(), None);
        // The increments of a hundred thousand reads are one message.
        let first = server.poll_transmit().expect("there is output");
        let parts = Parser::strict().push(&first).expect("well-formed");
        let is_increment = |part: &&Part| matches!(part, Part::Message(Message::WindowIncrement(1, amount)) if *amount > 99_000);
        assert_eq!(parts[0], Part::Message(Message::Heartbeat));
        assert_eq!(parts.iter().filter(is_increment).count(), 1, "{parts:?}");
        server.close();
        assert!(!server.is_drained());
        server.handle_timeout(now);
        server.handle_timeout(now + timeout);
        assert!(server.is_drained());
    });
}

/// What came before garbage counts, what came after does not.
#[test]
fn garbage_after_good_messages() {
    let mut good = Message::Open(3, 9).encode();
    good.extend(one_byte(1));
    let garbage: [(&[u8], Violation); 5] = [
        (&[7], Violation::UnknownKind),
        (&[255; 100], Violation::UnknownKind),
        (&[6, 0], Violation::ZeroStreamId),
        (&[3, 1, 0, 0], Violation::ZeroLengthData),
        (
            &[4, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
            Violation::VarintOverflow,
        ),
    ];
    for (bytes, violation) in garbage {
        let mut server = server(Config::default());
        let stream = accept(&mut server, 1, 9);
        let mut input = good.clone();
        input.extend_from_slice(bytes);
        input.extend(one_byte(1));
        server.handle_input(Instant::ZERO, &input);
        let reason = CloseReason::Violation(violation);
        assert_eq!(server.close_reason(), Some(&reason));
        let mut buffer = [0; 9];
        assert_eq!(server.read(stream, &mut buffer), Poll::Ready(Ok(1)));
        let closed = strandmux::Error::MultiplexerClosed(reason);
        assert_eq!(server.read(stream, &mut buffer), Poll::Ready(Err(closed)));
        assert_eq!(server.poll_transmit(), None);
    }
}
