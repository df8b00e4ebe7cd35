//! What goes out, and in which order.
//!
//! Control goes ahead of data: heartbeats, then rejections, then what the streams have to say, then
//! the outbox. The exception is the end of a stream, which follows the stream's own data.

use alloc::vec::Vec;

use super::connection::Connection;
use super::message::{MAX_HEADER, Message};
use super::stream::{Control, Stream, StreamId};
use super::table::Queue;
use crate::config::Config;
use crate::foreign::ForeignBytes;
use crate::time::Instant;

impl<F: ForeignBytes> Connection<F> {
    /// The next bytes to send, at most
    /// [`Config::max_message_size`](crate::Config::max_message_size) of them. They must be handed to the
    /// carrier, in order, before anything else is.
    ///
    /// After [`close`](Self::close) it goes on until everything is out, after a failure there is
    /// nothing more.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if self.is_drained() {
            return None;
        }
        let mut bytes = self.transmit_control();
        if self.is_control_empty() {
            let limit = self.config.effective_max_message_size() - bytes.len();
            let more_waits = self.waits_for_credit();
            if self.outbox.next_len().is_some_and(|len| len <= limit)
                && let Some(data) = self.outbox.take(self.now, more_waits)
            {
                if bytes.is_empty() {
                    bytes = data;
                } else {
                    bytes.extend_from_slice(&data);
                }
                self.begin_epoch();
            }
        }
        self.totals.bytes_sent += bytes.len() as u64;
        self.note_drained();
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Whether [`poll_transmit`](Self::poll_transmit) has something.
    pub fn has_output(&self) -> bool {
        let has_any = !self.is_control_empty() || !self.outbox.is_empty();
        has_any && !self.is_drained()
    }

    /// The bytes of data that are to be sent, if there is something, it is less than a piece, and nothing of it is
    /// urgent: what follows at once could share the piece.
    pub fn partial_output(&self) -> Option<usize> {
        let is_partial = self.has_output() && self.outbox.pieces() < 2;
        let is_urgent = self.heartbeat.is_due() || self.close_reason.is_some();
        (is_partial && !is_urgent).then(|| self.outbox.len())
    }

    pub(super) fn note_drained(&mut self) {
        if self.close_reason.is_some() && !self.has_output() {
            self.flush = None;
        }
    }

    fn is_control_empty(&self) -> bool {
        !self.heartbeat.is_due()
            && self.rejections.is_empty()
            && self.streams.is_queue_empty(Queue::Control)
    }

    /// Control messages for one piece.
    fn transmit_control(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.heartbeat.take_due() {
            Message::Heartbeat.encode(&mut bytes);
            self.totals.heartbeats_sent += 1;
        }
        let limit = self.config.effective_max_message_size();
        let (now, config) = (self.now, &self.config);
        let has_space = |bytes: &Vec<u8>| bytes.len() + MAX_HEADER <= limit;
        while has_space(&bytes)
            && let Some(id) = self.rejections.pop_front()
        {
            Message::Close { id }.encode(&mut bytes);
        }
        while has_space(&bytes)
            && let Some((_, stream)) = self.streams.first(Queue::Control)
        {
            while has_space(&bytes)
                && let Some(message) = next_control(stream, now, config)
            {
                message.encode(&mut bytes);
                if let Message::Open { id, .. } = message {
                    self.ids.on_open_sent(id);
                }
            }
            if stream.control.is_empty() {
                self.streams.pop(Queue::Control);
            }
        }
        bytes
    }

    /// Queues a half-close or close: behind the stream's data if some is in the outbox, ahead of
    /// other streams' data otherwise.
    pub(super) fn queue_ending(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        if self.outbox.holds(stream.last_output) {
            while let Some(message) = next_ending(stream) {
                // What ends the stream later must not overtake this.
                stream.last_output = self.outbox.push_message(message);
            }
        } else if !stream.control.is_empty() {
            self.streams.push(Queue::Control, id);
        }
    }
}

/// The next of the stream's control messages, in the order they have on the wire.
fn next_control<F: ForeignBytes>(
    stream: &mut Stream<F>,
    now: Instant,
    config: &Config,
) -> Option<Message> {
    let id = stream.id;
    let window = config.stream_receive_window;
    let control = &mut stream.control;
    if control.take(Control::Open) {
        return Some(Message::Open { id, window });
    }
    if control.take(Control::Accept) {
        return Some(Message::Accept { id, window });
    }
    if control.take(Control::Increment)
        && !stream.state.is_remote_finished()
        && let Some(amount) =
            stream
                .receive
                .take_increment(now, stream.unread.len(), config.windows_grow())
    {
        return Some(Message::WindowIncrement { id, amount });
    }
    next_ending(stream)
}

/// The next of those that follow the stream's data.
fn next_ending<F: ForeignBytes>(stream: &mut Stream<F>) -> Option<Message> {
    let id = stream.id;
    if stream.control.take(Control::CloseWrite) {
        return Some(Message::CloseWrite { id });
    }
    stream
        .control
        .take(Control::Close)
        .then_some(Message::Close { id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use alloc::vec;
    use core::task::Poll;

    #[test]
    fn a_close_does_not_overtake_a_half_close_in_the_outbox() {
        let config = Config {
            max_message_size: 64,
            ..Config::default()
        };
        let mut client = Connection::new(Role::Client, config, Instant::ZERO);
        let Poll::Ready(Ok(id)) = client.open() else {
            panic!("the first open never waits");
        };
        while client.poll_transmit().is_some() {}
        client.handle_input(Instant::ZERO, &[2, 1, 100]);
        // With its header, exactly a piece; the half-close begins the next one.
        assert_eq!(client.write(id, &[7; 60]), Poll::Ready(Ok(60)));
        client.close_write(id);
        assert_eq!(client.poll_transmit().map(|piece| piece.len()), Some(64));
        client.close_stream(id);
        let rest: Vec<_> = core::iter::from_fn(|| client.poll_transmit()).collect();
        assert_eq!(rest.concat(), vec![5, 1, 6, 1]);
    }
}
