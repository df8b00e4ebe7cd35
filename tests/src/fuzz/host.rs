//! A connection whose user does anything at all, and the books of what must come of it.

use std::collections::BTreeMap;
use std::task::Poll;

use strandmux::proto::{Connection, Event, Half, StreamId};
use strandmux::{CarrierError, Config, Error, Instant, MAX_DATA_MESSAGE, Role};

use super::source::Source;
use crate::audit::Audit;

/// More streams than this are not opened or accepted, so that a run stays short.
const MAX_STREAMS: usize = 64;

/// Rounds after which a host that is left alone has settled.
const MAX_ROUNDS: usize = 100_000;

/// A connection and its user.
#[derive(Debug)]
pub(super) struct Host {
    role: Role,
    pub(super) connection: Connection,
    pub(super) audit: Audit,
    pub(super) now: Instant,
    pub(super) streams: BTreeMap<u64, Use>,
    opening: Wait,
    accepting: Wait,
    /// Whether what the peer writes is the pattern.
    is_peer_faithful: bool,
    /// Whether the peer's last input was not taken to its end, so that the books do not have it.
    is_input_lost: bool,
    max_unsent: usize,
}

/// An operation that may wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Wait {
    /// There is none.
    #[default]
    No,
    /// It waits and has not been told anything.
    Waits,
    /// It was told to try again.
    Told,
}

/// A stream, as its user sees it.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) id: StreamId,
    pub(super) is_established: bool,
    pub(super) is_closed: bool,
    pub(super) written: usize,
    pub(super) read: usize,
    /// Whether this end half-closed or closed the stream, so that the other reads its end.
    pub(super) is_write_ended: bool,
    pub(super) is_end_read: bool,
    opened: Wait,
    reading: Wait,
    writing: Wait,
    /// How much the write that waits has.
    write_size: usize,
}

/// Byte `at` of what `sender` writes on stream `id`.
fn pattern(sender: Role, id: u64, at: usize) -> u8 {
    let at = at as u64;
    (id % 251 * 31 + at * 7 + (at >> 8) * 13 + u64::from(sender.is_even())) as u8
}

impl Host {
    /// A host whose peer is another host, or else anyone.
    pub(super) fn new(role: Role, config: Config, is_peer_faithful: bool) -> Self {
        let audit = Audit::new(role, config.stream_receive_window);
        Self {
            role,
            max_unsent: config.write_buffer_count.max(1) * MAX_DATA_MESSAGE,
            connection: Connection::new(role, config, Instant::ZERO),
            audit,
            now: Instant::ZERO,
            streams: BTreeMap::new(),
            opening: Wait::No,
            accepting: Wait::No,
            is_peer_faithful,
            is_input_lost: false,
        }
    }

    /// One thing that a user can do.
    pub(super) fn act(&mut self, source: &mut Source<'_>) {
        match source.byte() % 16 {
            0 => self.open(),
            1 => self.accept(),
            2..=4 => self.on_stream(source, |host, id, source| host.read(id, source.size())),
            5..=7 => self.on_stream(source, |host, id, source| host.write(id, source.size())),
            8 => self.on_stream(source, |host, id, _| host.cancel_write(id)),
            9 => self.on_stream(source, |host, id, _| host.close_write(id)),
            10 => self.on_stream(source, |host, id, _| host.close_stream(id)),
            11 => self.on_stream(source, Self::set_deadline),
            12 => self.on_stream(source, |host, id, _| host.poll_opened(id)),
            13 | 14 => self.events(1 + source.below(4)),
            _ if source.byte() == 255 => self.close(),
            _ => self.events(usize::MAX),
        }
        self.check();
    }

