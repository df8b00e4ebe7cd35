//! Signs of life, whatever else goes on.

use std::time::Duration;

use strandmux::{CloseReason, Config, Instant};
use strandmux_tests::sim::{CLIENT, Plan, SERVER, World};

use super::{HOUR, SECOND, config, link};

/// A plan of endless bulk in both directions.
fn bulk(streams: usize) -> Plan {
    Plan {
        streams: [streams, 0],
        max_len: 1 << 40,
        max_write: vec![100_000],
        max_read: 100_000,
        ..Plan::default()
    }
}

fn assert_alive(world: &World) {
    world.assert_sound();
    for end in &world.ends {
        assert_eq!(end.connection.close_reason(), None);
    }
}

#[test]
fn idle_ends_keep_each_other_alive() {
    let plan = Plan {
        streams: [0, 0],
        ..Plan::default()
    };
    let mut world = World::symmetric(&plan, &Config::default(), &link(300, 10_000));
    world.run_for(24 * HOUR);
    assert_alive(&world);
    let expected: Vec<_> = (1..=24 * 720)
        .map(|k| Instant::from_millis(5_000 * k))
        .collect();
    for end in &world.ends {
        assert_eq!(end.heartbeats, expected);
    }
}

#[test]
fn heartbeats_leave_on_time_from_a_saturated_slow_link() {
    let mut world = World::symmetric(&bulk(5), &Config::default(), &link(100, 4_000));
    world.run_for(HOUR);
    assert_alive(&world);
    for end in &world.ends {
        assert_eq!(end.heartbeats.len(), 719);
        for (k, at) in end.heartbeats.iter().enumerate() {
            let due = Instant::from_millis(5_000 * (k as u64 + 1));
            let late = at.saturating_duration_since(due);
            // A piece that was taken before must leave first: 16 KiB of what was written before anything was known of
            // the link, and a kilobyte later.
            let bound = if k < 20 { 5 * SECOND } else { SECOND / 2 };
            assert!(late <= bound, "heartbeat {k} left {late:?} late");
        }
        assert!(end.bytes_out > 3_500 * 3_600, "the link was not saturated");
    }
}

#[test]
fn a_hidden_tab_sends_its_heartbeats_when_something_arrives() {
    let plan = Plan {
        streams: [0, 0],
        ..Plan::default()
    };
    let mut world = World::symmetric(&plan, &Config::default(), &link(20, 1_000_000));
    world.ends[CLIENT].timers_every = Some(Duration::from_secs(60));
    world.run_for(HOUR);
    assert_alive(&world);
}

#[test]
fn a_dead_link_is_noticed_and_ends_everything() {
    let mut world = World::symmetric(&bulk(3), &Config::default(), &link(50, 1_000_000));
    world.run_for(62 * SECOND);
    assert_alive(&world);
    for link in &mut world.links {
        link.cut();
    }
    let start = world.now;
    let is_closed =
        |at: usize| move |world: &World| world.ends[at].connection.close_reason().is_some();
    for at in [CLIENT, SERVER] {
        assert!(world.run(start + 11 * SECOND, is_closed(at)));
        let reason = world.ends[at].connection.close_reason();
        assert_eq!(reason, Some(&CloseReason::HeartbeatTimeout));
    }
    // The last heartbeats left at 60 s.
    assert!(world.now >= Instant::from_millis(70_000));
    assert!(world.now <= Instant::from_millis(70_500), "{:?}", world.now);
}

#[test]
fn data_is_life_only_if_configured() {
    for any_input_is_life in [false, true] {
        let mute = config(|config| config.heartbeat_transmit_interval = Duration::ZERO);
        let listener = config(|config| config.any_input_is_life = any_input_is_life);
        let links = [(); 2].map(|()| link(10, 1_000_000));
        let mut world = World::new(&bulk(1), [mute, listener], links);
        world.run_for(60 * SECOND);
        let reason = world.ends[SERVER].connection.close_reason();
        let expected = (!any_input_is_life).then_some(&CloseReason::HeartbeatTimeout);
        assert_eq!(reason, expected);
    }
}
