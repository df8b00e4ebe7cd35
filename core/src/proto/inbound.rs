//! What comes in: each message is checked and acted on.

use super::connection::Connection;
use super::decoder::Payload;
use super::message::{Decoded, Message};
use super::priority::Priority;
use super::state::{Phase, Remote, State};
use super::stream::{Control, Interest, Stream, StreamId};
use super::table::Queue;
use super::violation::Violation;
use crate::error::{CloseReason, Limit};
use crate::foreign::ForeignBytes;
use crate::time::Instant;

/// The most bytes of foreign input that are copied at first, and later, in search of a payload that is not.
const FIRST_BLOCK: usize = 64;
const MAX_BLOCK: usize = 32 * 1_024;

/// The most that a stream's window grows to, times what is left of the budget.
const MAX_SHARE: u64 = 8;

/// Some of a data message's payload.
enum Arrived<'a, F> {
    Bytes(&'a [u8]),
    Foreign {
        bytes: F,
        /// Whether they may stay where they are.
        stays: bool,
    },
}

impl<F: ForeignBytes> Arrived<'_, F> {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Foreign { bytes, .. } => bytes.len(),
        }
    }
}

impl<F: ForeignBytes> Connection<F> {
    /// Input arrived from the carrier, cut anyhow. An input that breaks a rule closes the connection:
    /// see [`close_reason`](Self::close_reason). What it did before that stays done.
    pub fn handle_input(&mut self, now: Instant, input: &[u8]) {
        self.on_input(now, input.len());
        let mut rest = input;
        while !rest.is_empty() && self.close_reason.is_none() {
            self.handle_some(now, &mut rest);
        }
    }

    /// The same with input in foreign memory. It has that memory to itself.
    ///
    /// Payload of [`ForeignBytes::MIN_PAYLOAD`] bytes and more is not copied into ours. Of one stream it stays where it is, what
    /// comes later moved up to what came before, if that is more than half of the input: so it keeps less than twice its
    /// size from being freed, until the last of it is read, and no two streams share memory. Other payload
    /// moves into foreign memory of its own. The rest is copied.
    pub fn handle_foreign_input(&mut self, now: Instant, input: F) {
        let (total, mut rest) = (input.len(), input);
        self.on_input(now, total);
        // Headers come first, and it is not known how many before a payload that is not to be copied.
        let mut block = FIRST_BLOCK;
        // The stream whose payload is where it came.
        let mut holder = None;
        while !rest.is_empty() && self.close_reason.is_none() {
            if let Some((payload, len)) = self.uncopied_payload(rest.len()) {
                if len > total / 2 && holder != payload.stream {
                    self.settle(holder.take(), usize::MAX);
                }
                let arrived = Arrived::Foreign {
                    bytes: rest.split_to(len),
                    stays: holder.is_none(),
                };
                holder = holder.or(payload.stream);
                block = FIRST_BLOCK;
                let handled = self.on_payload(payload, arrived);
                self.fail_if_broken(handled);
                continue;
            }
            let mut bytes = alloc::vec![0; block.min(rest.len())];
            rest.copy_to(&mut bytes);
            let (mut input, behind) = (&bytes[..], rest.len() - bytes.len());
            while !input.is_empty()
                && self.close_reason.is_none()
                && self.uncopied_payload(input.len() + behind).is_none()
            {
                self.handle_some(now, &mut input);
            }
            // Of what was copied, this was not needed.
            let unused = input.len();
            drop(rest.split_to(bytes.len() - unused));
            block = MAX_BLOCK.min(block * 8);
        }
        self.settle(holder, total);
    }

    /// The stream that holds an input gets no more of it, and keeps it only if that is more than half of `total`.
    fn settle(&mut self, holder: Option<StreamId>, total: usize) {
        if let Some(stream) = holder.and_then(|id| self.streams.get_mut(id)) {
            stream.unread.settle(total);
        }
    }

    fn on_input(&mut self, now: Instant, len: usize) {
        self.now = now;
        self.totals.bytes_received += len as u64;
        if self.config.any_input_is_life && len > 0 {
            self.heartbeat.on_life(now);
        }
    }

    /// The payload whose turn it is, and how many bytes of it begin the `left` ones of an input, if they are to stay in
    /// foreign memory.
    fn uncopied_payload(&self, left: usize) -> Option<(Payload, usize)> {
        let payload = self.decoder.payload?;
        let len = payload.remaining.min(left);
        (len >= F::MIN_PAYLOAD && len > 0).then_some((payload, len))
    }

    fn fail_if_broken<E: Into<CloseReason>>(&mut self, handled: Result<(), E>) {
        if let Err(reason) = handled {
            self.fail(reason.into());
        }
    }

