//! What streams on which nothing happens cost.
//!
//! Usage: `idle STREAMS`. Opens them between two ends in memory, and prints `{"bytes":BYTES}`: what is allocated
//! for one of them at one end, its handle included.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use strandmux::carrier::memory;
use strandmux::{Config, Role, Stream};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = std::env::args()
        .nth(1)
        .ok_or("usage: idle STREAMS")?
        .parse()?;
    let mut config = Config::default();
    config.max_inbound_streams = 2 * count;
    let (here, there) = memory::pair();
    let client = strandmux::tokio::spawn(here, Role::Client, config.clone());
    let server = strandmux::tokio::spawn(there, Role::Server, config);

    // Whatever is allocated once is there before.
    let mut streams: Vec<(Stream, Stream)> = Vec::new();
    streams.push(tokio::try_join!(client.open(), server.accept())?);
    let region = Region::new(ALLOCATOR);
    for _ in 0..count {
        streams.push(tokio::try_join!(client.open(), server.accept())?);
    }
    streams.shrink_to_fit();
    let change = region.change();
    let bytes = change.bytes_allocated - change.bytes_deallocated;
    println!("{{\"bytes\":{}}}", bytes as f64 / (2 * count) as f64);
    Ok(())
}
