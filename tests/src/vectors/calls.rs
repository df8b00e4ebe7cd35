//! Calls that a recorded user made: those that wait, and how they end.

use strandmux::Error;
use strandmux::proto::{Event, StreamId};

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Returned {
    Stream(u64),
    Read(Vec<u8>),
    EndOfStream,
    Wrote(usize),
    /// A call that cannot fail.
    Done,
    Cancelled,
    /// After so many bytes, if it was a write.
    Failed {
        n: usize,
        error: Error,
        was_pending: bool,
    },
}

/// A call that has not ended.
#[derive(Debug)]
pub(super) enum Call {
    Open {
        id: Option<StreamId>,
    },
    Accept,
    /// Goes on until it has `wanted` bytes, as reads may return less than the reference's.
    Read {
        id: StreamId,
        wanted: usize,
        data: Vec<u8>,
    },
    Write {
        id: StreamId,
        data: Vec<u8>,
        done: usize,
    },
}

impl Call {
    pub(super) fn stream(&self) -> Option<StreamId> {
        match self {
            Self::Open { id } => *id,
            Self::Accept => None,
            Self::Read { id, .. } | Self::Write { id, .. } => Some(*id),
        }
    }

    pub(super) fn written(&self) -> usize {
        match self {
            Self::Write { done, .. } => *done,
            _ => 0,
        }
    }

    /// Whether it has to wait until `other`, which came first, is through.
    pub(super) fn is_behind(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Read { id, .. }, Self::Read { id: other, .. })
            | (Self::Write { id, .. }, Self::Write { id: other, .. }) => id == other,
            _ => false,
        }
    }

    pub(super) fn waits_for(&self, event: Event) -> bool {
        match (self, event) {
            (_, Event::Closed) => true,
            (Self::Open { id }, Event::OpenAvailable) => id.is_none(),
            (Self::Accept, Event::Incoming) => true,
            (Self::Open { id: Some(id) }, Event::Opened(of))
            | (Self::Read { id, .. }, Event::Readable(of))
            | (Self::Write { id, .. }, Event::Writable(of)) => *id == of,
            _ => false,
        }
    }
}
