//! What an end keeps in memory is bounded, and so is the size of what it hands over.

use std::task::Poll;

use strandmux::proto::Connection;
use strandmux::{Instant, MAX_DATA_MESSAGE, Role};
use strandmux_tests::audit::Audit;
use strandmux_tests::sim::{CLIENT, Plan, World};
use strandmux_tests::wire::Message;

use super::{SECOND, config, link};

/// What waits to leave, with this many writers of endless data.
fn most_unsent(buffers: usize, writers: usize) -> usize {
    let plan = Plan {
        streams: [writers, 0],
        max_len: 1 << 40,
        max_write: vec![300_000, 10_000],
        max_read: 100_000,
        ..Plan::default()
    };
    let config = config(|config| {
        config.write_buffer_count = buffers;
        config.stream_receive_window = 1 << 30;
        config.max_message_size = 10_000;
    });
    let mut world = World::symmetric(&plan, &config, &link(10, 50_000));
    world.run_for(30 * SECOND);
    world.assert_sound();
    world.ends[CLIENT].most_unsent
}

#[test]
fn output_is_bounded_by_the_write_buffers() {
    for (buffers, in_effect) in [(0, 1), (1, 1), (5, 5), (16, 16)] {
        for writers in [1, 50] {
            let most = most_unsent(buffers, writers);
            let bound = in_effect * MAX_DATA_MESSAGE;
            assert!(most <= bound, "{most} of {bound}, {writers} writers");
            assert!(
                most > bound * 9 / 10,
                "{most} of {bound}, {writers} writers"
            );
        }
    }
}

/// What was written before the link was known to be slow has left then.
#[test]
fn what_waits_on_a_slow_link_is_bounded_in_time() {
    for rate in [100_000, 1_000_000] {
        let plan = Plan {
            streams: [20, 0],
            max_len: 1 << 40,
            max_write: vec![300_000, 1_000],
            max_read: 100_000,
            ..Plan::default()
        };
        let mut world = World::symmetric(&plan, &config(|_| {}), &link(10, rate));
        world.run_for(20 * SECOND);
        let client = &mut world.ends[CLIENT];
        client.most_unsent = 0;
        let before = client.bytes_out;
        world.run_for(20 * SECOND);
        world.assert_sound();
        let client = &world.ends[CLIENT];
        let bound = (rate as usize * 30 / 1_000).max(6_000);
        assert!(
            client.most_unsent <= bound,
            "{} bytes waited",
            client.most_unsent
        );
        let sent = client.bytes_out - before;
        assert!(sent > rate as usize * 20 * 98 / 100, "{sent} at {rate}");
    }
}

/// Control messages that do not fit into one piece still go ahead of the data that depends on them.
#[test]
fn no_piece_is_too_large_and_no_data_overtakes_its_accept() {
    let config = config(|config| {
        config.max_message_size = 64;
        config.accept_backlog = 100;
    });
    let mut audit = Audit::new(Role::Server, config.stream_receive_window);
    let mut server = Connection::new(Role::Server, config, Instant::ZERO);
    let opens: Vec<u8> = (0..50)
        .flat_map(|k| Message::Open(2 * k + 1, 10).encode())
        .collect();
    audit.on_received(&opens);
    server.handle_input(Instant::ZERO, &opens);
    let mut last = None;
    while let Poll::Ready(Ok(id)) = server.accept() {
        last = Some(id);
    }
    let last = last.expect("fifty were opened");
    audit.on_write(last.value(), b"x");
    assert_eq!(server.write(last, b"x"), Poll::Ready(Ok(1)));
    while let Some(piece) = server.poll_transmit() {
        assert!(piece.len() <= 64);
        audit.on_sent(&piece);
    }
    audit.check_quiet();
    assert_eq!(audit.faults(), [""; 0]);
}
