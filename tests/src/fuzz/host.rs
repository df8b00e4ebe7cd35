//! A connection whose user does anything at all, and the books of what must come of it.

use std::collections::BTreeMap;
use std::task::Poll;
use std::time::Duration;

use strandmux::proto::{Connection, Half, StreamId};
use strandmux::{
    CarrierError, Chunk, CloseInfo, CloseReason, Config, Error, Instant, MAX_DATA_MESSAGE,
    Priority, Role,
};

use super::source::Source;
use super::waits::{Wait, Waits};
use crate::audit::Audit;
use crate::elsewhere::{Elsewhere, take_all};

/// More streams than this are not opened or accepted, so that a run stays short.
const MAX_STREAMS: usize = 64;

/// A connection and its user.
#[derive(Debug)]
pub(super) struct Host {
    role: Role,
    pub(super) connection: Connection<Elsewhere>,
    pub(super) audit: Audit,
    pub(super) now: Instant,
    pub(super) streams: BTreeMap<u64, Use>,
    pub(super) opening: Wait,
    pub(super) accepting: Wait,
    /// How long this end still sends, once its user has closed the connection.
    flush: Option<Flush>,
    /// The most that the peer could make it hold on a stream.
    pub(super) largest_window: u64,
    /// Whether what the peer writes is the pattern.
    is_peer_faithful: bool,
    /// Whether the peer's last input was not taken to its end, so that the books do not have it.
    is_input_lost: bool,
    max_unsent: usize,
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
    pub(super) waits: Waits,
}

/// How something is read or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// In memory of this program's.
    Copied,
    /// As it lies, in foreign memory as far as possible.
    AsItLies,
}

/// What was promised about output when the connection was closed.
#[derive(Debug)]
struct Flush {
    /// Until when it is sent; from the next time-out on if nothing was said.
    by: Option<Instant>,
    is_over: bool,
}

/// Byte `at` of what `sender` writes on stream `id`.
fn pattern(sender: Role, id: u64, at: usize) -> u8 {
    let at = at as u64;
    (id % 251 * 31 + at * 7 + (at >> 8) * 13 + u64::from(sender.is_even())) as u8
}

impl Host {
    /// A host whose peer is another host, or else anyone.
    pub(super) fn new(role: Role, config: Config, is_peer_faithful: bool) -> Self {
        let audit = Audit::new(role, config.stream_receive_window)
            .with_growth(config.max_stream_receive_window);
        Self {
            role,
            max_unsent: config.write_buffer_count.max(1) * MAX_DATA_MESSAGE,
            connection: Connection::with_foreign_bytes(role, config, Instant::ZERO),
            audit,
            now: Instant::ZERO,
            streams: BTreeMap::new(),
            opening: Wait::No,
            accepting: Wait::No,
            flush: None,
            largest_window: 0,
            is_peer_faithful,
            is_input_lost: false,
        }
    }

