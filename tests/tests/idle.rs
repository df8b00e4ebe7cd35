//! What streams cost on which nothing happens.
//!
//! A binary of its own, because its allocator counts.

use std::task::{Context, Waker};

use peak_alloc::PeakAlloc;
use strandmux::carrier::memory;
use strandmux::{Config, Multiplexer, Role, Stream};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Bytes for a stream at one end, its handle and its place among those who wait to read included.
const BOUND: usize = 300;

/// However many there are: what grows must not double.
#[tokio::test(flavor = "current_thread")]
async fn an_idle_stream_takes_little_memory() {
    for count in [1_000, 8_300, 10_000] {
        let bytes = of_streams(count).await;
        println!("{} bytes for each of {count}", bytes / (2 * count));
        assert!(bytes <= 2 * count * BOUND, "{bytes} bytes for {count}");
    }
}

/// What so many streams take, at both ends together.
async fn of_streams(count: usize) -> usize {
    let mut config = Config::default();
    config.max_inbound_streams = 2 * count;
    let (here, there) = memory::pair();
    let client = strandmux::tokio::spawn(here, Role::Client, config.clone());
    let server = strandmux::tokio::spawn(there, Role::Server, config);

    // What is allocated once is there before.
    let mut streams = Vec::with_capacity(2);
    open(&client, &server, &mut streams).await;
    let before = HEAP.current_usage();
    for _ in 0..count {
        open(&client, &server, &mut streams).await;
    }
    streams.shrink_to_fit();
    HEAP.current_usage() - before
}

/// Opens a stream, for whose ends readers wait.
async fn open(client: &Multiplexer, server: &Multiplexer, streams: &mut Vec<Stream>) {
    let (opened, accepted) =
        tokio::try_join!(client.open(), server.accept()).expect("there is room");
    for mut stream in [opened, accepted] {
        let read = stream.poll_read(&mut Context::from_waker(Waker::noop()), &mut [0]);
        assert!(read.is_pending());
        streams.push(stream);
    }
}
