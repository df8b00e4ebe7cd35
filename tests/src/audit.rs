//! An independent bookkeeper for one end of a connection: sees its bytes go out and come in and what its
//! user does, and notes every rule of the protocol that the end breaks.

use std::collections::{BTreeMap, VecDeque};

use strandmux::Role;

use crate::wire::{Message, Parser, Part};

/// The books of one end.
#[derive(Debug)]
pub struct Audit {
    role: Role,
    /// What every open and accept must offer.
    window: u64,
    /// What a window may grow to.
    max_window: u64,
    incoming: Parser,
    /// The peer sent something that is not a message; what follows means nothing.
    is_incoming_lost: bool,
    outgoing: Parser,
    last_opened: u64,
    streams: BTreeMap<u64, Record>,
    faults: Vec<String>,
}

/// The books of one stream.
#[derive(Debug, Default)]
struct Record {
    is_accepted: bool,
    /// All that the peer granted so far.
    granted_by_peer: u128,
    sent: u128,
    /// Written here and not seen on the wire.
    written: VecDeque<u8>,
    is_close_write_called: bool,
    is_close_called: bool,
    is_close_write_sent: bool,
    is_close_sent: bool,
    /// All that this end granted after the first window.
    granted: u128,
    received: u128,
    read: u128,
    /// Received and not read.
    unread: VecDeque<u8>,
    is_remote_write_closed: bool,
    is_remote_closed: bool,
}

impl Record {
    fn is_remote_finished(&self) -> bool {
        self.is_remote_closed || self.is_remote_write_closed
    }
}

