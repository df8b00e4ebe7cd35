//! Streams without end.

use std::task::Poll;

use strandmux::proto::Connection;
use strandmux::{CloseReason, Config, Limit, Violation};
use strandmux_tests::wire::Message;

use super::bound::{EMPTY, STREAM};
use super::heap::alone;
use super::{NOW, accept, config, drain, drain_events, feed, server};

/// This many identifiers of the peer's.
fn ids(count: usize) -> impl Iterator<Item = u64> {
    (1..).step_by(2).take(count)
}

fn assert_too_many(connection: &Connection) {
    let reason = CloseReason::Limit(Limit::QueuedRejections);
    assert_eq!(connection.close_reason(), Some(&reason));
}

/// The application does not get to accept them.
#[test]
fn a_million_opens_without_reading_the_answers() {
    let heap = alone();
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        ids(1_000_000).for_each(|id| feed(&mut server, Message::Open(id, 100)));
        assert_too_many(&server);
        assert_eq!(server.stream_count(), 10);
    });
}

/// The application accepts each, so the limit on streams is what ends it.
#[test]
fn a_million_opens_that_are_accepted() {
    let heap = alone();
    let config = Config::default();
    let streams = config.max_inbound_streams;
    heap.within(EMPTY + streams * STREAM, || {
        let mut server = server(config);
        let mut accepted = 0;
        for id in ids(1_000_000) {
            feed(&mut server, Message::Open(id, 100));
            accepted += usize::from(matches!(server.accept(), Poll::Ready(Ok(_))));
            drain_events(&mut server);
        }
        assert_eq!(accepted, streams);
        assert_too_many(&server);
    });
}

/// The application accepts and closes each, but the closes do not leave.
#[test]
fn a_million_opens_that_are_closed_without_reading_the_answers() {
    let heap = alone();
    let config = config(|config| config.max_inbound_streams = 1_000);
    heap.within(EMPTY + 1_000 * STREAM, || {
        let mut server = server(config);
        for id in ids(1_000_000) {
            feed(&mut server, Message::Open(id, 100));
            if let Poll::Ready(Ok(id)) = server.accept() {
                server.close_stream(id);
            }
            drain_events(&mut server);
        }
        assert_too_many(&server);
    });
}

/// Opened and closed at once, over and over, by a peer that reads.
#[test]
fn rapid_reset_leaves_nothing_behind() {
    let heap = alone();
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        for id in ids(100_000) {
            feed(&mut server, Message::Open(id, 100));
            feed(&mut server, Message::Close(id));
            assert!(server.accept().is_pending());
            drain(&mut server);
            drain_events(&mut server);
        }
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.stream_count(), 0);
    });
}

/// The same by a peer that does not read: the answers must not pile up.
#[test]
fn rapid_reset_without_reading_the_answers() {
    let heap = alone();
    let config = config(|config| config.max_inbound_streams = 1_000);
    heap.within(EMPTY + 1_000 * STREAM, || {
        let mut server = server(config);
        for id in ids(100_000) {
            feed(&mut server, Message::Open(id, 100));
            feed(&mut server, Message::Close(id));
            let _ = server.accept();
            drain_events(&mut server);
        }
        assert_too_many(&server);
    });
}

/// The same after the streams have been accepted.
#[test]
fn rapid_reset_of_accepted_streams() {
    let heap = alone();
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        for id in ids(100_000) {
            let stream = accept(&mut server, id, 100);
            feed(&mut server, Message::Close(id));
            server.close_stream(stream);
            drain(&mut server);
            drain_events(&mut server);
        }
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.stream_count(), 0);
    });
}

/// A stream of the application's that the peer accepts and closes at once, without end: what the application
/// opens is what it costs.
#[test]
fn answers_to_opens_that_are_taken_back_leave_nothing_behind() {
    let heap = alone();
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        for _ in 0..50_000 {
            let Poll::Ready(Ok(id)) = server.open() else {
                panic!("all before it were answered");
            };
            drain(&mut server);
            server.close_stream(id);
            drain(&mut server);
            feed(&mut server, Message::Accept(id.value(), 100));
            feed(&mut server, Message::Close(id.value()));
            drain_events(&mut server);
        }
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.stream_count(), 0);
    });
}

#[test]
fn identifiers_near_the_end_of_their_range() {
    let heap = alone();
    let last = u64::MAX;
    heap.within(EMPTY, || {
        let mut server = server(Config::default());
        for id in [last - 2, last] {
            let stream = accept(&mut server, id, u64::MAX);
            assert_eq!(server.write(stream, b"x"), Poll::Ready(Ok(1)));
            feed(&mut server, Message::Data(id, 1));
            server.handle_input(NOW, b"y");
            let mut buffer = [0; 2];
            assert_eq!(server.read(stream, &mut buffer), Poll::Ready(Ok(1)));
            server.close_stream(stream);
        }
        drain(&mut server);
        // One that was skipped lately may come late, others not.
        accept(&mut server, last - 4, 0);
        assert_eq!(server.close_reason(), None);
        feed(&mut server, Message::Open(3, 0));
        let reason = CloseReason::Violation(Violation::OpenIdNotIncreasing);
        assert_eq!(server.close_reason(), Some(&reason));
    });
}
