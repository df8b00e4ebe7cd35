//! What an end keeps in memory is bounded.

use strandmux::MAX_DATA_MESSAGE;
use strandmux_tests::sim::{CLIENT, Plan, World};

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
