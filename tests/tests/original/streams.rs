//! Failures on one stream.

use std::task::Poll;
use std::time::Duration;

use strandmux::proto::{Event, Half};
use strandmux::{Config, Error, Instant, MAX_DATA_MESSAGE};
use strandmux_tests::wire::Message;

use super::{NOW, accepted, sent};

/// The original sends an increment of 0, and its peer dies of it.
#[test]
fn a_read_into_an_empty_buffer_sends_nothing() {
    let (mut server, id) = accepted(Config::default(), 9);
    assert_eq!(server.read(id, &mut []), Poll::Ready(Ok(0)));
    server.handle_input(NOW, &[3, 1, 0, 2, b'h', b'i']);
    assert_eq!(server.read(id, &mut []), Poll::Ready(Ok(0)));
    assert_eq!(sent(&mut server), [0; 0]);
    let mut buffer = [0; 9];
    assert_eq!(server.read(id, &mut buffer), Poll::Ready(Ok(2)));
    assert_eq!(buffer[..2], *b"hi");
}

/// In the original a deadline that has passed stays so, wherever it is moved.
#[test]
fn a_deadline_that_has_passed_can_be_moved_to_the_future() {
    let (mut server, id) = accepted(Config::default(), 0);
    let at = Instant::from_millis;
    for half in [Half::Read, Half::Write] {
        server.set_deadline(NOW, id, half, Some(at(10)));
    }
    assert!(server.read(id, &mut [0]).is_pending());
    assert!(server.write(id, b"x").is_pending());
    server.handle_timeout(at(10));
    let events: Vec<_> = std::iter::from_fn(|| server.poll_event()).collect();
    assert!(events.contains(&Event::Readable(id)), "{events:?}");
    assert!(events.contains(&Event::Writable(id)), "{events:?}");
    let expired = Poll::Ready(Err(Error::DeadlineExceeded));
    assert_eq!(server.read(id, &mut [0]), expired);
    assert_eq!(server.write(id, b"x"), expired);

    for half in [Half::Read, Half::Write] {
        server.set_deadline(at(10), id, half, Some(at(1_000)));
    }
    assert!(server.read(id, &mut [0]).is_pending());
    assert!(server.write(id, b"x").is_pending());
    server.handle_input(at(20), &[3, 1, 0, 1, b'y', 4, 1, 5]);
    let mut buffer = [0];
    assert_eq!(server.read(id, &mut buffer), Poll::Ready(Ok(1)));
    assert_eq!(buffer, *b"y");
    assert_eq!(server.write(id, b"x"), Poll::Ready(Ok(1)));
    assert_eq!(sent(&mut server), [3, 1, 0, 1, b'x']);
}

/// The original holds a lock until the whole message is there.
#[test]
fn a_data_message_that_arrived_in_part_holds_up_neither_read_nor_close() {
    let (mut server, id) = accepted(Config::default(), 9);
    server.handle_input(NOW, &[3, 1, 0, 6, b'a', b'b', b'c']);
    let mut buffer = [0; 2];
    assert_eq!(server.read(id, &mut buffer), Poll::Ready(Ok(2)));
    assert_eq!(buffer, *b"ab");
    assert_eq!(server.write(id, b"x"), Poll::Ready(Ok(1)));
    server.close_stream(id);
    assert_eq!(sent(&mut server), [3, 1, 0, 1, b'x', 6, 1]);
    // What still comes of it is passed over, and what follows it is a message.
    server.handle_input(NOW, &[b'd', b'e', b'f', 1, 3, 9]);
    assert_eq!(server.close_reason(), None);
    assert!(server.accept().is_ready());
    // Nor is the multiplexer, in the middle of a message.
    server.handle_input(NOW, &[3, 1, 0, 9, b'g']);
    sent(&mut server);
    server.close();
    assert!(server.is_drained());
}

/// In the original a heartbeat waits behind everything that has been written.
#[test]
fn a_heartbeat_goes_ahead_of_the_bulk_that_waits() {
    let (mut server, id) = accepted(Config::default(), 9);
    server.handle_input(NOW, &Message::WindowIncrement(1, 1 << 30).encode());
    let bulk = vec![7; 5 * MAX_DATA_MESSAGE];
    while server.write(id, &bulk).is_ready() {}
    let first = server.poll_transmit().expect("there is data");
    assert_eq!(first[..2], [3, 1]);
    server.handle_timeout(Instant::ZERO + Duration::from_secs(5));
    let second = server.poll_transmit().expect("there is more");
    assert_eq!(second[0], 0, "no heartbeat");
}

/// In the original 60,000 reads of a byte send 25 kB of increments back.
#[test]
fn reads_of_a_byte_cost_few_increments() {
    let (mut server, id) = accepted(Config::default(), 9);
    let mut returned = 0;
    let mut buffer = [0];
    for at in 0..60_000 {
        server.handle_input(NOW, &[3, 1, 0, 1, at as u8]);
        assert_eq!(server.read(id, &mut buffer), Poll::Ready(Ok(1)));
        assert_eq!(buffer, [at as u8]);
        returned += sent(&mut server).len();
    }
    assert!(returned > 0, "the peer's credit does not come back");
    assert!(returned <= 32, "{returned} bytes of increments");
}