    /// Handles a message, or what there is of one.
    fn handle_some(&mut self, now: Instant, input: &mut &[u8]) {
        let handled = self.try_handle_some(now, input);
        self.fail_if_broken(handled);
    }

    fn try_handle_some(&mut self, now: Instant, input: &mut &[u8]) -> Result<(), CloseReason> {
        if let Some(payload) = self.decoder.payload {
            let (arrived, rest) = input.split_at(input.len().min(payload.remaining));
            *input = rest;
            return Ok(self.on_payload(payload, Arrived::Bytes(arrived))?);
        }
        match self.decoder.header(input)? {
            Decoded::Complete { message, .. } => self.on_message(now, message),
            // What a message is about can be wrong before the rest of it has come.
            Decoded::Incomplete(Some((kind, id))) => Ok(self.ids.check(kind, id)?),
            Decoded::Incomplete(None) => Ok(()),
            Decoded::Malformed((kind, id), violation) => {
                self.ids.check(kind, id)?;
                Err(violation.into())
            }
        }
    }

    fn on_message(&mut self, now: Instant, message: Message) -> Result<(), CloseReason> {
        if let Some((kind, id)) = message.subject() {
            self.ids.check(kind, id)?;
        }
        match message {
            Message::Heartbeat => {
                self.totals.heartbeats_received += 1;
                self.heartbeat.on_life(now);
            }
            Message::Open { id, window } => self.on_open(id, window)?,
            Message::Accept { id, window } => self.on_accept(id, window)?,
            Message::Data { id, len } => self.on_data(id, len)?,
            Message::WindowIncrement { id, amount } => self.on_window_increment(id, amount)?,
            Message::CloseWrite { id } => self.on_ending(id, Remote::CloseWrite)?,
            Message::Close { id } => self.on_ending(id, Remote::Close)?,
        }
        Ok(())
    }

    fn on_open(&mut self, id: u64, window: u64) -> Result<(), CloseReason> {
        self.ids.on_open(id);
        if self.backlog.len() >= self.config.effective_accept_backlog()
            || self.streams.held_inbound() >= self.config.max_inbound_streams
        {
            if self.rejections.len() >= self.config.max_queued_rejections {
                return Err(CloseReason::Limit(Limit::QueuedRejections));
            }
            self.rejections.push_back(id);
            self.totals.streams_rejected += 1;
            return Ok(());
        }
        let mut stream = Stream::new(id, State::pending(), self.config.stream_receive_window);
        stream.send.grow(window)?;
        self.inbound += 1;
        let id = self.insert(stream);
        self.backlog.push_back(id);
        self.ready.accept = true;
        Ok(())
    }

    fn on_accept(&mut self, id: u64, window: u64) -> Result<(), Violation> {
        let Some((id, stream)) = self.find(id) else {
            self.on_late_answer(id);
            return Ok(());
        };
        stream.state.on_remote(Remote::Accept)?;
        self.grant(id, window)?;
        self.on_answered();
        self.tell_opened(id);
        Ok(())
    }

    fn on_data(&mut self, id: u64, len: u16) -> Result<(), Violation> {
        if len == 0 {
            return Err(Violation::ZeroLengthData);
        }
        let mut payload = Payload {
            stream: None,
            remaining: usize::from(len),
        };
        if let Some((id, stream)) = self.find(id) {
            stream.state.on_remote(Remote::Data)?;
            payload.stream = Some(id);
        }
        self.on_payload(payload, Arrived::Bytes(&[]))
    }

    /// Some of a data message's payload arrived, or none yet. As in the original, more of it than the
    /// window holds is an error when the window is full and there is more to come.
    fn on_payload(
        &mut self,
        mut payload: Payload,
        arrived: Arrived<'_, F>,
    ) -> Result<(), Violation> {
        let arrived_len = arrived.len();
        payload.remaining -= arrived_len;
        self.decoder.payload = (payload.remaining > 0).then_some(payload);
        let Some((id, stream)) = payload
            .stream
            .and_then(|id| Some((id, self.streams.get_mut(id)?)))
        else {
            return Ok(());
        };
        let is_shared = self.company.on_data(self.now, id);
        let room = stream.receive.room(stream.unread.len());
        let fitting = arrived_len.min(room);
        if fitting > 0 {
            let was_starved = stream.unread.is_empty();
            match arrived {
                Arrived::Bytes(bytes) => stream.unread.extend(&bytes[..fitting]),
                Arrived::Foreign { mut bytes, stays } => {
                    stream.unread.push(bytes.split_to(fitting), stays);
                }
            }
            let growth = stream
                .receive
                .on_arrival(self.now, fitting, was_starved, is_shared);
            self.grow(id, growth);
            self.totals.unread_bytes += fitting;
            self.totals.payload_bytes_received += fitting as u64;
            self.tell_readable(id);
        }
        if arrived_len > room || (arrived_len == room && payload.remaining > 0) {
            return Err(Violation::ReceiveWindowViolation);
        }
        Ok(())
    }

