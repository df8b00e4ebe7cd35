//! Foreign bytes, as far as the core can tell.

use std::cell::RefCell;
use std::rc::Rc;

use strandmux::{Chunk, ForeignBytes};

/// Bytes in a buffer that others can have a part of. However few they are, they are not worth copying, so that every
/// path is taken.
#[derive(Debug)]
pub struct Elsewhere {
    buffer: Rc<RefCell<Vec<u8>>>,
    start: usize,
    end: usize,
}

impl Elsewhere {
    /// All of a buffer.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            buffer: Rc::new(RefCell::new(bytes.to_vec())),
            start: 0,
            end: bytes.len(),
        }
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        self.buffer.borrow()[self.start..self.end].to_vec()
    }

    /// How long the buffer is that they keep, and how many keep it.
    pub fn kept(&self) -> (usize, usize) {
        (self.buffer.borrow().len(), Rc::strong_count(&self.buffer))
    }

    /// Changes the whole buffer, as its new owner may.
    pub fn scribble(&self) {
        self.buffer.borrow_mut().fill(0xee);
    }
}

impl ForeignBytes for Elsewhere {
    const MIN_PAYLOAD: usize = 1;

    fn len(&self) -> usize {
        self.end - self.start
    }

    fn split_to(&mut self, len: usize) -> Self {
        assert!(len <= self.len());
        let first = Self {
            buffer: self.buffer.clone(),
            start: self.start,
            end: self.start + len,
        };
        self.start += len;
        first
    }

    fn copy_to(&self, buffer: &mut [u8]) {
        assert!(buffer.len() <= self.len());
        let end = self.start + buffer.len();
        buffer.copy_from_slice(&self.buffer.borrow()[self.start..end]);
    }

    fn append(&mut self, bytes: &[u8]) -> bool {
        let mut buffer = self.buffer.borrow_mut();
        let end = self.end + bytes.len();
        if end > buffer.len() {
            return false;
        }
        buffer[self.end..end].copy_from_slice(bytes);
        self.end = end;
        true
    }

    fn join(&mut self, next: Self) -> Result<(), Self> {
        if next.start < self.end || !Rc::ptr_eq(&self.buffer, &next.buffer) {
            return Err(next);
        }
        let mut buffer = self.buffer.borrow_mut();
        buffer.copy_within(next.start..next.end, self.end);
        self.end += next.end - next.start;
        Ok(())
    }

    fn detach(&mut self) {
        *self = Self::new(&self.to_vec());
    }
}

/// The bytes of a chunk, whose memory is overwritten if it is the chunk's alone.
pub fn take_all(chunk: Chunk<Elsewhere>) -> Vec<u8> {
    match chunk {
        Chunk::Bytes(bytes) => bytes,
        Chunk::Foreign { bytes, is_shared } => {
            let copy = bytes.to_vec();
            if !is_shared {
                bytes.scribble();
            }
            copy
        }
    }
}