    fn on_stream(
        &mut self,
        source: &mut Source<'_>,
        act: impl FnOnce(&mut Self, u64, &mut Source<'_>),
    ) {
        if self.streams.is_empty() {
            return self.accept();
        }
        let at = source.below(self.streams.len());
        if let Some(id) = self.streams.keys().nth(at).copied() {
            act(self, id, source);
        }
    }

    fn open(&mut self) {
        self.opening = Wait::No;
        if self.streams.len() >= MAX_STREAMS {
            return;
        }
        match self.connection.open() {
            Poll::Pending => self.opening = Wait::Waits,
            Poll::Ready(Ok(id)) => {
                self.insert(id, false);
                self.poll_opened(id.value());
            }
            Poll::Ready(Err(error)) => self.expect_closed(&error),
        }
    }

    fn poll_opened(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id).filter(|s| !s.is_established) else {
            return;
        };
        stream.opened = Wait::No;
        match self.connection.poll_opened(stream.id) {
            Poll::Pending => stream.opened = Wait::Waits,
            Poll::Ready(Ok(())) => stream.is_established = true,
            Poll::Ready(Err(error)) => {
                let is_rejected = error == Error::StreamRejected;
                if is_rejected || error == Error::StreamClosed {
                    assert!(is_rejected || stream.is_closed, "{stream:?}");
                    stream.is_closed = true;
                    // Nobody but this test reads ahead of the answer.
                    stream.reading = Wait::No;
                } else {
                    self.expect_closed(&error);
                }
            }
        }
    }

    fn accept(&mut self) {
        self.accepting = Wait::No;
        if self.streams.len() >= MAX_STREAMS {
            return;
        }
        match self.connection.accept() {
            Poll::Pending => self.accepting = Wait::Waits,
            Poll::Ready(Ok(id)) => self.insert(id, true),
            Poll::Ready(Err(error)) => self.expect_closed(&error),
        }
    }

    fn insert(&mut self, id: StreamId, is_established: bool) {
        let stream = Use {
            id,
            is_established,
            is_closed: false,
            written: 0,
            read: 0,
            is_write_ended: false,
            is_end_read: false,
            opened: Wait::No,
            reading: Wait::No,
            writing: Wait::No,
            write_size: 0,
        };
        let replaced = self.streams.insert(id.value(), stream);
        assert!(replaced.is_none(), "identifier {id} was used twice");
    }

