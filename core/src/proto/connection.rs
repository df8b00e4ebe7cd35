//! One end of a multiplexed carrier.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::company::Company;
use super::deadlines::Deadlines;
use super::decoder::Decoder;
use super::heartbeat::Heartbeat;
use super::ids::Ids;
use super::outbox::Outbox;
use super::priority::Priority;
use super::stats::Stats;
use super::stream::{Half, Interest, Stream, StreamId};
use super::table::{Queue, Table};
use super::turns::Turns;
use crate::close::CloseInfo;
use crate::config::{Config, Role};
use crate::error::{CarrierError, CloseReason, Error};
use crate::foreign::{ForeignBytes, NoForeignBytes};
use crate::time::Instant;

/// One end of a multiplexed carrier.
///
/// Its methods are of four kinds. *Getters* change nothing. *`handle_*`* says what happened outside:
/// input, the carrier's end or failure, time. *Commands* ([`open`](Self::open), [`accept`](Self::accept),
/// [`read`](Self::read), [`write`](Self::write), [`close_write`](Self::close_write),
/// [`close_stream`](Self::close_stream), [`close`](Self::close)) are the user's. *`poll_*`* gives the
/// outputs: bytes to send, the next time-out, events. A command that answers [`Poll::Pending`](core::task::Poll::Pending) is worth calling
/// again after the event that its documentation names. Events of a stream come only for what was waited for.
///
/// No sequence of calls and no input panics.
#[derive(Debug)]
pub struct Connection<F: ForeignBytes = NoForeignBytes> {
    pub(super) role: Role,
    pub(super) config: Config,
    /// The time as it was last told.
    pub(super) now: Instant,
    pub(super) close_reason: Option<CloseReason>,
    /// While closing: what was written is still to be handed over.
    pub(super) flush: Option<Flush>,
    pub(super) heartbeat: Heartbeat,
    pub(super) deadlines: Deadlines,
    pub(super) ids: Ids,
    pub(super) decoder: Decoder,
    pub(super) streams: Table<F>,
    /// Streams that wait to be accepted, oldest first.
    pub(super) backlog: VecDeque<StreamId>,
    /// Streams of the peer that exist, in the backlog or accepted.
    pub(super) inbound: usize,
    /// Streams that wait for the peer's answer.
    pub(super) unaccepted: usize,
    /// Those of them that were taken back. They take up the peer's backlog until it answers, which an
    /// implementation does when it gets to them, so they count.
    pub(super) taken_back: Vec<u64>,
    /// Streams beyond the backlog, whose rejection is to be sent.
    pub(super) rejections: VecDeque<u64>,
    pub(super) company: Company,
    pub(super) outbox: Outbox,
    pub(super) turns: Turns,
    /// Writers that wait for credit.
    pub(super) starved: usize,
    pub(super) totals: Stats,
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
    /// The peer has half-closed or closed the stream: [`Connection::poll_ended`].
    Ended(StreamId),
    /// The connection has closed: every operation is worth trying again, as none waits any longer.
    Closed,
}

impl Connection {
    /// A connection that begins at `now`.
    pub fn new(role: Role, config: Config, now: Instant) -> Self {
        Self::with_foreign_bytes(role, config, now)
    }
}

