//! More urgent writers go ahead of less urgent ones.

use strandmux::Priority;
use strandmux_tests::sim::{CLIENT, Plan, SERVER, World};

use super::{SECOND, config, link};

/// What a link carries in a second here.
const RATE: u64 = 1_000_000;

fn class(class: u8) -> Priority {
    Priority::new(class).expect("classes are 0 to 7")
}

/// Endless writes from the client with these priorities, by turns, on a link with much window.
fn world(streams: usize, priorities: &[u8], max_write: Vec<usize>) -> World {
    let plan = Plan {
        streams: [streams, 0],
        max_len: 1 << 40,
        max_write,
        max_read: 100_000,
        priorities: priorities.iter().map(|at| class(*at)).collect(),
        ..Plan::default()
    };
    let config = config(|config| config.stream_receive_window = 1 << 24);
    World::symmetric(&plan, &config, &link(10, RATE))
}

/// What each of the client's writers wrote while the world ran for `seconds`.
fn shares(world: &mut World, seconds: u32) -> Vec<usize> {
    let written = |world: &World| -> Vec<_> { world.ends[CLIENT].user.written().collect() };
    let before = written(world);
    world.run_for(seconds * SECOND);
    world.assert_sound();
    let after = written(world).into_iter().zip(before);
    after
        .map(|((_, after), (_, before))| after - before)
        .collect()
}

#[test]
fn a_less_urgent_writer_gets_nothing_while_a_more_urgent_one_has_something() {
    for max_write in [1_000, 20_000, 1_000_000] {
        let mut world = world(2, &[2, 3], vec![max_write]);
        world.run_for(5 * SECOND);
        let shares = shares(&mut world, 10);
        assert_eq!(shares[0], 0, "writes of {max_write}");
        assert!(shares[1] > 99 * RATE as usize / 10, "{shares:?}");
    }
}

#[test]
fn writers_of_a_class_share_what_it_gets() {
    let mut world = world(9, &[5, 1, 5], vec![50_000, 50_000, 3_000]);
    world.run_for(5 * SECOND);
    for (at, share) in shares(&mut world, 10).into_iter().enumerate() {
        let expected = if at % 3 == 1 {
            0
        } else {
            10 * RATE as usize / 6
        };
        assert!(
            share.abs_diff(expected) < 70_000,
            "{at}: {share} of {expected}"
        );
    }
}

#[test]
fn a_writer_that_becomes_urgent_gets_the_next_room_and_one_that_ceases_to_be_lets_go() {
    let mut world = world(40, &[3], vec![50_000]);
    world.run_for(5 * SECOND);
    let ids: Vec<_> = world.ends[CLIENT].user.ids().collect();
    let last = ids[ids.len() - 1];
    world.ends[CLIENT].connection.set_priority(last, class(4));
    let urgent = shares(&mut world, 2);
    assert!(urgent[39] > 19 * RATE as usize / 10, "{urgent:?}");
    world.ends[CLIENT].connection.set_priority(last, class(2));
    world.run_for(SECOND);
    let rest = shares(&mut world, 4);
    assert_eq!(rest[39], 0);
    assert!(rest[..39].iter().all(|share| *share > 80_000), "{rest:?}");
}

/// The urgent writers have a turn and never come for it: the others wait a moment for them and go on.
#[test]
fn urgent_writers_that_went_away_do_not_block_others() {
    let mut world = {
        let plan = Plan {
            streams: [4, 0],
            max_len: 1 << 40,
            max_write: vec![50_000],
            max_read: 100_000,
            priorities: [7, 0].map(class).to_vec(),
            abandoned: vec![1, 5],
            ..Plan::default()
        };
        World::symmetric(&plan, &config(|_| {}), &link(5, RATE))
    };
    world.run_for(5 * SECOND);
    let shares = shares(&mut world, 10);
    assert_eq!((shares[0], shares[2]), (0, 0));
    assert!(
        shares[1] + shares[3] > 98 * RATE as usize / 10,
        "{shares:?}"
    );
    assert_eq!(world.ends[SERVER].connection.close_reason(), None);
}
