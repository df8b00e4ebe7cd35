//! What a stream has received and nobody has read.
//!
//! Small payloads are copied, all into one buffer. Large ones that come in foreign memory stay in such memory, and each is
//! held with the number of copied bytes that come before it.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::foreign::{ForeignBytes, NoForeignBytes};

/// Bytes that were read as they lay: see [`Connection::read_chunk`](super::Connection::read_chunk).
#[derive(Debug)]
pub enum Chunk<F> {
    /// In this program's memory.
    Bytes(Vec<u8>),
    /// In foreign memory.
    Foreign {
        /// The bytes.
        bytes: F,
        /// Whether bytes of the stream that are not read yet lie in the same memory.
        is_shared: bool,
    },
}

impl<F: ForeignBytes> Chunk<F> {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Foreign { bytes, .. } => bytes.len(),
        }
    }

    /// Whether there are none, which nothing that is read is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Without foreign memory there is one kind.
impl From<Chunk<NoForeignBytes>> for Vec<u8> {
    fn from(chunk: Chunk<NoForeignBytes>) -> Self {
        match chunk {
            Chunk::Bytes(bytes) => bytes,
            Chunk::Foreign { bytes, .. } => match bytes {},
        }
    }
}

#[derive(Debug)]
pub(super) struct Unread<F> {
    /// What was copied.
    bytes: VecDeque<u8>,
    /// What was not. In a box, so that it is cheap to be without.
    foreign: Option<Box<Foreign<F>>>,
}

#[derive(Debug)]
struct Foreign<F> {
    runs: VecDeque<Run<F>>,
    /// Bytes in all runs.
    len: usize,
    /// Copied bytes before the last of the runs.
    before: usize,
}

/// Bytes that were not copied, never none.
#[derive(Debug)]
struct Run<F> {
    /// Copied bytes between the run before and this one.
    before: usize,
    bytes: F,
    /// Whether they are where they came, in the input that is being handled.
    is_open: bool,
}

impl<F> Default for Unread<F> {
    /// Without a buffer, as every stream that is idle has it.
    fn default() -> Self {
        Self {
            bytes: VecDeque::new(),
            foreign: None,
        }
    }
}

impl<F: ForeignBytes> Unread<F> {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.foreign.as_ref().map_or(0, |foreign| foreign.len)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.foreign.is_none()
    }

    /// Copies `bytes` behind what there is.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if let Some(foreign) = &mut self.foreign
            && foreign.before == self.bytes.len()
            && let Some(run) = foreign.runs.back_mut()
            && run.bytes.append(bytes)
        {
            // The rest of a write that was longer than a message can be, most likely: it is read with it.
            foreign.len += bytes.len();
            return;
        }
        self.bytes.extend(bytes);
    }

    /// Puts `bytes`, of which there are some, behind what there is. Unless it `stays` where it is, what directly follows
    /// bytes of the same input that do is moved up to them, and the rest into memory of its own.
    pub(super) fn push(&mut self, mut bytes: F, stays: bool) {
        if !stays {
            match self.join(bytes) {
                Ok(()) => return,
                Err(other) => bytes = other,
            }
            bytes.detach();
        }
        let foreign = self.foreign.get_or_insert_with(|| {
            Box::new(Foreign {
                runs: VecDeque::new(),
                len: 0,
                before: 0,
            })
        });
        foreign.len += bytes.len();
        let before = self.bytes.len() - foreign.before;
        foreign.before += before;
        foreign.runs.push_back(Run {
            before,
            bytes,
            is_open: stays,
        });
    }

    /// Moves `bytes` up to the last run, or gives them back.
    fn join(&mut self, bytes: F) -> Result<(), F> {
        if let Some(foreign) = &mut self.foreign
            && foreign.before == self.bytes.len()
            && let Some(run) = foreign.runs.back_mut().filter(|run| run.is_open)
        {
            let len = bytes.len();
            run.bytes.join(bytes)?;
            foreign.len += len;
            return Ok(());
        }
        Err(bytes)
    }

    /// Nothing more comes of the input in which a run lies. Its memory is kept if the run is more than half of `total`.
    pub(super) fn settle(&mut self, total: usize) {
        let runs = self
            .foreign
            .iter_mut()
            .flat_map(|foreign| foreign.runs.iter_mut());
        if let Some(run) = runs.rev().find(|run| run.is_open) {
            run.is_open = false;
            if run.bytes.len() <= total / 2 {
                run.bytes.detach();
            }
        }
    }

    /// Moves bytes into `buffer`; how many.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        let mut at = 0;
        while at < buffer.len() {
            let target = &mut buffer[at..];
            if let Some(run) = self.first_run() {
                let part = run.split_to(target.len().min(run.len()));
                part.copy_to(&mut target[..part.len()]);
                at += part.len();
                self.on_foreign_read(part.len());
                continue;
            }
            let len = target.len().min(self.copied_len());
            if len == 0 {
                break;
            }
            let (front, back) = self.bytes.as_slices();
            let from_front = len.min(front.len());
            target[..from_front].copy_from_slice(&front[..from_front]);
            target[from_front..len].copy_from_slice(&back[..len - from_front]);
            self.bytes.drain(..len);
            self.on_copied_read(len);
            at += len;
        }
        at
    }

    /// Takes at most `max` bytes, which is not 0, as they lie.
    pub(super) fn take(&mut self, max: usize) -> Option<Chunk<F>> {
        if let Some(run) = self.first_run() {
            let (len, all) = (run.len().min(max), run.len());
            let bytes = run.split_to(len);
            self.on_foreign_read(len);
            return Some(Chunk::Foreign {
                bytes,
                is_shared: len < all,
            });
        }
        let len = self.copied_len().min(max);
        if len == 0 {
            return None;
        }
        let bytes = if len == self.bytes.len() {
            core::mem::take(&mut self.bytes).into()
        } else {
            self.bytes.drain(..len).collect()
        };
        self.on_copied_read(len);
        Some(Chunk::Bytes(bytes))
    }

    /// The foreign bytes that come first, if they do.
    fn first_run(&mut self) -> Option<&mut F> {
        let run = self.foreign.as_mut()?.runs.front_mut()?;
        (run.before == 0).then_some(&mut run.bytes)
    }

    /// Copied bytes that come first.
    fn copied_len(&self) -> usize {
        let first = self
            .foreign
            .as_ref()
            .and_then(|foreign| foreign.runs.front());
        first.map_or(self.bytes.len(), |run| run.before)
    }

    /// `len` bytes of the first run were taken.
    fn on_foreign_read(&mut self, len: usize) {
        let Some(foreign) = &mut self.foreign else {
            return;
        };
        foreign.len -= len;
        if foreign.runs.front().is_some_and(|run| run.bytes.is_empty()) {
            foreign.runs.pop_front();
        }
        if foreign.runs.is_empty() {
            self.foreign = None;
        }
    }

    /// `len` copied bytes were taken.
    fn on_copied_read(&mut self, len: usize) {
        if self.bytes.is_empty() {
            // An idle stream keeps no buffer.
            self.bytes = VecDeque::new();
        }
        if let Some(foreign) = &mut self.foreign
            && let Some(run) = foreign.runs.front_mut()
        {
            run.before -= len;
            foreign.before -= len;
        }
    }
}
