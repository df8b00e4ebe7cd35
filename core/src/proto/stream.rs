//! What one stream costs the connection.

use core::fmt;

use super::outbox::Sequence;
use super::priority::Priority;
use super::set::{Member, Set};
use super::state::State;
use super::turns::Turn;
use super::unread::Unread;
use super::window::{ReceiveWindow, SendWindow};
use crate::foreign::ForeignBytes;

/// A stream of a [`Connection`](super::Connection).
///
/// It stays valid as a name after the stream is gone: operations on it fail then. Identifiers are
/// never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    pub(super) value: u64,
    /// Where the connection keeps it.
    pub(super) slot: u32,
}

impl StreamId {
    /// The identifier on the wire.
    pub fn value(self) -> u64 {
        self.value
    }

    /// A small number that no other living stream of the connection has, to index a side table
    /// with. It is used again once the stream is gone.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({})", self.value)
    }
}

/// One direction of a stream, as seen from this end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Half {
    /// What the peer sends.
    Read,
    /// What this end sends.
    Write,
}

/// Control messages that wait to be sent. Being in a set, and credit in the window: however often something happens, it
/// costs no more memory.
#[derive(Debug, Clone, Copy)]
pub(super) enum Control {
    Open,
    Accept,
    Increment,
    CloseWrite,
    Close,
}

impl Member for Control {
    fn place(self) -> u8 {
        self as u8
    }
}

/// What operations wait for, or what has turned up for them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Interest {
    /// The peer's answer to an open.
    Open,
    Read,
    Write,
    /// That the peer ends one of its directions or both.
    End,
}

impl Member for Interest {
    fn place(self) -> u8 {
        self as u8
    }
}

impl Member for Half {
    fn place(self) -> u8 {
        self as u8
    }
}

#[derive(Debug)]
pub(super) struct Stream<F> {
    pub(super) id: u64,
    pub(super) state: State,
    pub(super) send: SendWindow,
    pub(super) receive: ReceiveWindow,
    /// Received and unread.
    pub(super) unread: Unread<F>,
    pub(super) control: Set<Control>,
    /// What an operation waits for.
    pub(super) waiting: Set<Interest>,
    /// What it waited for has come, and nobody was told.
    pub(super) ready: Set<Interest>,
    /// Whose deadline has passed.
    pub(super) expired: Set<Half>,
    pub(super) priority: Priority,
    pub(super) turn: Turn,
    /// Where the last message that went through the outbox is in its order.
    pub(super) last_output: Sequence,
}

impl<F: ForeignBytes> Stream<F> {
    pub(super) fn new(id: u64, state: State, receive_window: u64) -> Self {
        Self {
            id,
            state,
            send: SendWindow::default(),
            receive: ReceiveWindow::new(receive_window),
            unread: Unread::default(),
            control: Set::default(),
            waiting: Set::default(),
            ready: Set::default(),
            expired: Set::default(),
            priority: Priority::default(),
            turn: Turn::default(),
            last_output: Sequence::default(),
        }
    }
}
