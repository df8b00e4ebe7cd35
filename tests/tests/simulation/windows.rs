//! Receive windows grow to what the path needs, and no further.

use std::time::Duration;

use strandmux::Config;
use strandmux::proto::StreamId;
use strandmux_tests::sim::{CLIENT, LinkConfig, Plan, SERVER, World};

use super::{SECOND, config, link};

/// 100 Mbit/s, in bytes.
const RATE: u64 = 12_500_000;

/// A plan of endless writes from the client.
fn bulk(streams: usize) -> Plan {
    Plan {
        streams: [streams, 0],
        max_len: 1 << 40,
        max_write: vec![100_000],
        max_read: 100_000,
        ..Plan::default()
    }
}

/// What the server reads while the world runs for `time`.
fn read_in(world: &mut World, time: Duration) -> f64 {
    let before = world.ends[SERVER].user.bytes_read;
    world.run_for(time);
    world.assert_sound();
    (world.ends[SERVER].user.bytes_read - before) as f64
}

#[test]
fn one_stream_fills_a_link_whatever_its_round_trip() {
    for (round_trip, settled) in [(10, 300), (50, 800), (200, 3_000)] {
        let mut world = World::symmetric(&bulk(1), &Config::default(), &link(round_trip / 2, RATE));
        world.run_for(Duration::from_millis(settled));
        let share = read_in(&mut world, 2 * SECOND) / (2 * RATE) as f64;
        assert!(share > 0.95, "{share} of the link at {round_trip} ms");
        let product = RATE * round_trip / 1_000;
        let largest = world.ends[SERVER].largest_window;
        assert!(largest <= 3 * product, "{largest}, of {product} in flight");
    }
}

/// The server's window for a stream.
fn window(world: &World, id: StreamId) -> u64 {
    let stats = world.ends[SERVER].connection.stream_stats(id);
    stats.expect("it is open").receive_window
}

/// The server's window for the client's first stream.
fn first_window(world: &World) -> u64 {
    let id = world.ends[SERVER].user.ids().next();
    window(world, id.expect("a stream is in use"))
}

#[test]
fn a_window_shrinks_after_silence_as_its_credit_is_used_up() {
    let mut world = World::symmetric(&bulk(1), &Config::default(), &link(25, RATE));
    world.run_for(3 * SECOND);
    let grown = first_window(&world);
    assert!(grown > RATE / 20, "{grown}");
    world.ends[CLIENT].user.is_writing_paused = true;
    world.run_for(20 * SECOND);
    let mut used = 0;
    while used < grown {
        let id = world.ends[CLIENT].user.ids().next().expect("it is open");
        world.ends[CLIENT]
            .with_user(|user, connection, audit| user.write_some(20_000, id, connection, audit));
        used += 20_000;
        world.run_for(SECOND / 10);
    }
    world.assert_sound();
    assert_eq!(
        first_window(&world),
        Config::default().stream_receive_window
    );
    // It can grow again.
    world.ends[CLIENT].user.is_writing_paused = false;
    world.ends[CLIENT].with_user(|user, connection, audit| {
        let id = user.ids().next().expect("it is open");
        // The second one has to wait.
        user.write_some(1 << 20, id, connection, audit);
        user.write_some(1 << 20, id, connection, audit);
    });
    world.run_for(3 * SECOND);
    assert!(first_window(&world) > grown / 2);
}

#[test]
fn a_thousand_streams_grow_no_further_than_the_budget() {
    let config = config(|config| {
        config.stream_receive_window = 1_024;
        // A third of what the path needs.
        config.receive_budget = 2_000_000;
        config.max_unaccepted_opens = 1_000;
        config.accept_backlog = 1_000;
    });
    let mut world = World::symmetric(&bulk(1_000), &config, &link(200, RATE));
    for _ in 0..120 {
        world.run_for(Duration::from_millis(50));
        for end in &world.ends {
            assert!(end.audit.held_at_most() <= 2_000_000, "at {:?}", world.now);
        }
    }
    world.assert_sound();
    for end in &world.ends {
        assert_eq!(
            end.connection.stats().inbound_streams + end.connection.stats().outbound_streams,
            1_000
        );
        assert!(
            (1_600_000..=2_000_000).contains(&end.largest_window),
            "{}",
            end.largest_window
        );
    }
}

