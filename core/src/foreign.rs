//! Bytes that live in memory of another kind.

use core::fmt;

/// Bytes in memory that this program cannot borrow from, such as a buffer of JavaScript's: they can be split, copied
/// and passed on where they are.
///
/// A [`Carrier`](crate::Carrier) may give input in such memory, and a stream's reader gets large payloads as they
/// lie there ([`Chunk::Foreign`](crate::Chunk::Foreign)). Nearly everyone uses [`NoForeignBytes`], the default
/// everywhere.
pub trait ForeignBytes: fmt::Debug + Sized {
    /// Of a payload, fewer bytes than this are copied into this program's memory when they arrive. 0 counts as 1.
    const MIN_PAYLOAD: usize;

    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the first `len` off, which is not more than there are. They are not copied.
    #[must_use]
    fn split_to(&mut self, len: usize) -> Self;

    /// Copies the first of them into `buffer`, which is not longer than they are.
    fn copy_to(&self, buffer: &mut [u8]);

    /// Puts `bytes` behind these, in the memory that follows them, if it belongs to them and has room; whether it did.
    /// What lay there is lost: it has been read.
    fn append(&mut self, bytes: &[u8]) -> bool;

    /// Puts `next` behind these, if it lies further on in the same memory. What lay in between is lost: it has been
    /// read.
    ///
    /// # Errors
    ///
    /// `next`, if it does not lie there.
    fn join(&mut self, next: Self) -> Result<(), Self>;

    /// Moves them into memory that is theirs alone.
    fn detach(&mut self);
}

/// The [`ForeignBytes`] of those who have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoForeignBytes {}

impl ForeignBytes for NoForeignBytes {
    const MIN_PAYLOAD: usize = usize::MAX;

    fn len(&self) -> usize {
        match *self {}
    }

    fn split_to(&mut self, _: usize) -> Self {
        match *self {}
    }

    fn copy_to(&self, _: &mut [u8]) {
        match *self {}
    }

    fn append(&mut self, _: &[u8]) -> bool {
        match *self {}
    }

    fn join(&mut self, _: Self) -> Result<(), Self> {
        match *self {}
    }

    fn detach(&mut self) {
        match *self {}
    }
}
