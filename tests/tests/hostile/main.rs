//! Peers that attack: each ends as a rejected stream or a closed multiplexer with a reason to match on, or
//! gets what it asks for, and the memory that it costs stays within a stated bound.
//!
//! A binary of its own, because its allocator counts.

mod bound;
mod data;
mod heap;
mod memory;
mod opens;

use std::task::Poll;

use strandmux::proto::{Connection, StreamId};
use strandmux::{Config, Instant, Role};
use strandmux_tests::wire::Message;

const NOW: Instant = Instant::ZERO;

fn server(config: Config) -> Connection {
    Connection::new(Role::Server, config, NOW)
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

fn feed(connection: &mut Connection, message: Message) {
    connection.handle_input(NOW, &message.encode());
}

/// Opens and accepts stream `id`. The accept has not left.
fn accept(connection: &mut Connection, id: u64, window: u64) -> StreamId {
    feed(connection, Message::Open(id, window));
    match connection.accept() {
        Poll::Ready(Ok(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// Takes all output away; how many bytes it was.
fn drain(connection: &mut Connection) -> usize {
    std::iter::from_fn(|| connection.poll_transmit())
        .map(|piece| piece.len())
        .sum()
}

fn drain_events(connection: &mut Connection) {
    while connection.poll_event().is_some() {}
}
