//! How urgent a stream's data is.

use core::fmt;

/// How urgent what a stream sends is, against the other streams of this end: one of eight classes, 0 to 7,
/// the higher the more urgent. The default is 3.
///
/// Between classes it is strict: while a more urgent stream has something to send and window for it, a less urgent one
/// gets no room. Within a class, writers share by bytes (deficit round robin). What has room already is sent, whatever
/// comes after it. Like `sendOrder` of WebTransport it is about this end alone: it is not on the wire and says nothing
/// about what the peer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

impl Priority {
    /// How many classes there are.
    pub const CLASSES: u8 = 8;
    /// The least urgent, class 0.
    pub const LOWEST: Self = Self(0);
    /// The most urgent, class 7.
    pub const HIGHEST: Self = Self(Self::CLASSES - 1);

    /// The priority of a class, `None` above 7.
    #[must_use]
    pub const fn new(class: u8) -> Option<Self> {
        if class < Self::CLASSES {
            Some(Self(class))
        } else {
            None
        }
    }

    /// The class, 0 to 7.
    #[must_use]
    pub const fn class(self) -> u8 {
        self.0
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Priority {
    /// Class 3.
    fn default() -> Self {
        Self(3)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