    /// One thing that a user can do.
    pub(super) fn act(&mut self, source: &mut Source<'_>) {
        match source.byte() % 20 {
            0 => self.open(),
            1 => self.accept(),
            2 | 3 => self.on_stream(source, |host, id, source| {
                host.read(id, source.size(), How::Copied);
            }),
            4 => self.on_stream(source, |host, id, source| {
                host.read(id, source.size(), How::AsItLies);
            }),
            5..=7 => self.on_stream(source, |host, id, source| host.write(id, source.size())),
            8 => self.on_stream(source, |host, id, _| host.cancel_write(id)),
            9 => self.on_stream(source, |host, id, _| host.close_write(id)),
            10 => self.on_stream(source, |host, id, _| host.close_stream(id)),
            11 => self.on_stream(source, Self::set_deadline),
            12 => self.on_stream(source, |host, id, _| host.poll_opened(id)),
            13 => self.on_stream(source, Self::set_priority),
            14 => self.on_stream(source, |host, id, source| {
                host.poll_ended(id, source.pick(&[Half::Read, Half::Write]));
            }),
            15..=17 => self.events(1 + source.below(4)),
            _ if source.byte() == 255 => self.close(source),
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

    pub(super) fn open(&mut self) {
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

    pub(super) fn poll_opened(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id).filter(|s| !s.is_established) else {
            return;
        };
        stream.waits.opened = Wait::No;
        match self.connection.poll_opened(stream.id) {
            Poll::Pending => stream.waits.opened = Wait::Waits,
            Poll::Ready(Ok(())) => stream.is_established = true,
            Poll::Ready(Err(error)) => {
                let is_rejected = error == Error::StreamRejected;
                if is_rejected || error == Error::StreamClosed {
                    assert!(is_rejected || stream.is_closed, "{stream:?}");
                    stream.is_closed = true;
                    // Nobody but this test reads ahead of the answer.
                    stream.waits = Waits::default();
                } else {
                    self.expect_closed(&error);
                }
            }
        }
    }

    pub(super) fn accept(&mut self) {
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
            waits: Waits::default(),
        };
        let replaced = self.streams.insert(id.value(), stream);
        assert!(replaced.is_none(), "identifier {id} was used twice");
    }

    pub(super) fn read(&mut self, id: u64, size: usize, how: How) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        stream.waits.reading = Wait::No;
        let read = match how {
            How::Copied => {
                let mut buffer = vec![0; size];
                let read = self.connection.read(stream.id, &mut buffer);
                read.map_ok(|len| buffer[..len].to_vec())
            }
            How::AsItLies => {
                let read = self.connection.read_chunk(stream.id, size);
                read.map_ok(|chunk: Option<Chunk<_>>| chunk.map_or_else(Vec::new, take_all))
            }
        };
        let read = match read {
            Poll::Pending => {
                stream.waits.reading = Wait::Waits;
                return;
            }
            Poll::Ready(read) => read,
        };
        match read {
            Ok(_) if size == 0 && how == How::Copied => {}
            Ok(bytes) => {
                let len = bytes.len();
                assert!(!stream.is_closed, "a read on a closed stream");
                assert!(len <= size.max(1), "{len} bytes, more than {size}");
                let peer = self.role.peer();
                let is_right = |(at, byte): (usize, &u8)| *byte == pattern(peer, id, at);
                let is_intact = (stream.read..).zip(&bytes).all(is_right);
                assert!(is_intact || !self.is_peer_faithful, "wrong bytes on {id}");
                stream.read += len;
                stream.is_end_read = len == 0;
                if !self.is_input_lost {
                    self.audit.on_read(id, &bytes);
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
        stream.waits.writing = Wait::No;
        let start = stream.written;
        let data: Vec<u8> = (start..start + size)
            .map(|at| pattern(self.role, id, at))
            .collect();
        match self.connection.write(stream.id, &data) {
            Poll::Pending => {
                stream.waits.writing = Wait::Waits;
                stream.waits.write_size = size;
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
            stream.waits.writing = Wait::No;
            self.connection.cancel_write(stream.id);
        }
    }

    fn close_write(&mut self, id: u64) {
        let Some(stream) = self.streams.get_mut(&id).filter(|s| s.is_established) else {
            return;
        };
        stream.is_write_ended = true;
        // A write that waits is its caller's to end, and so is who waits for its end.
        stream.waits.writing = Wait::No;
        stream.waits.ended[1] = Wait::No;
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
        stream.waits = Waits::default();
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

    fn set_priority(&mut self, id: u64, source: &mut Source<'_>) {
        let priority = Priority::new(source.byte() % Priority::CLASSES).unwrap_or_default();
        let Some(stream) = self.streams.get(&id) else {
            return;
        };
        self.connection.set_priority(stream.id, priority);
        if !stream.is_closed {
            assert_eq!(self.connection.priority(stream.id), priority);
        }
    }

    pub(super) fn poll_ended(&mut self, id: u64, half: Half) {
        let Some(stream) = self.streams.get_mut(&id) else {
            return;
        };
        let (at, is_ended_here) = match half {
            Half::Read => (0, false),
            Half::Write => (1, stream.is_write_ended),
        };
        let is_ended_by_peer = match half {
            Half::Read => self.audit.is_remote_finished(id),
            Half::Write => self.audit.is_remote_closed(id),
        };
        let is_open = self.connection.close_reason().is_none();
        let has_ended = stream.is_closed || is_ended_here || is_ended_by_peer || !is_open;
        let ended = self.connection.poll_ended(stream.id, half);
        assert_eq!(ended.is_ready(), has_ended, "{half:?} of {stream:?}");
        stream.waits.ended[at] = match ended {
            Poll::Pending => Wait::Waits,
            Poll::Ready(()) => Wait::No,
        };
    }

    /// Closes the connection, in one of the ways that there are.
    pub(super) fn close(&mut self, source: &mut Source<'_>) {
        let was_open = self.connection.close_reason().is_none();
        let info = CloseInfo::new(4_000, "enough");
        let (reason, by) = match source.byte() % 3 {
            0 => {
                self.connection.close();
                (CloseInfo::default(), None)
            }
            1 => {
                self.connection.close_with(info.clone());
                (info, None)
            }
            _ => {
                let by = self.now + source.time();
                self.connection.close_by(info.clone(), by);
                (info, Some(by))
            }
        };
        if was_open {
            let reason = CloseReason::Local(reason);
            assert_eq!(self.connection.close_reason(), Some(&reason));
            self.flush = Some(Flush { by, is_over: false });
        }
    }

    /// Whether everything that was written has to leave.
    pub(super) fn keeps_sending(&self) -> bool {
        match self.connection.close_reason() {
            None => true,
            Some(CloseReason::Local(_)) => self.flush.as_ref().is_some_and(|flush| !flush.is_over),
            Some(_) => false,
        }
    }

    /// The carrier fails.
    pub(super) fn fail(&mut self) {
        self.connection
            .handle_carrier_error(CarrierError::io("the cable is cut"));
        self.flush = None;
    }

    pub(super) fn receive(&mut self, bytes: &[u8], how: How) {
        let was_open = self.connection.close_reason().is_none();
        match how {
            How::Copied => self.connection.handle_input(self.now, bytes),
            How::AsItLies => {
                let input = Elsewhere::new(bytes);
                self.connection.handle_foreign_input(self.now, input);
            }
        }
        if self.connection.close_reason().is_none() {
            self.audit.on_received(bytes);
        } else if was_open {
            self.is_input_lost = true;
        }
        self.check();
    }

    /// A piece of output.
    pub(super) fn transmit(&mut self) -> Option<Vec<u8>> {
        let has_output = self.connection.has_output();
        let piece = self.connection.poll_transmit()?;
        assert!(has_output, "output that it did not have");
        let limit = self.connection.config().max_message_size.max(64);
        assert!(!piece.is_empty() && piece.len() <= limit);
        self.audit.on_sent(&piece);
        Some(piece)
    }

    pub(super) fn advance(&mut self, time: Duration) {
        self.now = self.now + time;
        if let Some(flush) = &mut self.flush {
            let by = flush
                .by
                .get_or_insert(self.now + self.connection.config().close_timeout);
            flush.is_over |= *by <= self.now;
        }
        self.connection.handle_timeout(self.now);
        let next = self.connection.poll_timeout();
        assert!(
            next.is_none_or(|next| next > self.now),
            "due at {next:?} once more"
        );
        self.check();
    }

    /// How long it is until its next time-out, if there is one.
    pub(super) fn until_timeout(&self) -> Duration {
        let next = self.connection.poll_timeout();
        next.map_or(Duration::ZERO, |next| {
            next.saturating_duration_since(self.now)
        })
    }

    /// What is true at any time.
    pub(super) fn check(&mut self) {
        let faults = self.audit.faults();
        assert!(faults.is_empty(), "{faults:#?}");
        let connection = &self.connection;
        let is_open = connection.close_reason().is_none();
        let unsent = self.audit.unsent();
        if is_open {
            assert!(unsent <= self.max_unsent, "{unsent} bytes wait to leave");
            self.check_windows();
        }
        let stats = connection.stats();
        let of_streams = self.streams.values();
        let unread: usize = of_streams.map(|stream| connection.unread(stream.id)).sum();
        assert_eq!(stats.unread_bytes, unread);
        if let Some(partial) = connection.partial_output() {
            assert!(is_open && connection.has_output());
            assert_eq!(partial, stats.buffered_bytes);
        }
        if connection.is_drained() {
            assert!(!is_open && !connection.has_output());
            assert_eq!(connection.poll_timeout(), None);
        }
        for stream in self.streams.values() {
            let of_stream = connection.stream_stats(stream.id);
            assert_eq!(of_stream.is_none(), stream.is_closed);
            let window = of_stream.map_or(0, |stats| stats.receive_window);
            self.largest_window = self.largest_window.max(window);
        }
    }

    /// What the peer can make it hold is what was configured.
    fn check_windows(&self) {
        let config = self.connection.config();
        let first = config.stream_receive_window;
        let most = first.max(config.max_stream_receive_window);
        for stream in self.streams.values() {
            let unread = self.connection.unread(stream.id) as u64;
            assert!(unread <= most, "{unread} bytes on stream {}", stream.id);
        }
        let first_windows = u128::from(first) * self.audit.live_streams() as u128;
        // The stream that grew last had its first window within the budget; those that came after it have theirs beyond.
        let growth = match most > first {
            true => config.receive_budget.saturating_sub(first),
            false => 0,
        };
        let (held, most) = (
            self.audit.held_at_most(),
            first_windows + u128::from(growth),
        );
        assert!(held <= most, "{held} bytes, more than {most}");
    }

    fn expect_closed(&self, error: &Error) {
        let Error::MultiplexerClosed(reason) = error else {
            panic!("{error}");
        };
        assert_eq!(self.connection.close_reason(), Some(reason));
    }
}
