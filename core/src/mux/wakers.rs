//! One waker for each direction of each stream.

use alloc::vec::Vec;
use core::task::{Context, Waker};

use crate::list;
use crate::proto::{Half, StreamId};

/// Wakers by the slot of the stream, up to the highest slot that anyone has waited for.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    slots: Vec<[Option<Waker>; 2]>,
}

impl Wakers {
    /// Keeps the waker of the task. One that it replaces is retired.
    pub(crate) fn set(
        &mut self,
        id: StreamId,
        half: Half,
        cx: &mut Context<'_>,
        retired: &mut Vec<Waker>,
    ) {
        while self.slots.len() <= id.slot() {
            list::push(&mut self.slots, [None, None]);
        }
        let waker = &mut self.slots[id.slot()][half as usize];
        match waker {
            Some(waker) if waker.will_wake(cx.waker()) => {}
            _ => retired.extend(waker.replace(cx.waker().clone())),
        }
    }

    /// Takes out the waker of who waits, if someone does.
    pub(crate) fn take(&mut self, id: StreamId, half: Half) -> Option<Waker> {
        self.slots.get_mut(id.slot())?[half as usize].take()
    }

    /// Takes out all of them.
    pub(crate) fn all(&mut self, wakers: &mut Vec<Waker>) {
        wakers.extend(self.slots.iter_mut().flatten().filter_map(Option::take));
    }
}