    /// Grows a stream's receive window by as much of `amount` as there is budget for: to no more than eight times what it
    /// leaves of that, so that there is always some for streams that come later. If it is more than that, because those have grown
    /// since, it gives some up for them.
    fn grow(&mut self, id: StreamId, amount: u64) {
        let Some(stream) = self.streams.get_mut(id).filter(|_| amount > 0) else {
            return;
        };
        let config = &self.config;
        let size = stream.receive.size();
        let of_stream = config.max_stream_receive_window.saturating_sub(size);
        let left = config
            .receive_budget
            .saturating_sub(self.totals.receive_window);
        let share = left.saturating_mul(MAX_SHARE);
        let of_all = share.saturating_sub(size) / (MAX_SHARE + 1);
        let amount = amount.min(of_stream).min(of_all);
        if amount > 0 {
            stream.receive.grow(amount);
            stream.control.insert(Control::Increment);
            self.totals.receive_window += amount;
            self.streams.push(Queue::Control, id);
        } else if size > share {
            stream.receive.give_up(share);
        }
    }

    fn on_window_increment(&mut self, id: u64, amount: u64) -> Result<(), Violation> {
        if amount == 0 {
            return Err(Violation::ZeroIncrement);
        }
        let Some((id, stream)) = self.find(id) else {
            return Ok(());
        };
        stream.state.on_remote(Remote::Increment)?;
        self.grant(id, amount)
    }

    /// A half-close or a close.
    fn on_ending(&mut self, id: u64, event: Remote) -> Result<(), Violation> {
        let Some((id, stream)) = self.find(id) else {
            if event == Remote::Close {
                self.on_late_answer(id);
            }
            return Ok(());
        };
        stream.state.on_remote(event)?;
        let shrunk = stream.receive.finish(stream.unread.len());
        let phase = stream.state.phase();
        self.on_shrunk(shrunk);
        self.tell_ended(id);
        if event == Remote::CloseWrite {
            self.tell_readable(id);
        } else if phase == Phase::Opening {
            self.totals.opens_rejected += 1;
            self.on_answered();
            self.tell_opened(id);
        } else {
            // Writes fail from now on.
            self.fail_write(id);
            self.tell_readable(id);
            self.give_turns(Priority::LOWEST);
        }
        Ok(())
    }

    fn find(&mut self, id: u64) -> Option<(StreamId, &mut Stream<F>)> {
        let id = self.streams.find(id)?;
        Some((id, self.streams.get_mut(id)?))
    }

    pub(super) fn tell_readable(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && stream.waiting.take(Interest::Read)
        {
            stream.ready.insert(Interest::Read);
            self.streams.push(Queue::Ready, id);
        }
    }

    fn tell_ended(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && stream.waiting.take(Interest::End)
        {
            stream.ready.insert(Interest::End);
            self.streams.push(Queue::Ready, id);
        }
    }

    fn tell_opened(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id)
            && stream.waiting.take(Interest::Open)
        {
            stream.ready.insert(Interest::Open);
            self.streams.push(Queue::Ready, id);
        }
    }
}

impl From<Violation> for CloseReason {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Role};

    /// The violation that `input` is when it comes in pieces of `size` bytes.
    fn violation(input: &[u8], size: usize) -> Option<Violation> {
        let mut server = Connection::new(Role::Server, Config::default(), Instant::ZERO);
        for piece in input.chunks(size) {
            server.handle_input(Instant::ZERO, piece);
        }
        match server.close_reason()? {
            CloseReason::Violation(violation) => Some(*violation),
            _ => None,
        }
    }

    #[test]
    fn a_wrong_identifier_comes_before_what_follows_it_however_the_input_is_cut() {
        let mut input = [0xff; 12];
        for (start, expected) in [
            ([4, 9], Violation::UnopenedInboundId),
            ([4, 2], Violation::UnusedOutboundId),
            ([1, 2], Violation::OpenWrongParity),
            ([1, 1], Violation::VarintOverflow),
            ([2, 0], Violation::ZeroStreamId),
        ] {
            input[..2].copy_from_slice(&start);
            for size in [1, 5, input.len()] {
                assert_eq!(violation(&input, size), Some(expected), "{start:?}");
            }
        }
    }
}