impl Audit {
    /// The books of an end that has done nothing yet and offers `window` on every stream.
    pub fn new(role: Role, window: u64) -> Self {
        Self {
            role,
            window,
            max_window: window,
            incoming: Parser::tolerant(),
            is_incoming_lost: false,
            outgoing: Parser::strict(),
            last_opened: 0,
            streams: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// The same for an end whose windows may grow to `max_window`.
    #[must_use]
    pub fn with_growth(mut self, max_window: u64) -> Self {
        self.max_window = max_window.max(self.window);
        self
    }

    /// The streams that are accepted and not closed here.
    fn live(&self) -> impl Iterator<Item = &Record> {
        let is_live = |record: &&Record| record.is_accepted && !record.is_close_called;
        self.streams.values().filter(is_live)
    }

    /// How many streams are accepted and not closed here.
    pub fn live_streams(&self) -> usize {
        self.live().count()
    }

    /// What the peer can make this end hold on the streams that are accepted: what it holds and the credit that is
    /// out. A peer that sends more than it was granted is held to the window as well, by what lies unread.
    pub fn held_at_most(&self) -> u128 {
        let of_stream = |record: &Record| {
            let unread = record.unread.len() as u128;
            if record.is_remote_finished() {
                unread
            } else {
                let granted = u128::from(self.window) + record.granted;
                granted.saturating_sub(record.read).max(unread)
            }
        };
        self.live().map(of_stream).sum()
    }

    /// What was wrong so far.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Whether a stream that this end opened was closed by the peer instead of accepted.
    pub fn is_rejected(&self, id: u64) -> bool {
        let is_own = self.role.is_even() == id.is_multiple_of(2);
        self.streams
            .get(&id)
            .is_some_and(|record| is_own && !record.is_accepted && record.is_remote_closed)
    }

    /// Whether what the peer sent on the stream has not all been read.
    pub fn has_unread(&self, id: u64) -> bool {
        self.streams
            .get(&id)
            .is_some_and(|record| !record.unread.is_empty())
    }

    /// Whether the peer has ended its data on the stream.
    pub fn is_remote_finished(&self, id: u64) -> bool {
        self.streams
            .get(&id)
            .is_some_and(Record::is_remote_finished)
    }

    /// Whether the peer has closed the stream.
    pub fn is_remote_closed(&self, id: u64) -> bool {
        self.streams
            .get(&id)
            .is_some_and(|record| record.is_remote_closed)
    }

    /// Whether the input so far is made of whole messages.
    pub fn is_at_boundary(&self) -> bool {
        !self.is_incoming_lost && self.incoming.is_at_boundary()
    }

    /// Bytes that were written and have not been sent, on all streams.
    pub fn unsent(&self) -> usize {
        self.streams
            .values()
            .map(|record| record.written.len())
            .sum()
    }

    fn fault(&mut self, text: String) {
        self.faults.push(text);
    }

    fn record(&mut self, id: u64) -> &mut Record {
        self.streams.entry(id).or_default()
    }

    /// The user wrote these bytes, and they were taken.
    pub fn on_write(&mut self, id: u64, data: &[u8]) {
        let record = self.record(id);
        record.written.extend(data);
        if record.is_close_write_called || record.is_close_called {
            self.fault(format!(
                "a write on stream {id} succeeded after it was closed"
            ));
        }
    }

    /// The user half-closed the stream.
    pub fn on_close_write(&mut self, id: u64) {
        self.record(id).is_close_write_called = true;
    }

    /// The user closed the stream, or cancelled its open.
    pub fn on_close(&mut self, id: u64) {
        self.record(id).is_close_called = true;
    }

    /// The user read these bytes.
    pub fn on_read(&mut self, id: u64, data: &[u8]) {
        let record = self.record(id);
        record.read += data.len() as u128;
        if !take(&mut record.unread, data) {
            self.fault(format!(
                "a read on stream {id} gave something else than was received"
            ));
        }
    }

    /// The user read the end of the stream.
    pub fn on_end_of_stream(&mut self, id: u64) {
        let record = self.record(id);
        if !record.unread.is_empty() || !record.is_remote_finished() {
            self.fault(format!("a read on stream {id} ended too early"));
        }
    }

    /// Input arrived at this end.
    pub fn on_received(&mut self, bytes: &[u8]) {
        if self.is_incoming_lost {
            return;
        }
        let mut parts = Vec::new();
        self.is_incoming_lost = self.incoming.push_into(bytes, &mut parts).is_err();
        for part in parts {
            match part {
                Part::Message(message) => self.on_received_message(message),
                Part::Payload(id, payload) => {
                    let record = self.record(id);
                    record.received += payload.len() as u128;
                    record.unread.extend(payload);
                }
            }
        }
    }

    fn on_received_message(&mut self, message: Message) {
        match message {
            Message::Heartbeat | Message::Data(..) => {}
            Message::Open(id, window) => {
                // What came before, where opens may come late, was for nobody.
                let record = Record {
                    granted_by_peer: window.into(),
                    ..Record::default()
                };
                self.streams.insert(id, record);
            }
            Message::Accept(id, window) => {
                let record = self.record(id);
                record.is_accepted = true;
                record.granted_by_peer = window.into();
            }
            Message::WindowIncrement(id, amount) => {
                self.record(id).granted_by_peer += u128::from(amount);
            }
            Message::CloseWrite(id) => self.record(id).is_remote_write_closed = true,
            Message::Close(id) => self.record(id).is_remote_closed = true,
        }
    }

    /// Output left this end. Returns the messages in it, data with its payload following as on the wire.
    pub fn on_sent(&mut self, bytes: &[u8]) -> Vec<Part> {
        let mut parts = Vec::new();
        if let Err(error) = self.outgoing.push_into(bytes, &mut parts) {
            self.fault(format!("sent what is no message: {error}"));
        }
        for part in &parts {
            let checked = match part {
                Part::Message(message) => self.on_sent_message(*message),
                Part::Payload(id, payload) => self.on_sent_payload(*id, payload),
            };
            if let Err(text) = checked {
                self.fault(format!("sent {part:?}: {text}"));
            }
        }
        parts
    }

    fn on_sent_message(&mut self, message: Message) -> Result<(), &'static str> {
        let (window, max_window) = (self.window, self.max_window);
        match message {
            Message::Heartbeat => Ok(()),
            Message::Open(id, window) => self.on_sent_open(id, window),
            Message::Accept(id, window) => self.on_sent_accept(id, window),
            Message::Data(id, len) => {
                let record = self.sending(id)?;
                if record.is_close_write_sent {
                    return Err("after close_write");
                }
                record.sent += len as u128;
                if len == 0 {
                    return Err("no data");
                }
                if record.sent > record.granted_by_peer {
                    return Err("more than the credit");
                }
                Ok(())
            }
            Message::WindowIncrement(id, amount) => {
                let record = self.sending(id)?;
                record.granted += u128::from(amount);
                let granted = record.granted;
                // What windows do not grow by was read.
                let growth = u128::from(max_window - window);
                if amount == 0 {
                    return Err("nothing granted");
                }
                if granted > record.read + growth {
                    return Err("more granted than read");
                }
                Ok(())
            }
            Message::CloseWrite(id) => {
                let record = self.sending(id)?;
                let was_sent = std::mem::replace(&mut record.is_close_write_sent, true);
                match record {
                    _ if was_sent => Err("twice"),
                    record if !record.is_close_write_called => Err("nobody called close_write"),
                    record if !record.written.is_empty() => Err("ahead of data written before"),
                    _ => Ok(()),
                }
            }
            Message::Close(id) => self.on_sent_close(id),
        }
    }

    /// The stream, if messages may be sent on it.
    fn sending(&mut self, id: u64) -> Result<&mut Record, &'static str> {
        let record = self.streams.get_mut(&id).ok_or("no such stream")?;
        if record.is_close_sent {
            return Err("after close");
        }
        if !record.is_accepted {
            return Err("before accept");
        }
        Ok(record)
    }

