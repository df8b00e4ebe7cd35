//! Whatever the order in which tasks are polled, the same is read and everything ends.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use proptest::prelude::*;
use strandmux::carrier::memory;
use strandmux::{Config, Multiplexer, Role, Stream};
use strandmux_tests::executor::{Executor, Timeless};
use strandmux_tests::random::Random;

use super::cases;

/// What one end writes on stream `id`: how much and what only depends on that.
fn data(id: u64, side: Role, most: usize) -> Vec<u8> {
    let mut random = Random::new(id << 1 | u64::from(side.is_even()));
    let len = random.within(0..most + 1);
    let start = random.within(0..251);
    (start..).take(len).map(|at| (at % 251) as u8).collect()
}

/// Polls a future a few times and drops it, over and over, until it ends in time or patience is without end: what is
/// cancelled loses nothing.
async fn impatiently<T, F: Future<Output = T>>(
    random: &RefCell<Random>,
    mut operation: impl FnMut() -> F,
) -> T {
    loop {
        let patience = random.borrow_mut().within(0..4);
        if patience == 3 {
            return operation().await;
        }
        let mut polls = 0;
        let mut future = pin!(operation());
        let ended = poll_fn(|cx| {
            polls += 1;
            match future.as_mut().poll(cx) {
                Poll::Pending if polls > patience => Poll::Ready(None),
                polled => polled.map(Some),
            }
        });
        if let Some(ended) = ended.await {
            return ended;
        }
    }
}

/// Writes what this end has to write, half-closes, reads to the end, and expects what the other end has.
async fn converse(stream: Stream, side: Role, most: usize, random: &RefCell<Random>) {
    let id = stream.id();
    let sent = data(id, side, most);
    let (reader, writer) = stream.into_split();
    let (reader, writer) = (RefCell::new(reader), RefCell::new(writer));
    let mut received = Vec::new();
    let writing = async {
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let len = impatiently(random, || async {
                poll_fn(|cx| writer.borrow_mut().poll_write(cx, rest)).await
            });
            rest = &rest[len.await.expect("the peer reads")..];
        }
        writer.borrow().close_write();
    };
    let reading = async {
        loop {
            let chunk = impatiently(random, || async {
                let mut chunk = [0; 3_000];
                let len = poll_fn(|cx| reader.borrow_mut().poll_read(cx, &mut chunk)).await;
                len.map(|len| chunk[..len].to_vec())
            });
            let chunk = chunk.await.expect("the peer ends in good order");
            if chunk.is_empty() {
                break;
            }
            received.extend(chunk);
        }
    };
    futures_util::future::join(writing, reading).await;
    assert_eq!(received, data(id, side.peer(), most));
}

/// Runs `streams` streams with tasks polled as the seed says. Panics unless everything arrives and ends.
fn run(seed: u64, window: u64, streams: usize, most: usize) {
    let mut random = Random::new(seed);
    let choices = RefCell::new(random.fork());
    let mut config = Config::default();
    config.stream_receive_window = window;
    config.write_buffer_count = 1;
    config.max_unaccepted_opens = 3;
    let (here, there) = memory::pair();
    let (client, client_driver) = Multiplexer::new(here, Timeless, Role::Client, config.clone());
    let (server, server_driver) = Multiplexer::new(there, Timeless, Role::Server, config);

    let left = Cell::new(2 * streams);
    let converse = async |stream, side| {
        converse(stream, side, most, &choices).await;
        left.set(left.get() - 1);
        if left.get() == 0 {
            drop(client.close());
        }
    };
    let mut executor = Executor::new(random);
    executor.spawn("client's driver", async { drop(client_driver.await) });
    executor.spawn("server's driver", async { drop(server_driver.await) });
    executor.spawn("closed", async { drop(server.closed().await) });
    executor.spawn("finished", client.finished());
    for _ in 0..streams {
        executor.spawn("opener", async {
            // One that is taken back may have been accepted.
            let stream = server.open().await;
            converse(stream.expect("it is accepted"), Role::Server).await;
        });
        executor.spawn("acceptor", async {
            let stream = impatiently(&choices, || client.accept()).await;
            converse(stream.expect("one is opened"), Role::Client).await;
        });
    }
    executor.run();
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn every_interleaving_of_polls_gives_the_same(
        seed in any::<u64>(),
        window in prop_oneof![1..10u64, 1..70_000u64],
        streams in 1..8usize,
        most in 0..20_000usize,
    ) {
        // Each byte is a round trip where the window is one.
        run(seed, window, streams, most.min(300 * window as usize));
    }
}
