//! One end of a multiplexed carrier.

use alloc::collections::VecDeque;
use core::task::Poll;

use super::heartbeat::Heartbeat;
use super::ids::Ids;
use super::inbound::Decoder;
use super::outbox::Outbox;
use super::state::{Phase, State};
use super::stream::{Stream, StreamId};
use super::table::{Queue, Table};
use crate::config::{Config, Role};
use crate::error::{CarrierError, CloseReason, Error};
use crate::time::Instant;

/// One end of a multiplexed carrier.
///
/// Its methods are of four kinds. *Getters* change nothing. *`handle_*`* says what happened outside:
/// input, the carrier's end or failure, time. *Commands* ([`open`](Self::open), [`accept`](Self::accept),
/// [`read`](Self::read), [`write`](Self::write), [`close_write`](Self::close_write),
/// [`close_stream`](Self::close_stream), [`close`](Self::close)) are the user's. *`poll_*`* gives the
/// outputs: bytes to send, the next time-out, events. A command that answers [`Poll::Pending`] is worth calling
/// again after the event that its documentation names. Events of a stream come only for what was waited for.
///
/// No sequence of calls and no input panics.
#[derive(Debug)]
pub struct Connection {
    pub(super) role: Role,
    pub(super) config: Config,
    pub(super) close_reason: Option<CloseReason>,
    /// While closing: what was written is still to be handed over.
    pub(super) flush: Option<Flush>,
    pub(super) heartbeat: Heartbeat,
    pub(super) ids: Ids,
    pub(super) decoder: Decoder,
    pub(super) streams: Table,
    /// Streams that wait to be accepted, oldest first.
    pub(super) backlog: VecDeque<StreamId>,
    /// Streams of the peer that exist, in the backlog or accepted.
    pub(super) inbound: usize,
    /// Streams that wait for the peer's answer.
    pub(super) unaccepted: usize,
    /// Streams beyond the backlog, whose rejection is to be sent.
    pub(super) rejections: VecDeque<u64>,
    pub(super) outbox: Outbox,
    /// The round of promises made to writers; see [`turns`](super::turns).
    pub(super) round: u32,
    pub(super) ready: Ready,
}

/// How long a closing connection still sends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Flush {
    /// Until a time-out that begins when time is next told.
    Asked,
    By(Instant),
}

/// What has turned up for operations on the connection as a whole, and nobody was told.
#[derive(Debug, Default)]
pub(super) struct Ready {
    pub(super) open: bool,
    pub(super) accept: bool,
    pub(super) closed: bool,
}

/// Something that an operation waited for. The operation may still find nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// [`Connection::open`] can be tried again.
    OpenAvailable,
    /// [`Connection::accept`] can be tried again.
    Incoming,
    /// The peer has answered an open: [`Connection::poll_opened`].
    Opened(StreamId),
    /// [`Connection::read`] can be tried again.
    Readable(StreamId),
    /// [`Connection::write`] can be tried again. The stream has a turn; it lapses if others wait and
    /// it is not used.
    Writable(StreamId),
    /// The connection has closed: every operation is worth trying again, as none waits any longer.
    Closed,
}

impl Connection {
    /// A connection that begins at `now`.
    pub fn new(role: Role, config: Config, now: Instant) -> Self {
        Self {
            role,
            close_reason: None,
            flush: None,
            heartbeat: Heartbeat::new(&config, now),
            ids: Ids::new(role, config.tolerate_reordered_opens),
            decoder: Decoder::default(),
            streams: Table::new(),
            backlog: VecDeque::new(),
            inbound: 0,
            unaccepted: 0,
            rejections: VecDeque::new(),
            outbox: Outbox::new(
                config.outbox_capacity(),
                config.effective_max_message_size(),
            ),
            round: 0,
            ready: Ready::default(),
            config,
        }
    }

