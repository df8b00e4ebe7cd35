//! Futures that wait for the same thing, served in the order in which they came.

use alloc::vec::Vec;
use core::task::{Context, Waker};

use crate::ascending::Ascending;

/// A future's place in the line. None until it first has to wait.
pub(crate) type Ticket = Option<u64>;

#[derive(Debug, Default)]
pub(crate) struct Waiters {
    next: u64,
    /// By ticket; the waker is gone once it has been woken.
    waiting: Ascending<Option<Waker>>,
}

impl Waiters {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether someone waits who came before the holder of `ticket`.
    pub(crate) fn is_behind(&self, ticket: Ticket) -> bool {
        match (self.waiting.first_key(), ticket) {
            (Some(first), Some(ticket)) => first < ticket,
            (first, _) => first.is_some(),
        }
    }

    /// Waits, at the end of the line or where it stands already. A waker that is replaced is retired.
    pub(crate) fn wait(
        &mut self,
        ticket: &mut Ticket,
        cx: &mut Context<'_>,
        retired: &mut Vec<Waker>,
    ) {
        let number = *ticket.get_or_insert_with(|| {
            self.next += 1;
            self.next
        });
        let replaced = self.waiting.insert(number, Some(cx.waker().clone()));
        retired.extend(replaced.flatten());
    }

    /// Leaves the line; whether it stood there.
    pub(crate) fn leave(&mut self, ticket: &mut Ticket, retired: &mut Vec<Waker>) -> bool {
        let Some(place) = ticket.take().and_then(|ticket| self.waiting.remove(ticket)) else {
            return false;
        };
        retired.extend(place);
        true
    }

    /// The first in line, to be woken. It keeps its place.
    pub(crate) fn first(&mut self) -> Option<Waker> {
        self.waiting.first_mut()?.take()
    }

    /// All of them, to be woken.
    pub(crate) fn all(&mut self, wakers: &mut Vec<Waker>) {
        wakers.extend(self.waiting.values_mut().filter_map(Option::take));
    }
}
