//! What is written arrives, whole and in order.

use std::time::Duration;

use strandmux::Config;
use strandmux_tests::random::{self, Random};
use strandmux_tests::sim::{CLIENT, LinkConfig, Plan, SERVER, World};

use super::{HOUR, SECOND, config, link};

fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[random.within(0..from.len())]
}

fn random_config(random: &mut Random, max_message: usize) -> Config {
    let windows = [1, 2, 3, 7, 64, 100, 1_000, 4_097, 65_535, 65_536, 1 << 20];
    config(|config| {
        config.stream_receive_window = pick(random, &windows);
        config.write_buffer_count = random.within(0..6);
        config.max_unaccepted_opens = random.within(0..11);
        config.max_message_size =
            pick(random, &[0, 64, 100, 1_000, 20_000, 65_548]).min(max_message);
        config.tolerate_reordered_opens = random.percent(50);
        config.any_input_is_life = random.percent(50);
    })
}

/// A link on which no piece takes as long as a heartbeat may.
fn random_link(random: &mut Random) -> LinkConfig {
    let rate = pick(
        random,
        &[None, Some(20_000), Some(1_000_000), Some(100_000_000)],
    );
    LinkConfig {
        latency: Duration::from_millis(pick(random, &[0, 1, 10, 50, 200])),
        rate,
        buffer: pick(random, &[0, 1, 10_000]),
        max_chunk: pick(random, &[1, 2, 100, 1_460, 65_536]),
    }
}

fn random_world(seed: u64) -> World {
    let mut random = Random::new(seed);
    let links = [(); 2].map(|()| random_link(&mut random));
    let slowest = links.iter().filter_map(|link| link.rate).min();
    let max_message = slowest.unwrap_or(u64::MAX) as usize;
    let configs = [(); 2].map(|()| random_config(&mut random, max_message));
    let window = configs
        .iter()
        .map(|config| config.stream_receive_window)
        .min();
    let by_window = 300 * window.unwrap_or(1) as usize;
    let plan = Plan {
        seed,
        streams: [random.within(0..40), random.within(0..40)],
        max_len: pick(&mut random, &[10, 1_000, 100_000, 300_000]).min(by_window),
        max_write: (0..3)
            .map(|_| pick(&mut random, &[1_000, 70_000, 400_000]))
            .collect(),
        max_read: pick(&mut random, &[100, 5_000, 100_000]),
        is_random: true,
        closes: pick(&mut random, &[0, 0, 30, 100]),
        cancels: pick(&mut random, &[0, 0, 30, 100]),
        ..Plan::default()
    };
    World::new(&plan, configs, links)
}

#[test]
fn random_traffic_arrives_intact() {
    let mut seeds = Random::new(random::seed());
    for _ in 0..30 {
        let seed = seeds.next_u64();
        println!("world of seed {seed}");
        let mut world = random_world(seed);
        world.run_to_end(10 * HOUR);
        world.assert_finished();
    }
}

#[test]
fn a_run_can_be_repeated() {
    let run = |seed| {
        let mut world = random_world(seed);
        world.run_to_end(10 * HOUR);
        let of_end = |at: usize| {
            let end = &world.ends[at];
            (end.bytes_out, end.heartbeats.clone(), end.most_unsent)
        };
        (world.now, of_end(CLIENT), of_end(SERVER))
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn a_hundred_opens_at_once_from_each_side_lose_none() {
    let plan = Plan {
        streams: [100, 100],
        max_len: 5_000,
        is_random: true,
        ..Plan::default()
    };
    for latency in [0, 30] {
        let mut world = World::symmetric(&plan, &Config::default(), &link(latency, 1_000_000));
        world.run_to_end(HOUR);
        world.assert_finished();
        for end in &world.ends {
            assert_eq!(end.user.finished, 200);
        }
    }
}

#[test]
fn an_impatient_opener_is_rejected_beyond_the_backlog() {
    let plan = Plan {
        streams: [100, 0],
        ..Plan::default()
    };
    let impatient = config(|config| config.max_unaccepted_opens = usize::MAX);
    let configs = [impatient, Config::default()];
    let links = [(); 2].map(|()| LinkConfig::default());
    let mut world = World::new(&plan, configs, links);
    world.run_to_end(HOUR);
    let client = &world.ends[CLIENT].user;
    assert_eq!((client.finished, client.rejected), (10, 90));
    assert_eq!(world.ends[SERVER].user.finished, 10);
    assert_eq!(world.ends[CLIENT].connection.stream_count(), 0);
}

/// A window of nothing: the client's data never leaves, everything else works.
#[test]
fn a_window_of_zero_blocks_one_direction_only() {
    let plan = Plan {
        streams: [5, 5],
        ..Plan::default()
    };
    let closed = config(|config| config.stream_receive_window = 0);
    let links = [(); 2].map(|()| link(10, 1_000_000));
    let mut world = World::new(&plan, [Config::default(), closed], links);
    world.run_for(60 * SECOND);
    world.assert_sound();
    for end in &world.ends {
        assert_eq!(end.user.established, 10);
        assert_eq!(end.connection.close_reason(), None);
    }
    let written = |at: usize| -> usize { world.ends[at].user.written().map(|(_, len)| len).sum() };
    assert_eq!((written(CLIENT), written(SERVER)), (0, 10 * 1_000));
    // Closing needs no window.
    world.ends[CLIENT].close_streams();
    world.run_for(SECOND);
    assert_eq!(world.ends[CLIENT].connection.stream_count(), 0);
}

#[test]
fn a_reader_that_pauses_stops_its_writer_at_the_window() {
    let plan = Plan {
        streams: [3, 0],
        max_len: 1_000_000,
        ..Plan::default()
    };
    let config = config(|config| config.stream_receive_window = 30_000);
    let mut world = World::symmetric(&plan, &config, &link(10, 10_000_000));
    world.ends[SERVER].user.is_reading_paused = true;
    world.run_for(60 * SECOND);
    let written: Vec<_> = world.ends[CLIENT]
        .user
        .written()
        .map(|(_, len)| len)
        .collect();
    assert_eq!(written, [30_000; 3]);
    world.ends[SERVER].with_user(|user, connection, audit| user.resume_reading(connection, audit));
    world.run_to_end(HOUR);
    world.assert_finished();
}
