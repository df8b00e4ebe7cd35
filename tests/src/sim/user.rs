//! The user of one end: opens, accepts, writes and reads as planned. It tries again only when the connection
//! says so.

use std::collections::BTreeMap;
use std::task::Poll;
use std::time::Duration;

use strandmux::proto::{Connection, Event, StreamId};
use strandmux::{Error, Instant, Role};

use super::plan::{Ending, Plan};
use crate::audit::Audit;
use crate::random::Random;

/// What one end's user has done.
#[derive(Debug)]
pub struct User {
    role: Role,
    plan: Plan,
    random: Random,
    pub(super) now: Instant,
    /// Streams yet to be opened.
    to_open: usize,
    /// Opens that are taken back soon.
    to_cancel: Vec<StreamId>,
    flows: BTreeMap<StreamId, Flow>,
    /// Streams that were opened or accepted.
    pub established: usize,
    /// Streams that the peer did not want.
    pub rejected: usize,
    /// Streams that came to the end that was planned.
    pub finished: usize,
    /// What went wrong.
    pub faults: Vec<String>,
    /// Whether it leaves what arrives unread.
    pub is_reading_paused: bool,
    /// Whether it writes nothing by itself.
    pub is_writing_paused: bool,
    /// Bytes read on all streams.
    pub bytes_read: usize,
}

/// A stream in use.
#[derive(Debug, Default)]
struct Flow {
    written: usize,
    /// Since when a write waits.
    waits_since: Option<Instant>,
    longest_wait: Duration,
    is_write_over: bool,
    read: usize,
    is_read_over: bool,
}

impl User {
    pub(super) fn new(role: Role, plan: &Plan) -> Self {
        let side = usize::from(role.is_even());
        Self {
            role,
            plan: plan.clone(),
            random: Random::new(plan.seed.wrapping_add(side as u64)),
            now: Instant::ZERO,
            to_open: plan.streams[side],
            to_cancel: Vec::new(),
            flows: BTreeMap::new(),
            established: 0,
            rejected: 0,
            finished: 0,
            faults: Vec::new(),
            is_reading_paused: false,
            is_writing_paused: false,
            bytes_read: 0,
        }
    }

    /// Whether all its streams have come to their end.
    pub fn is_idle(&self) -> bool {
        self.to_open == 0 && self.flows.is_empty()
    }

    /// The streams in use.
    pub fn ids(&self) -> impl Iterator<Item = StreamId> {
        self.flows.keys().copied()
    }

    /// How many bytes were written on each stream in use.
    pub fn written(&self) -> impl Iterator<Item = (u64, usize)> {
        let flows = self.flows.iter();
        flows.map(|(id, flow)| (id.value(), flow.written))
    }

    /// The longest that a write has waited, for each stream in use.
    pub fn longest_waits(&self) -> impl Iterator<Item = (u64, Duration)> {
        let flows = self.flows.iter();
        flows.map(|(id, flow)| (id.value(), flow.longest_wait))
    }

    pub(super) fn start(&mut self, end: &mut Connection, audit: &mut Audit) {
        self.open(end, audit);
        self.accept(end, audit);
    }

    /// Opens this many streams more.
    pub fn open_more(&mut self, streams: usize) {
        self.to_open += streams;
    }

    pub(super) fn on_event(&mut self, event: Event, end: &mut Connection, audit: &mut Audit) {
        for id in std::mem::take(&mut self.to_cancel) {
            self.cancel(id, end, audit);
        }
        match event {
            Event::OpenAvailable => self.open(end, audit),
            Event::Incoming => self.accept(end, audit),
            Event::Opened(id) => self.on_opened(id, end, audit),
            Event::Readable(id) => self.read(id, end, audit),
            Event::Writable(id) if self.plan.abandoned.contains(&id.value()) => {}
            Event::Writable(id) => self.write(id, end, audit),
            Event::Closed => self.to_open = 0,
            other => self.faults.push(format!("{other:?} is news to this user")),
        }
        if let Event::Readable(id) | Event::Writable(id) = event {
            self.finish(id, end, audit);
        }
    }

    /// Reads everything that was left unread.
    pub fn resume_reading(&mut self, end: &mut Connection, audit: &mut Audit) {
        self.is_reading_paused = false;
        for id in self.flows.keys().copied().collect::<Vec<_>>() {
            self.read(id, end, audit);
            self.finish(id, end, audit);
        }
    }

    pub(super) fn close_all(&mut self, end: &mut Connection, audit: &mut Audit) {
        for id in std::mem::take(&mut self.flows).into_keys() {
            audit.on_close(id.value());
            end.close_stream(id);
        }
    }

    fn cancel(&mut self, id: StreamId, end: &mut Connection, audit: &mut Audit) {
        if self.flows.remove(&id).is_some() {
            audit.on_close(id.value());
            end.close_stream(id);
        }
    }

    fn open(&mut self, end: &mut Connection, audit: &mut Audit) {
        while self.to_open > 0 {
            match end.open() {
                Poll::Pending => return,
                Poll::Ready(Err(_)) => self.to_open = 0,
                Poll::Ready(Ok(id)) => {
                    self.to_open -= 1;
                    self.flows.insert(id, Flow::default());
                    if end.poll_opened(id).is_ready() {
                        self.faults.push(format!("stream {id} was open at once"));
                    }
                    if self.plan.is_cancelled(id.value()) {
                        self.to_cancel.push(id);
                        if self.random.percent(50) {
                            // Before the peer can have heard of it.
                            self.to_cancel.pop();
                            self.cancel(id, end, audit);
                        }
                    }
                }
            }
        }
    }

