//! What the original fails at goes well here: each test is one of its failures.

mod carriers;
mod opens;
mod streams;

use std::task::Poll;

use strandmux::proto::{Connection, StreamId};
use strandmux::{Config, Instant, Role};

const NOW: Instant = Instant::ZERO;

/// A server with stream 1, opened by the peer with a window of `window` bytes below 128, and accepted. The
/// accept has left.
fn accepted(config: Config, window: u8) -> (Connection, StreamId) {
    let mut server = Connection::new(Role::Server, config, NOW);
    server.handle_input(NOW, &[1, 1, window]);
    let Poll::Ready(Ok(id)) = server.accept() else {
        panic!("stream 1 has arrived");
    };
    assert_eq!(server.poll_transmit().map(|piece| piece[0]), Some(2));
    (server, id)
}

/// Everything that the connection has to send.
fn sent(connection: &mut Connection) -> Vec<u8> {
    let pieces: Vec<_> = std::iter::from_fn(|| connection.poll_transmit()).collect();
    pieces.concat()
}
