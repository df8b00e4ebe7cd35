//! The stated bound on memory, reached from all sides at once.

use std::task::Poll;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use strandmux::proto::{Connection, StreamId};
use strandmux::{Config, Instant};
use strandmux_tests::wire::Message;

use super::bound::{EMPTY, bound, rejections};
use super::heap::alone;
use super::{NOW, accept, config, drain, drain_events, feed, server};

/// As much data is sent at a time, so that what these tests take themselves is little.
const PIECE: usize = 10_000;

/// Data of `len` bytes for a stream.
fn data(id: u64, len: usize) -> Vec<u8> {
    let mut bytes = Message::Data(id, len).encode();
    bytes.resize(bytes.len() + len, 7);
    bytes
}

/// Writes until the outbox is full.
fn fill_outbox(server: &mut Connection, stream: StreamId) {
    while let Poll::Ready(Ok(_)) = server.write(stream, &[7; PIECE]) {}
}

#[test]
fn every_window_and_the_outbox_may_be_full() {
    let heap = alone();
    let config = Config::default();
    let streams = config.max_inbound_streams;
    let window = config.stream_receive_window as usize;
    let input: Vec<_> = (0..streams as u64)
        .map(|at| (2 * at + 1, data(2 * at + 1, window)))
        .collect();
    heap.within(bound(&config, streams), || {
        let mut server = server(config);
        for (id, data) in &input {
            let stream = accept(&mut server, *id, u64::MAX);
            server.handle_input(NOW, data);
            fill_outbox(&mut server, stream);
        }
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.stats().unread_bytes, streams * window);
        assert!(server.stats().buffered_bytes > 4 * 65_000);
    });
}

/// Lets the server's window for a stream grow as far as it will, by a path on which credit takes long to come back.
fn grow(server: &mut Connection, stream: StreamId) -> Instant {
    let mut now = NOW;
    let mut buffer = [0; PIECE];
    let window = |server: &Connection| {
        let stats = server.stream_stats(stream);
        stats.expect("it is open").receive_window as usize
    };
    let mut last = 0;
    while window(server) > last {
        last = window(server);
        for _ in 0..40 {
            server.handle_timeout(now);
            // All that the peer has credit for, which is read at once; then nothing until the increment arrives.
            let mut left = window(server);
            while left > 0 {
                let len = left.min(PIECE);
                server.handle_input(now, &data(stream.value(), len));
                assert!(server.read(stream, &mut buffer).is_ready());
                left -= len;
            }
            drain(server);
            server.handle_input(now, &Message::Heartbeat.encode());
            now = now + Duration::from_millis(100);
        }
    }
    now
}

/// What windows have grown by is not taken back for streams that come later.
#[test]
fn grown_windows_may_be_full_beside_new_ones() {
    let heap = alone();
    let config = config(|config| {
        config.stream_receive_window = 5_000;
        config.max_stream_receive_window = 250_000;
        config.receive_budget = 300_000;
    });
    let streams = 100;
    heap.within(bound(&config, streams), || {
        let mut server = server(config.clone());
        let first = accept(&mut server, 1, u64::MAX);
        let now = grow(&mut server, first);
        let grown = server.stats().receive_window;
        assert_eq!(grown, 250_000);
        let ids = (0..streams as u64).map(|at| 2 * at + 1);
        for id in ids.clone().skip(1) {
            accept(&mut server, id, 0);
        }
        drain(&mut server);
        let in_all = grown + 5_000 * (streams as u64 - 1);
        assert_eq!(server.stats().receive_window, in_all);
        for id in ids {
            let mut left = if id == 1 { grown as usize } else { 5_000 };
            while left > 0 {
                let len = left.min(PIECE);
                server.handle_input(now, &data(id, len));
                left -= len;
            }
        }
        fill_outbox(&mut server, first);
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.stats().unread_bytes as u64, in_all);
    });
}

#[test]
fn rejections_take_what_was_configured() {
    let heap = alone();
    let config = config(|config| {
        config.accept_backlog = 1;
        config.max_queued_rejections = 200_000;
    });
    heap.within(EMPTY + rejections(&config), || {
        let most = config.max_queued_rejections as u64;
        let mut server = server(config);
        for at in 0..=most {
            feed(&mut server, Message::Open(2 * at + 1, 9));
        }
        assert_eq!(server.close_reason(), None);
        assert_eq!(server.stats().streams_rejected, most);
    });
}

/// What the peer sends or the user does.
#[derive(Debug, Clone)]
enum Step {
    Open,
    Input(Vec<u8>),
    Read(usize),
    Write(usize),
    Close(usize),
    Send,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = || (0..12u64).prop_map(|at| 2 * at + 1);
    let len = || prop_oneof![1..100usize, 1..65_535usize];
    prop_oneof![
        4 => Just(Step::Open),
        8 => (id(), len()).prop_map(|(id, len)| Step::Input(data(id, len))),
        1 => id().prop_map(|id| Step::Input(Message::Close(id).encode())),
        1 => id().prop_map(|id| Step::Input(Message::CloseWrite(id).encode())),
        2 => (0..12usize).prop_map(Step::Read),
        4 => (0..12usize).prop_map(Step::Write),
        1 => (0..12usize).prop_map(Step::Close),
        3 => Just(Step::Send),
        2 => (0..200u64).prop_map(Step::Wait),
    ]
}

/// As many streams as examples have at the most.
const STREAMS: usize = 12;

/// Does all that.
fn run(config: Config, steps: &[Step]) {
    let mut server = server(config);
    let mut now = NOW;
    let mut next = 1;
    let mut accepted = Vec::new();
    let at = |accepted: &[StreamId], at: usize| accepted.get(at % accepted.len().max(1)).copied();
    let mut buffer = [0; PIECE];
    for step in steps {
        match step {
            Step::Open if next < 2 * STREAMS as u64 => {
                server.handle_input(now, &Message::Open(next, 50_000).encode());
                next += 2;
            }
            Step::Open => {}
            Step::Input(bytes) => server.handle_input(now, bytes),
            Step::Read(which) => {
                let _ = at(&accepted, *which).map(|id| server.read(id, &mut buffer));
            }
            Step::Write(which) => {
                let _ = at(&accepted, *which).map(|id| server.write(id, &buffer));
            }
            Step::Close(which) => {
                if let Some(id) = at(&accepted, *which) {
                    server.close_stream(id);
                }
            }
            Step::Send => drop(server.poll_transmit()),
            Step::Wait(millis) => {
                now = now + Duration::from_millis(*millis);
                server.handle_timeout(now);
            }
        }
        while let Poll::Ready(Ok(id)) = server.accept() {
            accepted.push(id);
        }
        drain_events(&mut server);
    }
}

#[test]
fn memory_stays_within_the_stated_bound() {
    // Before examples are made up, which takes memory as well.
    let heap = alone();
    let examples = (
        prop_oneof![0..2_000u64, 0..100_000u64],
        0..300_000u64,
        0..400_000u64,
        0..3usize,
        vec(step(), 0..150),
    );
    let runner = ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result =
        TestRunner::new(runner).run(&examples, |(window, max_window, budget, buffers, steps)| {
            let config = config(|config| {
                config.stream_receive_window = window;
                config.max_stream_receive_window = max_window;
                config.receive_budget = budget;
                config.write_buffer_count = buffers;
            });
            heap.within(bound(&config, STREAMS), || run(config, &steps));
            Ok(())
        });
    if let Err(failure) = result {
        panic!("{failure}");
    }
}
