//! What the ends of a stream are called.

use core::fmt;

/// The address of one end of a stream, as the original writes it: `local:ID` or `remote:ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamAddr {
    side: &'static str,
    id: u64,
}

impl StreamAddr {
    pub(super) fn new(side: &'static str, id: u64) -> Self {
        Self { side, id }
    }
}

impl fmt::Display for StreamAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.side, self.id)
    }
}