    fn on_sent_open(&mut self, id: u64, window: u64) -> Result<(), &'static str> {
        if id == 0 || self.role.is_even() != id.is_multiple_of(2) {
            return Err("wrong parity");
        }
        if id <= self.last_opened {
            return Err("identifiers do not increase");
        }
        self.last_opened = id;
        self.record(id);
        if window == self.window {
            Ok(())
        } else {
            Err("wrong window")
        }
    }

    fn on_sent_accept(&mut self, id: u64, window: u64) -> Result<(), &'static str> {
        if self.role.is_even() == id.is_multiple_of(2) {
            return Err("wrong parity");
        }
        let expected = self.window;
        let record = self.streams.get_mut(&id).ok_or("no such stream")?;
        if record.is_accepted || record.is_close_sent {
            return Err("twice, or after close");
        }
        record.is_accepted = true;
        if window == expected {
            Ok(())
        } else {
            Err("wrong window")
        }
    }

    fn on_sent_close(&mut self, id: u64) -> Result<(), &'static str> {
        let record = self.streams.get_mut(&id).ok_or("no such stream")?;
        if std::mem::replace(&mut record.is_close_sent, true) {
            return Err("twice");
        }
        if !record.written.is_empty() {
            return Err("ahead of data written before");
        }
        if record.is_accepted && !record.is_close_called {
            return Err("nobody called close");
        }
        Ok(())
    }

    fn on_sent_payload(&mut self, id: u64, payload: &[u8]) -> Result<(), &'static str> {
        let record = self.record(id);
        if take(&mut record.written, payload) {
            Ok(())
        } else {
            Err("something else than was written")
        }
    }

    /// Nothing is under way and the carrier took everything: notes data that was left lying, closes that
    /// were not sent, and peers that were left without credit though everything they sent was read.
    pub fn check_quiet(&mut self) {
        let mut faults = Vec::new();
        for (id, record) in &self.streams {
            if !record.written.is_empty() {
                faults.push(format!("stream {id}: data written was not sent"));
            }
            if record.is_accepted && record.is_close_called && !record.is_close_sent {
                faults.push(format!("stream {id}: close was not sent"));
            }
            let is_live = record.is_accepted && !record.is_close_called;
            let credit = u128::from(self.window) + record.granted;
            let is_stuck = record.received >= credit && record.unread.is_empty() && self.window > 0;
            if is_live && !record.is_remote_finished() && is_stuck {
                faults.push(format!("stream {id}: the peer's credit did not come back"));
            }
        }
        self.faults.append(&mut faults);
    }
}

/// Takes as many bytes off the front as `expected` has; whether they are the same.
fn take(queue: &mut VecDeque<u8>, expected: &[u8]) -> bool {
    let len = expected.len().min(queue.len());
    let is_same = queue.make_contiguous()[..len] == *expected;
    queue.drain(..len);
    is_same
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The faults of a server that accepts stream 1 (window 4 for it, 10 for the peer), is granted
    /// that, and then sends `bytes`, of which the user wrote "ab".
    fn faults_of(bytes: &[u8]) -> Vec<String> {
        let mut audit = Audit::new(Role::Server, 10);
        audit.on_received(&Message::Open(1, 4).encode());
        audit.on_sent(&Message::Accept(1, 10).encode());
        audit.on_write(1, b"ab");
        audit.on_sent(bytes);
        audit.faults
    }

    #[test]
    fn what_is_right_has_no_faults() {
        assert_eq!(faults_of(&[3, 1, 0, 2, b'a', b'b']), [""; 0]);
    }

    #[test]
    fn what_is_wrong_has() {
        let wrong: [(&str, &[u8]); 9] = [
            ("content", &[3, 1, 0, 1, b'x']),
            ("credit", &[3, 1, 0, 5, b'a', b'b', 0, 0, 0]),
            ("no data", &[3, 1, 0, 0]),
            ("increment", &[4, 1, 1]),
            ("early close_write", &[5, 1]),
            ("early close", &[6, 1]),
            ("unknown", &[6, 3]),
            ("second accept", &[2, 1, 10]),
            ("parity", &[1, 3, 10]),
        ];
        for (what, bytes) in wrong {
            assert_ne!(faults_of(bytes), [""; 0], "{what}");
        }
    }
}