    pub(super) fn read(&mut self, id: u64, size: usize) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        stream.reading = Wait::No;
        let mut buffer = vec![0; size];
        let read = match self.connection.read(stream.id, &mut buffer) {
            Poll::Pending => {
                stream.reading = Wait::Waits;
                return;
            }
            Poll::Ready(read) => read,
        };
        match read {
            Ok(0) if size == 0 => {}
            Ok(len) => {
                assert!(!stream.is_closed, "a read on a closed stream");
                let peer = self.role.peer();
                let is_right = |(at, byte): (usize, &u8)| *byte == pattern(peer, id, at);
                let is_intact = (stream.read..).zip(&buffer[..len]).all(is_right);
                assert!(is_intact || !self.is_peer_faithful, "wrong bytes on {id}");
                stream.read += len;
                stream.is_end_read = len == 0;
                if !self.is_input_lost {
                    self.audit.on_read(id, &buffer[..len]);
                }
                if len == 0 && !self.is_input_lost {
                    self.audit.on_end_of_stream(id);
                }
            }
            Err(Error::StreamClosed) => assert!(stream.is_closed),
            Err(Error::DeadlineExceeded) => {}
            Err(Error::Aborted) => assert!(self.connection.config().close_means_abort),
            Err(error) => self.expect_closed(&error),
        }
    }

    pub(super) fn write(&mut self, id: u64, size: usize) {
        let Some(stream) = self.streams.get_mut(&id).filter(|s| s.is_established) else {
            return;
        };
        stream.writing = Wait::No;
        let start = stream.written;
        let data: Vec<u8> = (start..start + size)
            .map(|at| pattern(self.role, id, at))
            .collect();
        match self.connection.write(stream.id, &data) {
            Poll::Pending => {
                stream.writing = Wait::Waits;
                stream.write_size = size;
            }
            Poll::Ready(Ok(len)) => {
                assert!(len <= size && (len > 0) == (size > 0));
                assert!(!stream.is_write_ended || len == 0);
                stream.written += len;
                self.audit.on_write(id, &data[..len]);
            }
            Poll::Ready(Err(Error::StreamClosed)) => assert!(stream.is_closed),
            Poll::Ready(Err(Error::WriteClosed)) => assert!(stream.is_write_ended),
            Poll::Ready(Err(Error::RemoteClosed | Error::DeadlineExceeded)) => {}
            Poll::Ready(Err(error)) => self.expect_closed(&error),
        }
    }

    fn cancel_write(&mut self, id: u64) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.writing = Wait::No;
            self.connection.cancel_write(stream.id);
        }
    }

    fn close_write(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id).filter(|s| s.is_established) else {
            return;
        };
        stream.is_write_ended = true;
        // A write that waits is its caller's to end.
        stream.writing = Wait::No;
        self.audit.on_close_write(id);
        self.connection.close_write(stream.id);
    }

    fn close_stream(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        self.audit.on_close(id);
        stream.is_closed = true;
        stream.is_write_ended = true;
        stream.opened = Wait::No;
        stream.reading = Wait::No;
        stream.writing = Wait::No;
        self.connection.close_stream(stream.id);
        assert!(!self.connection.is_known(stream.id));
    }

    fn set_deadline(&mut self, id: u64, source: &mut Source<'_>) {
        let half = source.pick(&[Half::Read, Half::Write]);
        let deadline = match source.byte() % 3 {
            0 => None,
            1 => Some(Instant::ZERO),
            _ => Some(self.now + source.time()),
        };
        if let Some(stream) = self.streams.get(&id) {
            self.connection
                .set_deadline(self.now, stream.id, half, deadline);
        }
    }

    /// Takes events, and does what they are about.
    pub(super) fn events(&mut self, most: usize) {
        for _ in 0..most {
            let Some(event) = self.connection.poll_event() else {
                return;
            };
            self.on_event(event);
        }
    }

    fn on_event(&mut self, event: Event) {
        let tell = |wait: &mut Wait| {
            if *wait == Wait::Waits {
                *wait = Wait::Told;
            }
        };
        let told = match event {
            Event::OpenAvailable => &mut self.opening,
            Event::Incoming => &mut self.accepting,
            Event::Opened(id) | Event::Readable(id) | Event::Writable(id) => {
                let Some(stream) = self.streams.get_mut(&id.value()) else {
                    panic!("{event:?} of no stream");
                };
                assert!(!stream.is_closed, "{event:?} of a closed stream");
                match event {
                    Event::Opened(_) => &mut stream.opened,
                    Event::Readable(_) => &mut stream.reading,
                    _ => &mut stream.writing,
                }
            }
            Event::Closed => {
                assert!(self.connection.close_reason().is_some());
                tell(&mut self.opening);
                tell(&mut self.accepting);
                for stream in self.streams.values_mut() {
                    tell(&mut stream.opened);
                    tell(&mut stream.reading);
                    tell(&mut stream.writing);
                }
                return;
            }
            other => panic!("{other:?} is news to this test"),
        };
        tell(told);
    }

    /// Closes the connection.
    pub(super) fn close(&mut self) {
        self.connection.close();
    }

    /// The carrier fails.
    pub(super) fn fail(&mut self) {
        self.connection
            .handle_carrier_error(CarrierError::io("the cable is cut"));
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        let was_open = self.connection.close_reason().is_none();
        self.connection.handle_input(self.now, bytes);
        if self.connection.close_reason().is_none() {
            self.audit.on_received(bytes);
        } else if was_open {
            self.is_input_lost = true;
        }
        self.check();
    }

    /// A piece of output.
    pub(super) fn transmit(&mut self) -> Option<Vec<u8>> {
        let piece = self.connection.poll_transmit()?;
        let limit = self.connection.config().max_message_size.max(64);
        assert!(!piece.is_empty() && piece.len() <= limit);
        self.audit.on_sent(&piece);
        Some(piece)
    }

    pub(super) fn advance(&mut self, time: std::time::Duration) {
        self.now = self.now + time;
        self.connection.handle_timeout(self.now);
        self.check();
    }

    /// What is true at any time.
    pub(super) fn check(&self) {
        let faults = self.audit.faults();
        assert!(faults.is_empty(), "{faults:#?}");
        let unsent = self.audit.unsent();
        if self.connection.close_reason().is_none() {
            assert!(unsent <= self.max_unsent, "{unsent} bytes wait to leave");
        }
        for stream in self.streams.values() {
            let unread = self.connection.unread(stream.id) as u64;
            assert!(unread <= self.connection.config().stream_receive_window);
        }
    }

    /// Takes all events and lets what was told try again, until nothing is told. What has not been told has
    /// nothing to do either.
    pub(super) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < MAX_ROUNDS, "it never settles");
            self.events(usize::MAX);
            let told = |wait: Wait| wait == Wait::Told;
            let told_stream = self.streams.values().find_map(|stream| {
                let all = [stream.opened, stream.reading, stream.writing];
                all.into_iter().any(told).then_some(stream.id.value())
            });
            if told(self.opening) {
                self.open();
            } else if told(self.accepting) {
                self.accept();
            } else if let Some(id) = told_stream {
                self.retry(id);
            } else {
                break;
            }
            self.check();
        }
        self.check_waiting();
    }

    fn retry(&mut self, id: u64) {
        let Some(stream) = self.streams.get(&id) else {
            return;
        };
        let size = stream.write_size;
        let (opened, reading, writing) = (stream.opened, stream.reading, stream.writing);
        if opened == Wait::Told {
            self.poll_opened(id);
        }
        if reading == Wait::Told {
            self.read(id, 1_000);
        }
        if writing == Wait::Told {
            self.write(id, size);
        }
    }

    /// An operation that waits and has not been told anything would still wait.
    fn check_waiting(&mut self) {
        if self.opening == Wait::Waits {
            assert!(self.connection.open().is_pending(), "an open was not told");
        }
        if self.accepting == Wait::Waits {
            let accepted = self.connection.accept();
            assert!(accepted.is_pending(), "an accept was not told");
        }
        for stream in self.streams.values() {
            let id = stream.id;
            if stream.opened == Wait::Waits {
                let opened = self.connection.poll_opened(id);
                assert!(opened.is_pending(), "open {id} was not told");
            }
            if stream.reading == Wait::Waits {
                let read = self.connection.read(id, &mut [0]);
                assert!(
                    read.is_pending(),
                    "read {id} was not told: {read:?} {:?} {stream:?}",
                    self.connection.close_reason()
                );
            }
            if stream.writing == Wait::Waits && stream.write_size > 0 {
                let data = vec![0; stream.write_size];
                let written = self.connection.write(id, &data);
                assert!(written.is_pending(), "write {id} was not told");
            }
        }
    }

    /// The connection has closed: nothing waits any longer, and nothing more leaves.
    pub(super) fn assert_ended(&mut self) {
        assert!(self.connection.close_reason().is_some());
        self.settle();
        let waits = |wait: Wait| wait != Wait::No;
        assert!(!waits(self.opening) && !waits(self.accepting));
        for stream in self.streams.values() {
            let all = [stream.opened, stream.reading, stream.writing];
            assert!(!all.into_iter().any(waits), "{stream:?} still waits");
        }
    }

    fn expect_closed(&self, error: &Error) {
        let Error::MultiplexerClosed(reason) = error else {
            panic!("{error}");
        };
        assert_eq!(self.connection.close_reason(), Some(reason));
    }
}
