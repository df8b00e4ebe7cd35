//! What is counted.

use std::hint::black_box;
use std::task::Poll;

use strandmux::proto::{Connection, Event, StreamId};
use strandmux::{Config, Error, Instant, Role};
use strandmux_tests::wire::Message;

/// Time stands still, so windows do not grow and no heartbeat is due.
const NOW: Instant = Instant::ZERO;
/// As many small messages as fill about half a window.
const BATCH: u64 = 480;
const SMALL: usize = 64;
/// As much as a message holds.
const LARGE: usize = 65_535;

/// Something that is done again and again.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) run: fn(rounds: u64),
    /// How often, to be counted.
    pub(crate) rounds: u64,
    /// Messages, or whatever it is, in a round.
    pub(crate) in_a_round: u64,
}

/// All of them.
pub(crate) const CASES: [Case; 7] = [
    Case {
        name: "send 64 B",
        run: |rounds| send(rounds, BATCH, SMALL),
        rounds: 8,
        in_a_round: BATCH,
    },
    Case {
        name: "send 64 B, one in a piece",
        run: |rounds| send(rounds, 1, SMALL),
        rounds: 2_000,
        in_a_round: 1,
    },
    Case {
        name: "send 64 KiB",
        run: |rounds| send(rounds, 1, LARGE),
        rounds: 100,
        in_a_round: 1,
    },
    Case {
        name: "receive 64 B",
        run: |rounds| receive(rounds, BATCH, SMALL),
        rounds: 8,
        in_a_round: BATCH,
    },
    Case {
        name: "receive 64 B, one in a piece",
        run: |rounds| receive(rounds, 1, SMALL),
        rounds: 2_000,
        in_a_round: 1,
    },
    Case {
        name: "receive 64 KiB",
        run: |rounds| receive(rounds, 1, LARGE),
        rounds: 100,
        in_a_round: 1,
    },
    Case {
        name: "open and close a stream, both ends",
        run: open_and_close,
        rounds: 1_000,
        in_a_round: 1,
    },
];

/// Writes `batch` messages of `len` bytes, and takes what is to be sent.
fn send(rounds: u64, batch: u64, len: usize) {
    let mut client = Connection::new(Role::Client, Config::default(), NOW);
    let id = ready(client.open());
    drain(&mut client);
    // The largest window there is lasts for ever.
    client.handle_input(NOW, &Message::Accept(1, u64::MAX).encode());
    let data = vec![7; len];
    for _ in 0..rounds {
        for _ in 0..batch {
            assert_eq!(client.write(id, black_box(&data)), Poll::Ready(Ok(len)));
        }
        assert!(drain(&mut client) > batch as usize * len);
    }
}

/// Takes `batch` messages of `len` bytes that come at once, for a reader that waits, and what is to be sent for them.
fn receive(rounds: u64, batch: u64, len: usize) {
    let mut server = Connection::new(Role::Server, Config::default(), NOW);
    let id = accept(&mut server);
    drain(&mut server);
    let mut message = Message::Data(1, len).encode();
    message.resize(message.len() + len, 7);
    let input = message.repeat(batch as usize);
    let mut buffer = vec![0; batch as usize * len];
    for _ in 0..rounds {
        assert!(server.read(id, &mut buffer).is_pending());
        server.handle_input(NOW, black_box(&input));
        assert_eq!(server.poll_event(), Some(Event::Readable(id)));
        let mut read = 0;
        while read < buffer.len() {
            read += ready(server.read(id, &mut buffer[read..]));
        }
        drain(&mut server);
    }
}

/// Opens a stream, accepts it, closes it at both ends, without data.
fn open_and_close(rounds: u64) {
    let mut client = Connection::new(Role::Client, Config::default(), NOW);
    let mut server = Connection::new(Role::Server, Config::default(), NOW);
    for _ in 0..rounds {
        let here = ready(client.open());
        assert!(client.poll_opened(here).is_pending());
        pass(&mut client, &mut server);
        assert_eq!(server.poll_event(), Some(Event::Incoming));
        let there = ready(server.accept());
        pass(&mut server, &mut client);
        assert_eq!(client.poll_event(), Some(Event::OpenAvailable));
        assert_eq!(client.poll_event(), Some(Event::Opened(here)));
        ready(client.poll_opened(here));
        client.close_stream(here);
        pass(&mut client, &mut server);
        server.close_stream(there);
        pass(&mut server, &mut client);
        while client.poll_event().is_some() || server.poll_event().is_some() {}
    }
    assert_eq!(client.stream_count() + server.stream_count(), 0);
}

/// The peer's first stream, accepted.
fn accept(server: &mut Connection) -> StreamId {
    server.handle_input(NOW, &Message::Open(1, 0).encode());
    assert_eq!(server.poll_event(), Some(Event::Incoming));
    ready(server.accept())
}

/// Takes all that is to be sent; how much it is.
fn drain(from: &mut Connection) -> usize {
    let pieces = std::iter::from_fn(|| from.poll_transmit());
    pieces.map(|piece| black_box(piece).len()).sum()
}

fn pass(from: &mut Connection, to: &mut Connection) {
    while let Some(piece) = from.poll_transmit() {
        to.handle_input(NOW, &piece);
    }
}

fn ready<T>(poll: Poll<Result<T, Error>>) -> T {
    match poll {
        Poll::Ready(Ok(value)) => value,
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("it waits"),
    }
}