    /// Opens the next stream with `id` instead of the lowest identifier: for tests of large ones.
    ///
    /// `id` must be one of this end's and above those already used.
    #[doc(hidden)]
    pub fn set_next_outbound_id(&mut self, id: u64) {
        self.ids.set_next_outbound(id);
    }

    /// Which identifiers this end opens streams with.
    pub fn role(&self) -> Role {
        self.role
    }

    /// What the connection was configured with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Why the connection closed, or `None` while it is open.
    pub fn close_reason(&self) -> Option<&CloseReason> {
        self.close_reason.as_ref()
    }

    /// Streams that the peer can still name, both ends' together.
    pub fn stream_count(&self) -> usize {
        self.streams.len()
    }

    /// Whether the connection has closed and has nothing left to send, so that the carrier can go.
    pub fn is_drained(&self) -> bool {
        self.close_reason.is_some() && self.flush.is_none()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing changes before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.close_reason.is_none() {
            return self.heartbeat.next();
        }
        self.flush.map(|flush| match flush {
            Flush::Asked => Instant::ZERO,
            Flush::By(by) => by,
        })
    }

    /// The next thing that an operation waited for.
    pub fn poll_event(&mut self) -> Option<Event> {
        let take = core::mem::take::<bool>;
        if take(&mut self.ready.closed) {
            return Some(Event::Closed);
        }
        if take(&mut self.ready.accept) {
            return Some(Event::Incoming);
        }
        if take(&mut self.ready.open) {
            return Some(Event::OpenAvailable);
        }
        let (id, stream) = self.streams.first(Queue::Ready)?;
        let event = if take(&mut stream.ready.open) {
            Event::Opened(id)
        } else if take(&mut stream.ready.read) {
            Event::Readable(id)
        } else {
            stream.ready.write = false;
            Event::Writable(id)
        };
        if stream.ready.is_empty() {
            self.streams.pop(Queue::Ready);
        }
        Some(event)
    }

