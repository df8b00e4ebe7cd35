//! A connection with a user: calls that wait are tried again when the connection says so, and only then.

use std::collections::{BTreeMap, BTreeSet};
use std::task::Poll;
use std::time::Duration;

use strandmux::proto::{Connection, Half, StreamId};
use strandmux::{Config, Error, Instant, Role};

use super::calls::{Call, Returned};
use super::format::{Deadline, Request};
use crate::audit::Audit;
use crate::elsewhere::{Elsewhere, take_all};
use crate::wire::Part;

#[derive(Debug)]
pub(super) struct Endpoint {
    connection: Connection<Elsewhere>,
    pub(super) now: Instant,
    pub(super) audit: Audit,
    pub(super) is_stalled: bool,
    /// Whether input is given in foreign memory, and read as it lies.
    pub(super) is_foreign: bool,
    ids: BTreeMap<u64, StreamId>,
    calls: BTreeMap<u64, Call>,
    woken: BTreeSet<u64>,
    /// The call being made, which has not waited.
    fresh: Option<u64>,
    returned: BTreeMap<u64, Returned>,
    sent: Vec<(Instant, Part)>,
}

impl Endpoint {
    pub(super) fn new(role: Role, config: Config, first_id: Option<u64>) -> Self {
        let window = config.stream_receive_window;
        let mut connection = Connection::with_foreign_bytes(role, config, Instant::ZERO);
        if let Some(id) = first_id {
            connection.set_next_outbound_id(id);
        }
        Self {
            connection,
            now: Instant::ZERO,
            audit: Audit::new(role, window),
            is_stalled: false,
            is_foreign: false,
            ids: BTreeMap::new(),
            calls: BTreeMap::new(),
            woken: BTreeSet::new(),
            fresh: None,
            returned: BTreeMap::new(),
            sent: Vec::new(),
        }
    }

