//! What must match a recording and what is free: section 5 of `vectors/README.md`.

use std::collections::BTreeMap;

use strandmux::{Error, Instant};

use super::calls::Returned;
use super::format::Answer;
use crate::audit::Audit;
use crate::wire::{Message, Part};

/// What was sent, in the form in which two implementations agree. Increments are left out, the
/// [`Audit`] judges them; how data is cut into messages too.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    /// Opens and accepts, in order.
    handshakes: Vec<Message>,
    data: BTreeMap<u64, Vec<u8>>,
    close_writes: Vec<u64>,
    closes: Vec<u64>,
    heartbeats: Vec<Instant>,
}

impl Traffic {
    pub(super) fn add(&mut self, at: Instant, part: Part) {
        match part {
            Part::Payload(id, payload) => self.data.entry(id).or_default().extend(payload),
            Part::Message(message) => match message {
                Message::Heartbeat => self.heartbeats.push(at),
                Message::Open(..) | Message::Accept(..) => self.handshakes.push(message),
                Message::CloseWrite(id) => self.close_writes.push(id),
                Message::Close(id) => self.closes.push(id),
                Message::Data(..) | Message::WindowIncrement(..) => {}
            },
        }
    }

    /// Leaves out what may be sent or not: the close that answers a rejection, and, after a stall, a
    /// half-close followed by a close; and the order of what has none.
    pub(super) fn normalise(&mut self, audit: &Audit, was_stalled: bool) {
        self.closes.sort_unstable();
        self.close_writes.sort_unstable();
        self.closes.retain(|id| !audit.is_rejected(*id));
        let closes = &self.closes;
        self.close_writes
            .retain(|id| !(was_stalled && closes.contains(id)));
    }

    /// Where this differs from what was recorded.
    pub(super) fn difference(&self, expected: &Self) -> Option<String> {
        let differs = |what: &str, is: &dyn std::fmt::Debug, should: &dyn std::fmt::Debug| {
            Some(format!("{what}: sent {is:?}, recorded {should:?}"))
        };
        if self.handshakes != expected.handshakes {
            return differs("opens and accepts", &self.handshakes, &expected.handshakes);
        }
        if self.closes != expected.closes {
            return differs("closes", &self.closes, &expected.closes);
        }
        if self.close_writes != expected.close_writes {
            return differs("half-closes", &self.close_writes, &expected.close_writes);
        }
        if self.heartbeats != expected.heartbeats {
            return differs("heartbeats", &self.heartbeats, &expected.heartbeats);
        }
        let lens = |traffic: &Self| -> Vec<_> {
            let lens = traffic.data.iter().map(|(id, data)| (*id, data.len()));
            lens.collect()
        };
        if self.data != expected.data {
            return differs("bytes by stream", &lens(self), &lens(expected));
        }
        None
    }
}

/// In which circumstances a call returned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    /// The connection has closed.
    pub(super) is_closed: bool,
    /// The carrier took no output while the call was under way.
    pub(super) was_stalled: bool,
}

/// Whether a call came back with what was recorded, or something just as good.
pub(super) fn agrees(returned: &Returned, answer: &Answer, when: Circumstances) -> bool {
    let error = answer.error.as_deref();
    let is_mux_closed = when.is_closed && error == Some("mux_closed");
    match returned {
        Returned::Stream(id) => error.is_none() && answer.stream.map(|id| id.0) == Some(*id),
        // What was received stays readable after the end.
        Returned::Read(data) => {
            is_mux_closed || answer.hex.as_ref().is_some_and(|hex| hex.0 == *data)
        }
        Returned::EndOfStream => is_mux_closed || answer.eof,
        Returned::Wrote(n) if error.is_none() => answer.n == Some(*n),
        // How much is written ahead of a stalled carrier is free.
        Returned::Wrote(_) => when.was_stalled && is_mux_closed,
        // Closing cannot fail.
        Returned::Done => is_mux_closed || answer.ok,
        Returned::Cancelled => error == Some("cancelled"),
        Returned::Failed {
            n,
            error: actual,
            was_pending,
        } => {
            let is_same = error == Some(code(actual));
            // A write that waits when its stream is closed: it was closed for writing, too.
            let is_class = *was_pending && *actual == Error::StreamClosed;
            let is_as_good = is_class && error == Some("write_closed");
            let is_n_right = when.was_stalled || answer.n.unwrap_or(0) == *n;
            (is_same || is_as_good) && is_n_right
        }
    }
}

/// The recordings' name for an error.
fn code(error: &Error) -> &'static str {
    match error {
        Error::MultiplexerClosed(_) => "mux_closed",
        Error::StreamRejected => "rejected",
        Error::StreamIdsExhausted => "ids_exhausted",
        Error::StreamClosed => "closed",
        Error::WriteClosed => "write_closed",
        Error::RemoteClosed => "remote_closed",
        Error::DeadlineExceeded => "timeout",
        other => other.code(),
    }
}