impl<F: ForeignBytes> Connection<F> {
    /// The same for one that is also given bytes that live elsewhere.
    pub fn with_foreign_bytes(role: Role, config: Config, now: Instant) -> Self {
        Self {
            role,
            now,
            close_reason: None,
            flush: None,
            heartbeat: Heartbeat::new(&config, now),
            deadlines: Deadlines::default(),
            ids: Ids::new(role, config.tolerate_reordered_opens),
            decoder: Decoder::default(),
            streams: Table::new(role),
            backlog: VecDeque::new(),
            inbound: 0,
            unaccepted: 0,
            taken_back: Vec::new(),
            rejections: VecDeque::new(),
            company: Company::default(),
            outbox: Outbox::new(
                config.outbox_capacity(),
                config.effective_max_message_size(),
            ),
            turns: Turns::default(),
            starved: 0,
            totals: Stats::default(),
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

    /// Bytes of the stream that have been received and not read.
    pub fn unread(&self, id: StreamId) -> usize {
        self.streams.get(id).map_or(0, |stream| stream.unread.len())
    }

    /// Whether the connection has closed and has nothing left to send, so that the carrier can go.
    pub fn is_drained(&self) -> bool {
        self.close_reason.is_some() && self.flush.is_none()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing changes before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.close_reason.is_none() {
            let due = [
                self.heartbeat.next(),
                self.deadlines.next(),
                self.turns.next(),
            ];
            return due.into_iter().flatten().min();
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
        let event = if stream.ready.take(Interest::Open) {
            Event::Opened(id)
        } else if stream.ready.take(Interest::Read) {
            Event::Readable(id)
        } else if stream.ready.take(Interest::Write) {
            Event::Writable(id)
        } else {
            stream.ready.take(Interest::End);
            Event::Ended(id)
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
        self.now = now;
        if self.close_reason.is_some() {
            return self.limit_flush(now);
        }
        if self.heartbeat.is_overdue(now) {
            return self.fail(CloseReason::HeartbeatTimeout);
        }
        self.heartbeat.tick(now);
        self.expire_passed(now);
        self.limit_grace(now);
    }

    /// Notes the deadlines that have passed.
    fn expire_passed(&mut self, now: Instant) {
        while let Some((id, half)) = self.deadlines.pop_passed(now) {
            self.expire(id, half);
        }
    }

    pub(super) fn expire(&mut self, id: StreamId, half: Half) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        stream.expired.insert(half);
        match half {
            Half::Read => self.tell_readable(id),
            Half::Write => self.fail_write(id),
        }
        self.give_turns(Priority::LOWEST);
    }

    /// Adds a stream to those that exist.
    pub(super) fn insert(&mut self, stream: Stream<F>) -> StreamId {
        self.totals.receive_window = self
            .totals
            .receive_window
            .saturating_add(stream.receive.size());
        self.streams.insert(stream)
    }

    /// Forgets a stream, except for what control it has left to send.
    pub(super) fn release(&mut self, id: StreamId) {
        self.uncount_starved(id);
        if let Some(stream) = self.streams.get(id) {
            let window = stream.receive.size();
            self.totals.unread_bytes -= stream.unread.len();
            self.on_shrunk(window);
            self.streams.release(id);
        }
    }

    /// A receive window became smaller by `amount`.
    pub(super) fn on_shrunk(&mut self, amount: u64) {
        // A sum that went beyond the largest number is not kept to the byte.
        self.totals.receive_window = self.totals.receive_window.saturating_sub(amount);
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
        self.handle_close(CloseInfo::default());
    }

    /// The carrier's input ended, and the peer said this about it.
    pub fn handle_close(&mut self, info: CloseInfo) {
        let reason = if self.decoder.is_at_boundary() {
            CloseReason::Remote(info)
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
        self.close_with(CloseInfo::default());
    }

    /// [`close`](Self::close) with something to tell the peer, where the carrier can.
    pub fn close_with(&mut self, info: CloseInfo) {
        self.close_and_flush(info, Flush::Asked);
    }

    /// The same with a time of its own by which what was written has to be sent, instead of
    /// [`Config::close_timeout`](crate::Config::close_timeout).
    pub fn close_by(&mut self, info: CloseInfo, deadline: Instant) {
        self.close_and_flush(info, Flush::By(deadline));
    }

    fn close_and_flush(&mut self, info: CloseInfo, flush: Flush) {
        if self.close_reason.is_none() {
            self.end(CloseReason::Local(info));
            self.flush = Some(flush);
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
        self.void_promises();
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
}
