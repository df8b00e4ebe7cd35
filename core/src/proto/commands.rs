//! What the user asks of a connection and its streams.

use core::task::Poll;

use super::connection::Connection;
use super::priority::Priority;
use super::state::{Phase, State};
use super::stream::{Control, Half, Interest, Stream, StreamId};
use super::table::Queue;
use super::unread::{Chunk, Unread};
use crate::error::Error;
use crate::foreign::ForeignBytes;
use crate::time::Instant;

impl<F: ForeignBytes> Connection<F> {
    /// Opens a stream. It can be used once [`poll_opened`](Self::poll_opened) says so.
    ///
    /// Pending while [`Config::max_unaccepted_opens`](crate::Config::max_unaccepted_opens) streams wait for
    /// the peer's answer; then [`Event::OpenAvailable`](super::Event::OpenAvailable) follows.
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
        stream.control.insert(Control::Open);
        let id = self.insert(stream);
        self.streams.push(Queue::Control, id);
        self.unaccepted += 1;
        self.totals.streams_opened += 1;
        Poll::Ready(Ok(id))
    }

    /// The peer's answer to an open. Pending until it comes; then [`Event::Opened`](super::Event::Opened) follows.
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
            self.release(id);
            return Poll::Ready(Err(Error::StreamRejected));
        }
        stream.waiting.insert(Interest::Open);
        self.check_open()?;
        Poll::Pending
    }

    /// Accepts the stream that the peer opened first of those that wait, skipping those that it has
    /// closed since. Pending if there is none; then [`Event::Incoming`](super::Event::Incoming) follows.
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
            stream.control.insert(Control::Accept);
            self.streams.push(Queue::Control, id);
            self.totals.streams_accepted += 1;
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
    /// empty buffer. Pending if nothing is there; then [`Event::Readable`](super::Event::Readable) follows.
    ///
    /// # Errors
    ///
    /// [`Error::StreamClosed`], [`Error::DeadlineExceeded`]; [`Error::Aborted`] and
    /// [`Error::MultiplexerClosed`] once everything received has been read.
    pub fn read(&mut self, id: StreamId, buffer: &mut [u8]) -> Poll<Result<usize, Error>> {
        let is_nothing = buffer.is_empty();
        self.read_by(id, 0, |unread| {
            let len = unread.read(buffer);
            (len > 0 || is_nothing).then_some((len, len))
        })
    }

    /// Reads at least a byte and at most `max`, as they lie, mostly without copying; `None` is the end of the
    /// stream. Pending if nothing is there; then [`Event::Readable`](super::Event::Readable) follows.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_chunk(
        &mut self,
        id: StreamId,
        max: usize,
    ) -> Poll<Result<Option<Chunk<F>>, Error>> {
        self.read_by(id, None, |unread| {
            let chunk = unread.take(max.max(1))?;
            Some((chunk.len(), Some(chunk)))
        })
    }

    /// Reads by `take`, which says how many bytes it took; `end` is what is read at the end.
    fn read_by<R>(
        &mut self,
        id: StreamId,
        end: R,
        take: impl FnOnce(&mut Unread<F>) -> Option<(usize, R)>,
    ) -> Poll<Result<R, Error>> {
        let Some(stream) = self.streams.get_mut(id) else {
            return Poll::Ready(Err(Error::StreamClosed));
        };
        if stream.expired.contains(Half::Read) {
            return Poll::Ready(Err(Error::DeadlineExceeded));
        }
        if let Some((len, read)) = take(&mut stream.unread) {
            if len > 0 {
                self.on_read(id, len);
            }
            return Poll::Ready(Ok(read));
        }
        if self.config.close_means_abort && stream.state.is_remote_abort() {
            return Poll::Ready(Err(Error::Aborted));
        }
        if stream.state.is_remote_finished() {
            return Poll::Ready(Ok(end));
        }
        stream.waiting.insert(Interest::Read);
        self.check_open()?;
        Poll::Pending
    }

    /// `len` bytes were read, which may make room for more.
    fn on_read(&mut self, id: StreamId, len: usize) {
        let is_shared = self.company.is_shared(self.now);
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        stream.waiting.take(Interest::Read);
        let is_all = stream.unread.is_empty();
        let after = stream.receive.on_read(self.now, len, is_all, is_shared);
        if after.is_time && !stream.state.is_remote_finished() {
            stream.control.insert(Control::Increment);
            self.streams.push(Queue::Control, id);
        }
        self.totals.unread_bytes -= len;
        self.on_shrunk(after.shrunk);
    }

    /// Writes some of `data`, at least a byte unless it is empty: it is in the outbox then, in order with
    /// what else was written. Pending while the peer has granted no window or it is not this
    /// stream's turn; then [`Event::Writable`](super::Event::Writable) follows, and the stream keeps its place in the queue.
    ///
    /// # Errors
    ///
    /// [`Error::StreamClosed`], [`Error::WriteClosed`], [`Error::RemoteClosed`],
    /// [`Error::MultiplexerClosed`], [`Error::DeadlineExceeded`]. Nothing was written then.
    pub fn write(&mut self, id: StreamId, data: &[u8]) -> Poll<Result<usize, Error>> {
        let stream = self.streams.get(id).ok_or(Error::StreamClosed)?;
        if stream.state.is_write_closed() {
            return Poll::Ready(Err(Error::WriteClosed));
        }
        if stream.state.is_remote_closed() {
            return Poll::Ready(Err(Error::RemoteClosed));
        }
        self.check_open()?;
        if self
            .streams
            .get(id)
            .is_some_and(|s| s.expired.contains(Half::Write))
        {
            return Poll::Ready(Err(Error::DeadlineExceeded));
        }
        if data.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let allowed = self.take_turn(id, data.len());
        let Some(stream) = self.streams.get_mut(id).filter(|_| allowed > 0) else {
            return Poll::Pending;
        };
        stream.send.spend(allowed);
        let priority = stream.priority;
        stream.last_output = self.outbox.push_data(id.value, &data[..allowed]);
        self.totals.payload_bytes_sent += allowed as u64;
        // Not to less urgent ones: the writer may well be back for the rest at once.
        self.give_turns(priority);
        Poll::Ready(Ok(allowed))
    }

    /// Says that a write that was pending will not be tried again.
    pub fn cancel_write(&mut self, id: StreamId) {
        self.forgo_turn(id);
        self.give_turns(Priority::LOWEST);
    }

    /// Sets when operations on a half of the stream fail with
    /// [`Error::DeadlineExceeded`](crate::Error::DeadlineExceeded), those that wait included; `None` for never. It can
    /// be set again at any time, also after it has passed: an exceeded deadline ends nothing and loses no
    /// byte. Without effect on a stream that is closed.
    ///
    /// The counterpart of the original's `SetReadDeadline` and `SetWriteDeadline`, except that there a deadline
    /// that has passed cannot be moved to the future.
    pub fn set_deadline(
        &mut self,
        now: Instant,
        id: StreamId,
        half: Half,
        deadline: Option<Instant>,
    ) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        let has_passed = deadline.is_some_and(|at| at <= now);
        stream.expired.set(half, has_passed);
        self.deadlines
            .set(id, half, deadline.filter(|_| !has_passed));
        if has_passed {
            self.expire(id, half);
        }
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
        // A connection that has closed promises nothing any more, see `close_stream`.
        let is_open = self.close_reason.is_none();
        stream.control.set(Control::CloseWrite, is_open);
        self.forgo_turn(id);
        self.queue_ending(id);
        self.give_turns(Priority::LOWEST);
    }

    /// Whether a direction of the stream has ended: nothing more can be received, though what was received can still
    /// be read, or nothing more can be written. Pending until then; [`Event::Ended`](super::Event::Ended) follows
    /// when the peer has had its part in it.
    pub fn poll_ended(&mut self, id: StreamId, half: Half) -> Poll<()> {
        let is_closed = self.close_reason.is_some();
        let Some(stream) = self.streams.get_mut(id).filter(|_| !is_closed) else {
            return Poll::Ready(());
        };
        let has_ended = match half {
            Half::Read => stream.state.is_remote_finished(),
            Half::Write => stream.state.is_write_closed() || stream.state.is_remote_closed(),
        };
        if has_ended {
            return Poll::Ready(());
        }
        stream.waiting.insert(Interest::End);
        Poll::Pending
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
        let is_open = self.close_reason.is_none();
        let phase = stream.state.phase();
        let was_answered = stream.state.is_remote_closed();
        let was_sent = !stream.control.take(Control::Open);
        stream.state.close();
        stream.control.take(Control::Increment);
        // The peer need not hear of an open that has not left, nor of the end of one that it rejected. And
        // when the connection has closed, its end is the stream's: a close would look like a good one.
        let is_news = was_sent && !(phase == Phase::Opening && was_answered);
        stream.control.set(Control::Close, is_open && is_news);
        self.forgo_turn(id);
        if phase == Phase::Opening && !was_answered {
            if was_sent {
                self.taken_back.push(id.value);
            } else {
                self.on_answered();
            }
        }
        if !self.role.opens(id.value) {
            self.inbound -= 1;
        }
        self.queue_ending(id);
        self.deadlines.forget(id);
        self.release(id);
        self.give_turns(Priority::LOWEST);
    }

    /// The peer answered an open, or will not hear of it: another may be sent.
    pub(super) fn on_answered(&mut self) {
        self.unaccepted = self.unaccepted.saturating_sub(1);
        self.ready.open = true;
    }

    /// The peer accepted or closed a stream that is not known, which answers an open that was taken back.
    pub(super) fn on_late_answer(&mut self, id: u64) {
        if let Some(at) = self.taken_back.iter().position(|taken| *taken == id) {
            self.taken_back.swap_remove(at);
            self.on_answered();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CloseReason, Config, Role, Violation};

    fn client() -> Connection {
        let config = Config {
            max_unaccepted_opens: 1,
            ..Config::default()
        };
        Connection::new(Role::Client, config, Instant::ZERO)
    }

    fn open(connection: &mut Connection) -> StreamId {
        match connection.open() {
            Poll::Ready(Ok(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_open_that_was_taken_back_counts_until_the_peer_answers() {
        for answer in [&[6, 1][..], &[2, 1, 0]] {
            let mut client = client();
            let first = open(&mut client);
            assert_eq!(client.poll_transmit(), Some([1, 1, 0xff, 0xff, 3].to_vec()));
            client.close_stream(first);
            assert_eq!(client.poll_transmit(), Some([6, 1].to_vec()));
            assert!(client.open().is_pending());
            client.handle_input(Instant::ZERO, answer);
            assert_eq!(open(&mut client).value(), 3);
            // A second answer frees nothing.
            client.handle_input(Instant::ZERO, &[6, 1]);
            assert!(client.open().is_pending());
        }
    }

    #[test]
    fn an_open_that_has_not_left_cannot_be_answered() {
        for answer in [&[2, 1, 0][..], &[6, 1]] {
            let mut client = client();
            open(&mut client);
            client.handle_input(Instant::ZERO, answer);
            let reason = CloseReason::Violation(Violation::UnusedOutboundId);
            assert_eq!(client.close_reason(), Some(&reason));
        }
    }

    #[test]
    fn a_stream_that_ends_after_the_connection_does_not_end_well_for_the_peer() {
        let mut client = client();
        let id = open(&mut client);
        assert!(client.poll_transmit().is_some());
        client.handle_input(Instant::ZERO, &[2, 1, 9]);
        assert_eq!(client.write(id, b"half"), Poll::Ready(Ok(4)));
        client.close();
        client.close_write(id);
        client.close_stream(id);
        let sent = [3, 1, 0, 4, b'h', b'a', b'l', b'f'];
        assert_eq!(client.poll_transmit(), Some(sent.to_vec()));
        assert_eq!(client.poll_transmit(), None);
    }

    /// A peer that reads nothing cannot make us hold the ends of any number of streams.
    #[test]
    fn a_closed_stream_counts_until_its_close_has_left() {
        let config = Config {
            max_inbound_streams: 2,
            max_queued_rejections: 1,
            ..Config::default()
        };
        let mut server = Connection::new(Role::Server, config, Instant::ZERO);
        for id in [1, 3] {
            server.handle_input(Instant::ZERO, &[1, id, 0]);
            let Poll::Ready(Ok(stream)) = server.accept() else {
                panic!("stream {id} has arrived");
            };
            server.close_stream(stream);
        }
        server.handle_input(Instant::ZERO, &[1, 5, 0]);
        assert!(server.accept().is_pending());
        let sent = server.poll_transmit().unwrap_or_default();
        assert_eq!(sent[..2], [6, 5]);
        assert_eq!(
            sent[2..],
            [2, 1, 255, 255, 3, 6, 1, 2, 3, 255, 255, 3, 6, 3]
        );
        server.handle_input(Instant::ZERO, &[1, 7, 0]);
        assert!(server.accept().is_ready());
    }

    #[test]
    fn an_open_that_has_not_left_is_forgotten() {
        let mut client = client();
        let first = open(&mut client);
        client.close_stream(first);
        assert_eq!(open(&mut client).value(), 3);
        assert_eq!(client.poll_transmit(), Some([1, 3, 0xff, 0xff, 3].to_vec()));
    }
}
