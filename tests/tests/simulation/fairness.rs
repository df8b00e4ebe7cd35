//! Writers share a link by bytes.

use std::time::Duration;

use strandmux::{Config, MAX_DATA_MESSAGE};
use strandmux_tests::sim::{CLIENT, Plan, SERVER, World};

use super::{HOUR, SECOND, config, link};

/// What a link carries in a second here.
const RATE: u64 = 1_000_000;

/// A plan of endless writes from the client, of these sizes.
fn writers(streams: usize, max_write: Vec<usize>) -> Plan {
    Plan {
        streams: [streams, 0],
        max_len: 1 << 40,
        max_write,
        max_read: 100_000,
        ..Plan::default()
    }
}

/// The client's writers after a while on a link with much window, and what each wrote in the second
/// half of it: at first those that come first have the outbox to themselves.
fn run(plan: &Plan) -> (World, Vec<usize>) {
    let config = config(|config| config.stream_receive_window = 1 << 20);
    let mut world = World::symmetric(plan, &config, &link(10, RATE));
    world.run_for(10 * SECOND);
    let before = written(&world);
    world.run_for(10 * SECOND);
    world.assert_sound();
    let after = written(&world).into_iter().zip(before);
    let shares = after.map(|(after, before)| after - before).collect();
    (world, shares)
}

fn written(world: &World) -> Vec<usize> {
    let written = world.ends[CLIENT].user.written();
    written.map(|(_, len)| len).collect()
}

/// Jain's index: 1 if all have the same, 1/n if one has everything.
fn jain(shares: &[usize]) -> f64 {
    let sum: f64 = shares.iter().map(|share| *share as f64).sum();
    let squares: f64 = shares.iter().map(|share| (*share as f64).powi(2)).sum();
    sum * sum / (shares.len() as f64 * squares)
}

#[test]
fn equal_writers_get_equal_shares() {
    let (_, shares) = run(&writers(100, vec![100_000]));
    assert!(jain(&shares) > 0.99, "{} of {shares:?}", jain(&shares));
    assert!(shares.iter().sum::<usize>() > 99 * RATE as usize / 10);
}

#[test]
fn large_writes_get_no_more_than_middling_ones() {
    let (_, shares) = run(&writers(30, vec![16_384, 65_536, 1_000_000]));
    assert!(jain(&shares) > 0.99, "{} of {shares:?}", jain(&shares));
}

#[test]
fn small_writers_are_not_starved_by_bulk() {
    let (world, _) = run(&writers(12, vec![100_000, 100, 100]));
    // What is ahead of a write: the whole outbox, and a quantum of each other writer.
    let ahead = 5 * MAX_DATA_MESSAGE + 12 * 20_000;
    let bound = Duration::from_secs_f64(ahead as f64 / RATE as f64);
    for (id, wait) in world.ends[CLIENT].user.longest_waits() {
        assert!(
            wait <= bound,
            "a write on {id} waited {wait:?}, more than {bound:?}"
        );
    }
}

#[test]
fn small_writes_get_as_much_as_large_ones() {
    let (_, shares) = run(&writers(12, vec![100_000, 1_000, 3_000]));
    assert!(jain(&shares) > 0.99, "{} of {shares:?}", jain(&shares));
}

#[test]
fn abandoned_writes_do_not_block_others() {
    let mut plan = writers(60, vec![50_000]);
    plan.max_len = 1_000_000;
    // More of them than the outbox has room for turns.
    plan.abandoned = (1..=120).step_by(2).filter(|id| id % 4 == 1).collect();
    let mut world = World::symmetric(&plan, &Config::default(), &link(5, RATE));
    let is_over = |world: &World| world.ends[CLIENT].user.finished == 30;
    assert!(
        world.run(world.now + HOUR, is_over),
        "{:?}",
        written(&world)
    );
    world.assert_sound();
    // The link was used all the time: 30 MB and what the abandoned wrote at first.
    let seconds = world.now.as_micros() / 1_000_000;
    assert!(seconds < 45, "{seconds}");
    assert_eq!(world.ends[SERVER].connection.close_reason(), None);
}
