//! Sets of few things, in a byte, as every stream has some.

use core::fmt;
use core::marker::PhantomData;

/// What can be in a set: one of at most eight.
pub(super) trait Member: Copy {
    /// Its place, from 0 to 7.
    fn place(self) -> u8;
}

/// A set of some of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Set<T> {
    bits: u8,
    of: PhantomData<T>,
}

impl<T: Member> Set<T> {
    pub(super) fn is_empty(self) -> bool {
        self.bits == 0
    }

    pub(super) fn contains(self, member: T) -> bool {
        self.bits & bit(member) != 0
    }

    pub(super) fn insert(&mut self, member: T) {
        self.bits |= bit(member);
    }

    /// Puts it in or takes it out.
    pub(super) fn set(&mut self, member: T, is_in: bool) {
        self.take(member);
        if is_in {
            self.insert(member);
        }
    }

    /// Takes it out; whether it was in.
    pub(super) fn take(&mut self, member: T) -> bool {
        let was_in = self.contains(member);
        self.bits &= !bit(member);
        was_in
    }
}

fn bit(member: impl Member) -> u8 {
    1 << (member.place() % 8)
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self {
            bits: 0,
            of: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010b}", self.bits)
    }
}
