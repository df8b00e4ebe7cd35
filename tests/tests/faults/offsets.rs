//! The carrier dies at every byte of a session.

use std::collections::BTreeMap;
use std::task::Poll;

use strandmux::proto::{Connection, Event, StreamId};
use strandmux::{CloseInfo, CloseReason, Config, Error, Instant, Role};

use super::session::{WORDS, arrived, cut};

const NOW: Instant = Instant::ZERO;

/// One end with a user that does all it can.
struct User {
    connection: Connection,
    role: Role,
    /// What is to be written on each stream in use, and whether its end is to be written, too.
    streams: BTreeMap<StreamId, Flow>,
    opening: Vec<StreamId>,
}

#[derive(Default)]
struct Flow {
    to_write: Vec<u8>,
    is_complete: bool,
    read: Vec<u8>,
    has_ended: bool,
}

impl User {
    fn new(role: Role) -> Self {
        let mut config = Config::default();
        // So that the session has increments and several messages a stream.
        config.stream_receive_window = 16;
        let mut user = Self {
            connection: Connection::new(role, config, NOW),
            role,
            streams: BTreeMap::new(),
            opening: Vec::new(),
        };
        for _ in WORDS.iter().filter(|_| role == Role::Client) {
            if let Poll::Ready(Ok(id)) = user.connection.open() {
                user.opening.push(id);
            }
        }
        user
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.connection.handle_input(NOW, bytes);
        self.work();
    }

    fn work(&mut self) {
        let words = |id: StreamId| WORDS[(id.value() / 2) as usize].as_bytes().to_vec();
        let opening = std::mem::take(&mut self.opening);
        for id in opening {
            if self.connection.poll_opened(id).is_pending() {
                self.opening.push(id);
            } else {
                let flow = Flow {
                    to_write: words(id),
                    is_complete: true,
                    ..Flow::default()
                };
                self.streams.insert(id, flow);
            }
        }
        while let Poll::Ready(Ok(id)) = self.connection.accept() {
            self.streams.insert(id, Flow::default());
        }
        for (id, flow) in &mut self.streams {
            let mut buffer = [0; 100];
            while let Poll::Ready(Ok(len)) = self.connection.read(*id, &mut buffer) {
                flow.read.extend_from_slice(&buffer[..len]);
                if self.role == Role::Server {
                    flow.to_write.extend_from_slice(&buffer[..len]);
                }
                if len == 0 {
                    flow.has_ended = true;
                    flow.is_complete = true;
                    break;
                }
            }
            while !flow.to_write.is_empty()
                && let Poll::Ready(Ok(len)) = self.connection.write(*id, &flow.to_write)
            {
                flow.to_write.drain(..len);
            }
            if flow.is_complete && flow.to_write.is_empty() {
                self.connection.close_write(*id);
            }
        }
    }
}

/// The pieces that each end received in a whole session: the client's, the server's.
fn session() -> [Vec<Vec<u8>>; 2] {
    let mut users = [Role::Client, Role::Server].map(User::new);
    let mut received = [Vec::new(), Vec::new()];
    let mut is_quiet = false;
    while !is_quiet {
        is_quiet = true;
        for at in [0, 1] {
            while let Some(piece) = users[at].connection.poll_transmit() {
                users[1 - at].receive(&piece);
                received[1 - at].push(piece);
                is_quiet = false;
            }
        }
    }
    for user in &users {
        assert!(user.streams.values().all(|flow| flow.has_ended));
        let read: Vec<_> = user.streams.values().map(|flow| &flow.read[..]).collect();
        assert_eq!(read, WORDS.map(str::as_bytes));
    }
    received
}

/// How the carrier dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    End,
    Failure,
}

/// What the carrier has taken of the output when it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaves {
    All,
    /// Nothing of what the last input has led to.
    NotTheLast,
}

fn die_after(role: Role, pieces: &[Vec<u8>], len: usize, death: Death, leaves: Leaves) {
    let mut user = User::new(role);
    let mut left = len;
    let _ = user.connection.poll_transmit();
    for piece in pieces {
        let arrived = &piece[..piece.len().min(left)];
        left -= arrived.len();
        user.receive(arrived);
        // What it sends is of no interest; but the peer answers only what has left.
        let is_last = left == 0;
        if !is_last || leaves == Leaves::All {
            while user.connection.poll_transmit().is_some() {}
        }
        if is_last {
            break;
        }
    }
    let (streams, is_at_boundary) = arrived(&pieces.concat()[..len]);
    let error = cut();
    let reason = match death {
        Death::Failure => CloseReason::Carrier(error.clone()),
        Death::End if is_at_boundary => CloseReason::Remote(CloseInfo::default()),
        Death::End => CloseReason::TruncatedMessage,
    };
    while user.connection.poll_event().is_some() {}
    match death {
        Death::Failure => user.connection.handle_carrier_error(error),
        Death::End => user.connection.handle_end(),
    }
    let how = format!("{role:?} after {len} bytes, {death:?}, {leaves:?}");
    assert_eq!(user.connection.close_reason(), Some(&reason), "{how}");
    assert_eq!(user.connection.poll_event(), Some(Event::Closed), "{how}");
    assert_settled(&mut user, reason, &how);
    for (id, flow) in &user.streams {
        let (data, has_ended) = streams.get(&id.value()).cloned().unwrap_or_default();
        assert_eq!(flow.read, data, "{how}: stream {id}");
        assert_eq!(flow.has_ended, has_ended, "{how}: stream {id}");
    }
    // What arrives now is too late.
    let reads = |user: &User| -> Vec<_> { user.streams.values().map(|f| f.read.clone()).collect() };
    let before = reads(&user);
    user.receive(&pieces.concat()[len..]);
    assert_eq!(reads(&user), before, "{how}");
    assert!(user.connection.poll_event().is_none(), "{how}");
}

/// Nothing waits any longer, and nothing is to be done.
fn assert_settled(user: &mut User, reason: CloseReason, how: &str) {
    user.work();
    let closed = Error::MultiplexerClosed(reason);
    let connection = &mut user.connection;
    assert_eq!(connection.open(), Poll::Ready(Err(closed.clone())), "{how}");
    assert_eq!(
        connection.accept(),
        Poll::Ready(Err(closed.clone())),
        "{how}"
    );
    for (id, flow) in &user.streams {
        let end = if flow.has_ended {
            Ok(0)
        } else {
            Err(closed.clone())
        };
        let read = connection.read(*id, &mut [0]);
        assert_eq!(read, Poll::Ready(end), "{how}: stream {id}");
        let written = connection.write(*id, b"x");
        assert!(matches!(written, Poll::Ready(Err(_))), "{how}: stream {id}");
    }
    for id in &user.opening {
        let opened = connection.poll_opened(*id);
        assert_eq!(opened, Poll::Ready(Err(closed.clone())), "{how}");
    }
    assert_eq!(connection.poll_transmit(), None, "{how}");
    assert_eq!(connection.poll_timeout(), None, "{how}");
    assert!(connection.is_drained(), "{how}");
}

#[test]
fn the_carrier_may_die_at_every_byte() {
    let received = session();
    for (role, pieces) in [Role::Client, Role::Server].into_iter().zip(&received) {
        let len = pieces.concat().len();
        assert!(len > 100, "{len} bytes are no session");
        for at in 0..=len {
            for death in [Death::End, Death::Failure] {
                for leaves in [Leaves::All, Leaves::NotTheLast] {
                    die_after(role, pieces, at, death, leaves);
                }
            }
        }
    }
}
