//! Bytes that stay in JavaScript's memory on their way through the core.

use js_sys::{ArrayBuffer, Object, Uint8Array};
use strandmux::ForeignBytes;

use crate::bytes;

pub(crate) type Multiplexer = strandmux::Multiplexer<JsBytes>;
pub(crate) type Stream = strandmux::Stream<JsBytes>;
pub(crate) type ReadHalf = strandmux::ReadHalf<JsBytes>;
pub(crate) type WriteHalf = strandmux::WriteHalf<JsBytes>;

/// A part of an `ArrayBuffer`.
#[derive(Debug)]
pub(crate) struct JsBytes {
    buffer: ArrayBuffer,
    start: u32,
    end: u32,
    /// Where the buffer ends.
    capacity: u32,
}

impl JsBytes {
    /// All of a buffer, which nobody else uses.
    pub(crate) fn new(buffer: ArrayBuffer) -> Self {
        let capacity = buffer.byte_length();
        Self {
            buffer,
            start: 0,
            end: capacity,
            capacity,
        }
    }

    /// The bytes where they are.
    pub(crate) fn view(&self) -> Uint8Array {
        self.view_of(self.start, self.end)
    }

    /// Zeros, if someone else who listens to the socket has taken the buffer away.
    fn view_of(&self, start: u32, end: u32) -> Uint8Array {
        bytes::part(&self.buffer, start, end - start)
            .unwrap_or_else(|| Uint8Array::new_with_length(end - start))
    }
}

impl ForeignBytes for JsBytes {
    /// A view of them and what it takes to pass it on cost as much as two copies of so many.
    const MIN_PAYLOAD: usize = 4_096;

    fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    fn split_to(&mut self, len: usize) -> Self {
        // Not more than there are, which is a `u32`.
        let middle = self.start + len as u32;
        let first = Self {
            buffer: self.buffer.clone(),
            end: middle,
            ..*self
        };
        self.start = middle;
        first
    }

    fn copy_to(&self, buffer: &mut [u8]) {
        let end = self.start + buffer.len() as u32;
        self.view_of(self.start, end).copy_to(buffer);
    }

    fn append(&mut self, bytes: &[u8]) -> bool {
        if bytes.len() > (self.capacity - self.end) as usize {
            return false;
        }
        let end = self.end + bytes.len() as u32;
        self.view_of(self.end, end).copy_from(bytes);
        self.end = end;
        true
    }

    fn join(&mut self, next: Self) -> Result<(), Self> {
        if next.start < self.end || !Object::is(&self.buffer, &next.buffer) {
            return Err(next);
        }
        let end = self.end + (next.end - next.start);
        // Which copes with parts that overlap.
        self.view_of(self.end, end).set(&next.view(), 0);
        self.end = end;
        Ok(())
    }

    fn detach(&mut self) {
        // Not the buffer's own method, which throws if the buffer was taken away.
        *self = Self::new(self.view().slice(0, self.end - self.start).buffer());
    }
}