/// The budget is less than two streams want. The second one is read only when the first has grown.
#[test]
fn streams_come_to_share_the_budget_equally() {
    let config = config(|config| config.receive_budget = 3_000_000);
    let mut plan = bulk(2);
    plan.unread = vec![3];
    let mut world = World::symmetric(&plan, &config, &link(100, RATE));
    world.run_for(4 * SECOND);
    let grown = first_window(&world);
    assert!((2_500_000..=2_650_000).contains(&grown), "{grown}");
    let later = world.ends[SERVER].user.ids().nth(1).expect("it is open");
    for _ in 0..500 {
        world.run_for(Duration::from_millis(10));
        world.ends[SERVER].with_user(|user, connection, audit| {
            user.read_some(1_000_000, later, connection, audit);
        });
    }
    world.assert_sound();
    let windows = [first_window(&world), window(&world, later)];
    for window in windows {
        assert!((1_300_000..=1_500_000).contains(&window), "{windows:?}");
    }
}

#[test]
fn a_slow_reader_grows_nothing_and_slows_nobody_else() {
    let mut plan = bulk(2);
    plan.unread = vec![1];
    let mut world = World::symmetric(&plan, &Config::default(), &link(25, RATE));
    let mut read = [0; 2];
    for step in 0..400 {
        world.run_for(Duration::from_millis(10));
        let user = &world.ends[SERVER].user;
        if step == 100 {
            read[0] = user.bytes_read;
        }
        let Some(slow) = user.ids().next() else {
            continue;
        };
        world.ends[SERVER].with_user(|user, connection, audit| {
            user.read_some(1_000, slow, connection, audit);
        });
    }
    world.assert_sound();
    // It may shrink, as others receive as well.
    let window = first_window(&world);
    assert!(
        window <= Config::default().stream_receive_window,
        "{window}"
    );
    read[1] = world.ends[SERVER].user.bytes_read;
    let share = (read[1] - read[0]) as f64 / (3 * RATE) as f64;
    assert!(share > 0.95, "{share} of the link");
}

/// Bulk both ways over 10 Mbit/s, with much room before the link: increments wait behind data, rounds take longer, and if
/// windows grew by that there would be more data to wait behind.
#[test]
fn windows_stay_small_beside_others_on_a_slow_link() {
    const SLOW: u64 = 1_250_000;
    let slow = LinkConfig {
        buffer: 1 << 20,
        ..link(5, SLOW)
    };
    let mut world = World::symmetric(&bulk(2), &Config::default(), &slow);
    world.run_for(SECOND);
    let share = read_in(&mut world, 5 * SECOND) / (5 * SLOW) as f64;
    assert!(share > 0.9, "{share} of the link");
    for end in &world.ends {
        // For two streams; what the link holds is 12,500.
        assert!(end.largest_window <= 330_000, "{}", end.largest_window);
    }
}

#[test]
fn windows_do_not_grow_if_the_most_is_the_first() {
    let config = config(|config| config.max_stream_receive_window = config.stream_receive_window);
    let mut world = World::symmetric(&bulk(1), &config, &link(25, RATE));
    world.run_for(SECOND);
    let read = read_in(&mut world, 2 * SECOND);
    // A window each round trip, and a round trip is a little more than 50 ms.
    let product = 65_535.0 * 2.0 / 0.05;
    assert!((0.8 * product..=product).contains(&read), "{read}");
    assert_eq!(world.ends[SERVER].largest_window, 65_535);
}