    fn accept(&mut self, end: &mut Connection, audit: &mut Audit) {
        while let Poll::Ready(Ok(id)) = end.accept() {
            self.flows.insert(id, Flow::default());
            self.establish(id, end, audit);
        }
    }

    fn on_opened(&mut self, id: StreamId, end: &mut Connection, audit: &mut Audit) {
        match end.poll_opened(id) {
            Poll::Pending => self
                .faults
                .push(format!("stream {id} was not open after all")),
            Poll::Ready(Ok(())) => self.establish(id, end, audit),
            Poll::Ready(Err(_)) => {
                self.rejected += 1;
                self.flows.remove(&id);
            }
        }
    }

    fn establish(&mut self, id: StreamId, end: &mut Connection, audit: &mut Audit) {
        self.established += 1;
        end.set_priority(id, self.plan.priority(id.value()));
        self.write(id, end, audit);
        self.read(id, end, audit);
        self.finish(id, end, audit);
    }

    /// Writes some more on a stream, as much as can be, while writing is paused.
    pub fn write_some(
        &mut self,
        len: usize,
        id: StreamId,
        end: &mut Connection,
        audit: &mut Audit,
    ) {
        let Some(flow) = self.flows.get_mut(&id) else {
            return;
        };
        let range = flow.written..flow.written + len;
        let data = self.plan.data(self.role, id.value(), range);
        if let Poll::Ready(Ok(written)) = end.write(id, &data) {
            audit.on_write(id.value(), &data[..written]);
            flow.written += written;
        }
    }

    /// Reads some of what has arrived on a stream; how much.
    pub fn read_some(
        &mut self,
        len: usize,
        id: StreamId,
        end: &mut Connection,
        audit: &mut Audit,
    ) -> usize {
        let mut buffer = vec![0; len];
        let Poll::Ready(Ok(len)) = end.read(id, &mut buffer) else {
            return 0;
        };
        audit.on_read(id.value(), &buffer[..len]);
        if let Some(flow) = self.flows.get_mut(&id) {
            flow.read += len;
        }
        self.bytes_read += len;
        len
    }

    fn write(&mut self, id: StreamId, end: &mut Connection, audit: &mut Audit) {
        let Some(flow) = self.flows.get_mut(&id).filter(|flow| !flow.is_write_over) else {
            return;
        };
        let len = self.plan.len(self.role, id.value());
        while flow.written < len {
            if self.is_writing_paused {
                return;
            }
            let most = (len - flow.written).min(self.plan.max_write(id.value()));
            let size = self.plan.size(most, &mut self.random);
            let range = flow.written..flow.written + size;
            let data = self.plan.data(self.role, id.value(), range);
            match end.write(id, &data) {
                Poll::Pending => {
                    flow.waits_since.get_or_insert(self.now);
                    return;
                }
                Poll::Ready(Ok(written)) => {
                    let since = flow.waits_since.take().unwrap_or(self.now);
                    let wait = self.now.saturating_duration_since(since);
                    flow.longest_wait = flow.longest_wait.max(wait);
                    audit.on_write(id.value(), &data[..written]);
                    flow.written += written;
                }
                Poll::Ready(Err(Error::RemoteClosed)) => break,
                Poll::Ready(Err(error)) => {
                    self.faults.push(format!("write on {id}: {error}"));
                    break;
                }
            }
        }
        flow.is_write_over = true;
        audit.on_close_write(id.value());
        end.close_write(id);
    }

    fn read(&mut self, id: StreamId, end: &mut Connection, audit: &mut Audit) {
        let Some(flow) = self.flows.get_mut(&id).filter(|flow| !flow.is_read_over) else {
            return;
        };
        if self.plan.unread.contains(&id.value()) {
            return;
        }
        let peer = self.role.peer();
        while !self.is_reading_paused {
            let size = self.plan.size(self.plan.max_read, &mut self.random);
            let mut buffer = vec![0; size];
            let len = match end.read(id, &mut buffer) {
                Poll::Pending => return,
                Poll::Ready(Ok(len)) => len,
                Poll::Ready(Err(error)) => {
                    self.faults.push(format!("read on {id}: {error}"));
                    0
                }
            };
            audit.on_read(id.value(), &buffer[..len]);
            let range = flow.read..flow.read + len;
            if buffer[..len] != self.plan.data(peer, id.value(), range) {
                self.faults.push(format!("read on {id}: wrong bytes"));
            }
            flow.read += len;
            self.bytes_read += len;
            if len == 0 {
                break;
            }
        }
        if self.is_reading_paused {
            return;
        }
        audit.on_end_of_stream(id.value());
        flow.is_read_over = true;
        let planned = self.plan.len(peer, id.value());
        if flow.read != planned && !self.plan.is_cancelled(id.value()) {
            self.faults
                .push(format!("read {} of {planned} bytes on {id}", flow.read));
        }
    }

    /// Closes the stream if it is time to.
    fn finish(&mut self, id: StreamId, end: &mut Connection, audit: &mut Audit) {
        let Some(flow) = self.flows.get(&id) else {
            return;
        };
        let closes = self.plan.ending(self.role, id.value()) == Ending::Close;
        if flow.is_write_over && (flow.is_read_over || closes) {
            audit.on_close(id.value());
            end.close_stream(id);
            self.flows.remove(&id);
            self.finished += usize::from(!self.plan.is_cancelled(id.value()));
        }
    }
}