    /// The code of the reason for which the connection closed.
    pub(super) fn close_code(&self) -> Option<&'static str> {
        self.connection.close_reason().map(|reason| reason.code())
    }

    /// What was sent since the last time.
    pub(super) fn take_sent(&mut self) -> Vec<(Instant, Part)> {
        std::mem::take(&mut self.sent)
    }

    /// The calls that ended since the last time.
    pub(super) fn take_returned(&mut self) -> BTreeMap<u64, Returned> {
        std::mem::take(&mut self.returned)
    }

    /// Feeds an input in pieces and then, if `is_end`, the carrier's end.
    pub(super) fn receive(&mut self, pieces: &[&[u8]], is_end: bool) {
        for piece in pieces {
            self.audit.on_received(piece);
            if self.is_foreign {
                self.connection
                    .handle_foreign_input(self.now, Elsewhere::new(piece));
            } else {
                self.connection.handle_input(self.now, piece);
            }
            self.connection.handle_timeout(self.now);
        }
        if is_end {
            self.connection.handle_end();
        }
        self.settle();
    }

    /// Lets time pass, stopping wherever the connection wants to be called.
    pub(super) fn advance(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.connection.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.connection.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
        self.connection.handle_timeout(end);
        self.settle();
    }

    /// Makes a call. A read goes on until it has `wanted` bytes, or any if that is not known.
    ///
    /// # Errors
    ///
    /// A call that makes no sense.
    pub(super) fn call(
        &mut self,
        number: u64,
        request: &Request,
        wanted: Option<usize>,
    ) -> Result<(), String> {
        match request {
            Request::Open => self.start(number, Call::Open { id: None }),
            Request::Accept => self.start(number, Call::Accept),
            Request::Read { stream, max } => {
                let id = self.id(stream.0)?;
                let wanted = wanted.unwrap_or(1).min(*max);
                let data = Vec::new();
                self.start(number, Call::Read { id, wanted, data });
            }
            Request::Write { stream, hex } => {
                let id = self.id(stream.0)?;
                let data = hex.0.clone();
                self.start(number, Call::Write { id, data, done: 0 });
            }
            Request::CloseWrite { stream } => {
                let id = self.id(stream.0)?;
                self.audit.on_close_write(stream.0);
                self.connection.close_write(id);
                self.wake(|call| call.stream() == Some(id));
            }
            Request::Close { stream } => {
                let id = self.id(stream.0)?;
                self.close(id);
            }
            Request::Cancel { target } => self.cancel(*target)?,
            Request::MuxClose => self.connection.close(),
            Request::SetReadDeadline(deadline) => self.set_deadline(deadline, &[Half::Read])?,
            Request::SetWriteDeadline(deadline) => self.set_deadline(deadline, &[Half::Write])?,
            Request::SetDeadline(deadline) => {
                self.set_deadline(deadline, &[Half::Read, Half::Write])?;
            }
        }
        if request.cannot_fail() {
            self.end(number, Returned::Done);
        }
        self.settle();
        Ok(())
    }

    /// What the connection does after its end: nothing.
    ///
    /// # Errors
    ///
    /// What it did.
    pub(super) fn check_dead(&mut self) -> Result<(), String> {
        let code = self.close_code();
        self.connection.handle_input(self.now, &[0, 7]);
        self.connection.handle_end();
        self.connection.close();
        if self.connection.poll_transmit().is_some() {
            return Err("sends after its end".into());
        }
        if self.close_code() != code {
            return Err("changed the reason for its end".into());
        }
        let ended = |result: Option<Error>| matches!(result, Some(Error::MultiplexerClosed(reason)) if Some(reason.code()) == code);
        let open = match self.connection.open() {
            Poll::Ready(Err(error)) => Some(error),
            _ => None,
        };
        let accept = match self.connection.accept() {
            Poll::Ready(Err(error)) => Some(error),
            _ => None,
        };
        if ended(open) && ended(accept) {
            Ok(())
        } else {
            Err("opens or accepts after its end".into())
        }
    }

    fn id(&self, stream: u64) -> Result<StreamId, String> {
        let id = self.ids.get(&stream).copied();
        id.ok_or_else(|| format!("no call has returned stream {stream}"))
    }

    fn set_deadline(&mut self, deadline: &Deadline, halves: &[Half]) -> Result<(), String> {
        let id = self.id(deadline.stream.0)?;
        let at = deadline.in_ms.map(Duration::from_millis);
        let at = at.map(|after| self.now + after);
        for half in halves {
            self.connection.set_deadline(self.now, id, *half, at);
        }
        Ok(())
    }

    fn close(&mut self, id: StreamId) {
        self.audit.on_close(id.value());
        self.connection.close_stream(id);
        self.wake(|call| call.stream() == Some(id));
    }

    fn cancel(&mut self, number: u64) -> Result<(), String> {
        match self.calls.remove(&number) {
            Some(Call::Open { id: Some(id) }) => self.close(id),
            Some(Call::Open { id: None } | Call::Accept) => {}
            _ => return Err(format!("call {number} cannot be cancelled")),
        }
        self.returned.insert(number, Returned::Cancelled);
        Ok(())
    }

    fn start(&mut self, number: u64, call: Call) {
        self.calls.insert(number, call);
        self.fresh = Some(number);
        self.try_call(number);
        self.fresh = None;
    }

    fn end(&mut self, number: u64, returned: Returned) {
        let call = self.calls.remove(&number);
        self.returned.insert(number, returned);
        // Those of the same kind on the same stream stand in line.
        if let Some(call) = call {
            self.wake(|other| other.is_behind(&call));
        }
    }

    fn wake(&mut self, concerns: impl Fn(&Call) -> bool) {
        let woken = self.calls.iter().filter(|(_, call)| concerns(call));
        self.woken.extend(woken.map(|(number, _)| *number));
    }

    /// Sends, tells and tries again until nothing happens any more.
    fn settle(&mut self) {
        loop {
            self.transmit();
            while let Some(event) = self.connection.poll_event() {
                self.wake(|call| call.waits_for(event));
            }
            let woken = std::mem::take(&mut self.woken);
            if woken.is_empty() {
                break;
            }
            for number in woken {
                self.try_call(number);
            }
        }
    }

    fn transmit(&mut self) {
        while !self.is_stalled
            && let Some(bytes) = self.connection.poll_transmit()
        {
            let parts = self.audit.on_sent(&bytes);
            self.sent
                .extend(parts.into_iter().map(|part| (self.now, part)));
        }
    }

    fn try_call(&mut self, number: u64) {
        let Some(call) = self.calls.get(&number) else {
            return;
        };
        let mut earlier = self.calls.range(..number);
        if earlier.any(|(_, other)| call.is_behind(other)) {
            return;
        }
        let was_pending = self.fresh != Some(number);
        let Some(mut call) = self.calls.remove(&number) else {
            return;
        };
        let result = self.poll(&mut call);
        let n = call.written();
        self.calls.insert(number, call);
        match result {
            Poll::Pending => {}
            Poll::Ready(Ok(returned)) => self.end(number, returned),
            Poll::Ready(Err(error)) => {
                let failed = Returned::Failed {
                    n,
                    error,
                    was_pending,
                };
                self.end(number, failed);
            }
        }
    }

    fn poll(&mut self, call: &mut Call) -> Poll<Result<Returned, Error>> {
        match call {
            Call::Open { id } => self.poll_open(id),
            Call::Accept => self.connection.accept().map_ok(|id| {
                self.ids.insert(id.value(), id);
                Returned::Stream(id.value())
            }),
            Call::Read { id, wanted, data } => self.poll_read(*id, *wanted, data),
            Call::Write { id, data, done } => self.poll_write(*id, data, done),
        }
    }

    fn poll_open(&mut self, slot: &mut Option<StreamId>) -> Poll<Result<Returned, Error>> {
        let id = match *slot {
            Some(id) => id,
            None => match self.connection.open()? {
                Poll::Ready(id) => *slot.insert(id),
                Poll::Pending => return Poll::Pending,
            },
        };
        self.ids.insert(id.value(), id);
        let opened = self.connection.poll_opened(id);
        opened.map_ok(|()| Returned::Stream(id.value()))
    }

    /// Reads at most `max` bytes; none at the end.
    fn read(&mut self, id: StreamId, max: usize) -> Poll<Result<Vec<u8>, Error>> {
        if self.is_foreign && max > 0 {
            let read = self.connection.read_chunk(id, max);
            return read.map_ok(|chunk| chunk.map_or_else(Vec::new, take_all));
        }
        let mut buffer = vec![0; max];
        self.connection.read(id, &mut buffer).map_ok(|len| {
            buffer.truncate(len);
            buffer
        })
    }

    fn poll_read(
        &mut self,
        id: StreamId,
        wanted: usize,
        data: &mut Vec<u8>,
    ) -> Poll<Result<Returned, Error>> {
        loop {
            let read = match self.read(id, wanted - data.len()) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(read)) => read,
                Poll::Ready(Err(error)) if data.is_empty() => return Poll::Ready(Err(error)),
                // Compared with what the recording has, it is too little.
                Poll::Ready(Err(_)) => Vec::new(),
            };
            let len = read.len();
            if len == 0 && data.is_empty() && wanted > 0 {
                self.audit.on_end_of_stream(id.value());
                return Poll::Ready(Ok(Returned::EndOfStream));
            }
            self.audit.on_read(id.value(), &read);
            data.extend(read);
            if len == 0 || data.len() == wanted {
                return Poll::Ready(Ok(Returned::Read(std::mem::take(data))));
            }
        }
    }

    fn poll_write(
        &mut self,
        id: StreamId,
        data: &[u8],
        done: &mut usize,
    ) -> Poll<Result<Returned, Error>> {
        loop {
            let len = match self.connection.write(id, &data[*done..])? {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(len) => len,
            };
            self.audit.on_write(id.value(), &data[*done..*done + len]);
            *done += len;
            if *done == data.len() {
                return Poll::Ready(Ok(Returned::Wrote(*done)));
            }
        }
    }
}