    /// Time has passed. Call it when [`poll_timeout`](Self::poll_timeout) is due, and also on every
    /// other occasion: a heartbeat that is due leaves then, even if timers are late. Handle input that
    /// has arrived first, so that a peer is not declared dead whose heartbeat lies waiting.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.close_reason.is_some() {
            return self.limit_flush(now);
        }
        if self.heartbeat.is_overdue(now) {
            return self.fail(CloseReason::HeartbeatTimeout);
        }
        self.heartbeat.tick(now);
    }

    fn limit_flush(&mut self, now: Instant) {
        let by = match self.flush {
            None => return,
            Some(Flush::Asked) => now + self.config.close_timeout,
            Some(Flush::By(by)) => by,
        };
        self.flush = Some(Flush::By(by));
        if by <= now {
            self.abandon_output();
        }
    }

    /// The carrier's input ended.
    pub fn handle_end(&mut self) {
        let reason = if self.decoder.is_at_boundary() {
            CloseReason::Remote
        } else {
            CloseReason::TruncatedMessage
        };
        self.fail(reason);
    }

    /// The carrier failed.
    pub fn handle_carrier_error(&mut self, error: CarrierError) {
        self.fail(CloseReason::Carrier(error));
    }

    /// Closes the connection from this end: operations fail from now on, what was written is still sent,
    /// for at most [`Config::close_timeout`](crate::Config::close_timeout) from the next
    /// [`handle_timeout`](Self::handle_timeout) on. What was received stays readable. Without effect if it is
    /// closed.
    pub fn close(&mut self) {
        if self.close_reason.is_none() {
            self.end(CloseReason::Local);
            self.flush = Some(Flush::Asked);
            self.note_drained();
        }
    }

    /// Closes the connection for `reason` with nothing more to send. The first reason stays.
    pub fn fail(&mut self, reason: CloseReason) {
        self.end(reason);
        self.abandon_output();
    }

    fn end(&mut self, reason: CloseReason) {
        if self.close_reason.is_none() {
            self.close_reason = Some(reason);
            self.ready.closed = true;
        }
    }

    fn abandon_output(&mut self) {
        self.outbox.clear();
        self.rejections.clear();
        self.flush = None;
    }

    /// What an operation fails with if the connection has closed.
    pub(super) fn check_open(&self) -> Result<(), Error> {
        match &self.close_reason {
            Some(reason) => Err(Error::MultiplexerClosed(reason.clone())),
            None => Ok(()),
        }
    }

    /// Opens a stream. It can be used once [`poll_opened`](Self::poll_opened) says so.
    ///
    /// Pending while [`Config::max_unaccepted_opens`](crate::Config::max_unaccepted_opens) streams wait for
    /// the peer's answer; then [`Event::OpenAvailable`] follows.
    ///
    /// # Errors
    ///
    /// [`Error::MultiplexerClosed`], [`Error::StreamIdsExhausted`].
    pub fn open(&mut self) -> Poll<Result<StreamId, Error>> {
        self.check_open()?;
        if self.unaccepted >= self.config.effective_max_unaccepted_opens() {
            return Poll::Pending;
        }
        let Some(id) = self.ids.allocate() else {
            return Poll::Ready(Err(Error::StreamIdsExhausted));
        };
        let window = self.config.stream_receive_window;
        let mut stream = Stream::new(id, State::opening(), window);
        stream.control.open = true;
        let id = self.streams.insert(stream);
        self.streams.push(Queue::Control, id);
        self.unaccepted += 1;
        Poll::Ready(Ok(id))
    }

    /// The peer's answer to an open. Pending until it comes; then [`Event::Opened`] follows.
    ///
    /// # Errors
    ///
    /// [`Error::StreamRejected`], [`Error::StreamClosed`], [`Error::MultiplexerClosed`].
    pub fn poll_opened(&mut self, id: StreamId) -> Poll<Result<(), Error>> {
        let Some(stream) = self.streams.get_mut(id) else {
            return Poll::Ready(Err(Error::StreamClosed));
        };
        if stream.state.phase() != Phase::Opening {
            return Poll::Ready(Ok(()));
        }
        if stream.state.is_remote_closed() {
            // The peer knows; it needs no close in answer.
            self.streams.release(id);
            return Poll::Ready(Err(Error::StreamRejected));
        }
        stream.waiting.open = true;
        self.check_open()?;
        Poll::Pending
    }

    /// Accepts the stream that the peer opened first of those that wait, skipping those that it has
    /// closed since. Pending if there is none; then [`Event::Incoming`] follows.
    ///
    /// # Errors
    ///
    /// [`Error::MultiplexerClosed`].
    pub fn accept(&mut self) -> Poll<Result<StreamId, Error>> {
        self.check_open()?;
        while let Some(id) = self.backlog.pop_front() {
            let Some(stream) = self.streams.get_mut(id) else {
                continue;
            };
            if stream.state.is_remote_closed() {
                self.close_stream(id);
                continue;
            }
            stream.state.accept();
            stream.control.accept = true;
            self.streams.push(Queue::Control, id);
            return Poll::Ready(Ok(id));
        }
        Poll::Pending
    }

    /// Whether [`accept`](Self::accept) has something to look at.
    pub fn has_incoming(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Whether [`open`](Self::open) would not wait.
    pub fn can_open(&self) -> bool {
        self.unaccepted < self.config.effective_max_unaccepted_opens()
    }

    /// Reads what has been received into `buffer`, at least a byte; 0 is the end of the stream, or an
    /// empty buffer. Pending if nothing is there; then [`Event::Readable`] follows.
    ///
    /// # Errors
    ///
    /// [`Error::StreamClosed`]; [`Error::Aborted`] and [`Error::MultiplexerClosed`] once everything
    /// received has been read.
    pub fn read(&mut self, id: StreamId, buffer: &mut [u8]) -> Poll<Result<usize, Error>> {
        let Some(stream) = self.streams.get_mut(id) else {
            return Poll::Ready(Err(Error::StreamClosed));
        };
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let len = stream.take_unread(buffer);
        if len > 0 {
            stream.waiting.read = false;
            let is_time = stream.receive.on_read(len);
            if is_time && !stream.state.is_remote_finished() {
                stream.control.increment = true;
                self.streams.push(Queue::Control, id);
            }
            return Poll::Ready(Ok(len));
        }
        if self.config.close_means_abort && stream.state.is_remote_abort() {
            return Poll::Ready(Err(Error::Aborted));
        }
        if stream.state.is_remote_finished() {
            return Poll::Ready(Ok(0));
        }
        stream.waiting.read = true;
        self.check_open()?;
        Poll::Pending
    }

    /// Writes some of `data`, at least a byte unless it is empty: it is in the outbox then, in order with
    /// what else was written. Pending while the peer has granted no window or it is not this
    /// stream's turn; then [`Event::Writable`] follows, and the stream keeps its place in the queue.
    ///
    /// # Errors
    ///
    /// [`Error::StreamClosed`], [`Error::WriteClosed`], [`Error::RemoteClosed`],
    /// [`Error::MultiplexerClosed`]. Nothing was written then.
    pub fn write(&mut self, id: StreamId, data: &[u8]) -> Poll<Result<usize, Error>> {
        let stream = self.streams.get(id).ok_or(Error::StreamClosed)?;
        if stream.state.is_write_closed() {
            return Poll::Ready(Err(Error::WriteClosed));
        }
        if stream.state.is_remote_closed() {
            return Poll::Ready(Err(Error::RemoteClosed));
        }
        self.check_open()?;
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let allowed = self.take_turn(id, data.len());
        let Some(stream) = self.streams.get_mut(id).filter(|_| allowed > 0) else {
            return Poll::Pending;
        };
        stream.send.spend(allowed);
        stream.last_data = self.outbox.push_data(id.value, &data[..allowed]);
        self.give_turns();
        Poll::Ready(Ok(allowed))
    }

    /// Says that a write that was pending will not be tried again.
    pub fn cancel_write(&mut self, id: StreamId) {
        self.forgo_turn(id);
        self.give_turns();
    }

    /// Ends this end's data: the peer reads end of stream after what was written. Without effect when
    /// repeated, or on a stream that is closed or not yet established.
    pub fn close_write(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        if !stream.state.close_write() {
            return;
        }
        stream.control.close_write = true;
        self.forgo_turn(id);
        self.queue_ending(id);
    }

    /// Whether the stream has not been closed here, so that operations on it make sense.
    pub fn is_known(&self, id: StreamId) -> bool {
        self.streams.get(id).is_some()
    }

    /// Closes the stream: both directions end, what was written is still sent, what was received is
    /// dropped, and the identifier is good for nothing any more. Closing a stream that has yet to be
    /// opened takes the open back. Without effect when repeated.
    pub fn close_stream(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        let phase = stream.state.phase();
        let was_answered = stream.state.is_remote_closed();
        stream.state.close();
        stream.control.increment = false;
        if stream.control.open {
            // The peer has not heard of it and need not.
            stream.control.open = false;
        } else {
            // A rejection needs no answer.
            stream.control.close = !(phase == Phase::Opening && was_answered);
        }
        self.forgo_turn(id);
        if phase == Phase::Opening && !was_answered {
            self.on_answered();
        }
        if !self.role.opens(id.value) {
            self.inbound -= 1;
        }
        self.queue_ending(id);
        self.streams.release(id);
        self.give_turns();
    }

    /// The peer answered an open, or it was taken back: another may be sent.
    pub(super) fn on_answered(&mut self) {
        self.unaccepted = self.unaccepted.saturating_sub(1);
        self.ready.open = true;
    }
}
