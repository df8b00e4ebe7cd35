//! The streams of a connection, and the queues they stand in.
//!
//! Streams live in slots. A queue is a chain through the slots it holds, both ways, so that queueing and leaving
//! allocate nothing and search nothing, and a stream stands in a queue once at most. The queue for a turn is a
//! chain for each priority. A slot is used again when its stream is released and has no control left to send.

use alloc::vec::Vec;

use super::priority::Priority;
use super::stream::{Stream, StreamId};
use crate::ascending::Ascending;
use crate::config::Role;
use crate::foreign::ForeignBytes;
use crate::list;

/// The end of a chain. Memory ends long before there are as many slots.
const NIL: u32 = u32::MAX;
/// What precedes a slot that is in no chain.
const UNQUEUED: u32 = u32::MAX - 1;

/// What a stream can queue for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    /// To have its control messages sent.
    Control,
    /// To have its user told that something is ready.
    Ready,
    /// To write into the outbox, by priority.
    Turn,
}

const QUEUES: usize = 3;
/// The queue for a turn is a chain for each priority.
const CHAINS: usize = QUEUES - 1 + Priority::CLASSES as usize;

/// A slot's place in a queue.
#[derive(Debug, Clone, Copy)]
struct Link {
    previous: u32,
    next: u32,
}

const UNLINKED: Link = Link {
    previous: UNQUEUED,
    next: NIL,
};

impl Link {
    fn is_queued(self) -> bool {
        self.previous != UNQUEUED
    }
}

#[derive(Debug)]
struct Slot<F> {
    stream: Stream<F>,
    /// Whether the stream is of no more use, except to send what is left of its control.
    is_released: bool,
    links: [Link; QUEUES],
}

#[derive(Debug, Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
}

#[derive(Debug)]
pub(super) struct Table<F> {
    role: Role,
    slots: Vec<Option<Slot<F>>>,
    free: Vec<u32>,
    /// How many of the slots hold streams that the peer opened, released or not.
    held_inbound: usize,
    /// The slots of those that are not released, by identifier: this end's, and the peer's, as each rise.
    by_id: [Ascending<u32>; 2],
    chains: [Chain; CHAINS],
}

impl<F: ForeignBytes> Table<F> {
    pub(super) fn new(role: Role) -> Self {
        Self {
            role,
            slots: Vec::new(),
            free: Vec::new(),
            held_inbound: 0,
            by_id: Default::default(),
            chains: [Chain {
                first: NIL,
                last: NIL,
            }; CHAINS],
        }
    }

    /// How many streams the peer can still name.
    pub(super) fn len(&self) -> usize {
        self.by_id.iter().map(Ascending::len).sum()
    }

    /// How many streams of the peer take up memory: those that are not released, and those that are but
    /// still have something to send.
    pub(super) fn held_inbound(&self) -> usize {
        self.held_inbound
    }

    pub(super) fn insert(&mut self, stream: Stream<F>) -> StreamId {
        let value = stream.id;
        self.held_inbound += usize::from(!self.role.opens(value));
        let slot = Some(Slot {
            stream,
            is_released: false,
            links: [UNLINKED; QUEUES],
        });
        let index = if let Some(index) = self.free.pop() {
            self.slots[index as usize] = slot;
            index
        } else {
            list::push(&mut self.slots, slot);
            (self.slots.len() - 1) as u32
        };
        self.by_id[parity(value)].insert(value, index);
        StreamId { value, slot: index }
    }

    /// The stream the peer names `value`, unless it is released.
    pub(super) fn find(&self, value: u64) -> Option<StreamId> {
        let slot = *self.by_id[parity(value)].get(value)?;
        Some(StreamId { value, slot })
    }

    /// The stream, unless it is released.
    pub(super) fn get_mut(&mut self, id: StreamId) -> Option<&mut Stream<F>> {
        let slot = self.slot_mut(id.slot)?;
        (slot.stream.id == id.value && !slot.is_released).then_some(&mut slot.stream)
    }

    pub(super) fn get(&self, id: StreamId) -> Option<&Stream<F>> {
        let slot = self.slots.get(id.slot as usize)?.as_ref()?;
        (slot.stream.id == id.value && !slot.is_released).then_some(&slot.stream)
    }

    /// Forgets the stream: the peer's messages for it are of no interest, operations on it fail.
    /// What control it has left is still sent.
    pub(super) fn release(&mut self, id: StreamId) {
        let Some(slot) = self.slot_mut(id.slot) else {
            return;
        };
        if slot.stream.id == id.value && !slot.is_released {
            slot.is_released = true;
            slot.stream.unread = Default::default();
            self.by_id[parity(id.value)].remove(id.value);
            self.leave(Queue::Ready, id.slot);
            self.leave(Queue::Turn, id.slot);
            self.reuse(id.slot);
        }
    }

    /// Lets the stream queue, behind all others, unless it does.
    pub(super) fn push(&mut self, queue: Queue, id: StreamId) {
        self.join(queue, id.slot, false);
    }

    /// Lets the stream queue, ahead of all others, unless it does.
    pub(super) fn push_front(&mut self, queue: Queue, id: StreamId) {
        self.join(queue, id.slot, true);
    }

    /// The first of the queue, most urgent first where priority counts.
    pub(super) fn first(&mut self, queue: Queue) -> Option<(StreamId, &mut Stream<F>)> {
        let index = self.first_slot(queue);
        let stream = &mut self.slot_mut(index)?.stream;
        let value = stream.id;
        Some((StreamId { value, slot: index }, stream))
    }

    /// Takes the first of the queue out of it.
    pub(super) fn pop(&mut self, queue: Queue) {
        let index = self.first_slot(queue);
        self.leave(queue, index);
        self.reuse(index);
    }

    pub(super) fn is_queue_empty(&self, queue: Queue) -> bool {
        self.first_slot(queue) == NIL
    }

    /// Whether no stream of this priority queues for a turn.
    pub(super) fn is_turn_queue_empty(&self, priority: Priority) -> bool {
        self.chains[chain_of(Queue::Turn, priority)].first == NIL
    }

    /// Whether a more urgent stream than of this priority queues for a turn.
    pub(super) fn has_turn_queued_above(&self, priority: Priority) -> bool {
        let above = &self.chains[chain_of(Queue::Turn, priority) + 1..];
        above.iter().any(|chain| chain.first != NIL)
    }

    /// Changes a stream's priority. If it queues for a turn, it goes on at the end of its new queue.
    pub(super) fn set_priority(&mut self, id: StreamId, priority: Priority) {
        let is_queued = self
            .slot_mut(id.slot)
            .is_some_and(|slot| slot.links[Queue::Turn as usize].is_queued());
        if is_queued {
            self.leave(Queue::Turn, id.slot);
        }
        if let Some(stream) = self.get_mut(id) {
            stream.priority = priority;
        }
        if is_queued {
            self.push(Queue::Turn, id);
        }
    }

    fn first_slot(&self, queue: Queue) -> u32 {
        if queue != Queue::Turn {
            return self.chains[queue as usize].first;
        }
        let by_priority = self.chains[Queue::Turn as usize..].iter().rev();
        let mut slots = by_priority.map(|chain| chain.first);
        slots.find(|slot| *slot != NIL).unwrap_or(NIL)
    }

    fn join(&mut self, queue: Queue, index: u32, is_first: bool) {
        let slot = self.slot_mut(index);
        let Some(slot) = slot.filter(|slot| !slot.links[queue as usize].is_queued()) else {
            return;
        };
        let at = chain_of(queue, slot.stream.priority);
        let chain = self.chains[at];
        let (previous, next) = if is_first {
            (NIL, chain.first)
        } else {
            (chain.last, NIL)
        };
        if let Some(slot) = self.slot_mut(index) {
            slot.links[queue as usize] = Link { previous, next };
        }
        self.set_next(queue, at, previous, index);
        self.set_previous(queue, at, next, index);
    }

    /// Takes a slot out of a queue, if it is in it.
    fn leave(&mut self, queue: Queue, index: u32) {
        let Some(slot) = self.slot_mut(index) else {
            return;
        };
        let at = chain_of(queue, slot.stream.priority);
        let link = core::mem::replace(&mut slot.links[queue as usize], UNLINKED);
        if link.is_queued() {
            self.set_next(queue, at, link.previous, link.next);
            self.set_previous(queue, at, link.next, link.previous);
        }
    }

    /// What follows a slot of a chain, or begins it.
    fn set_next(&mut self, queue: Queue, chain: usize, index: u32, next: u32) {
        match self.slot_mut(index) {
            Some(slot) => slot.links[queue as usize].next = next,
            None => self.chains[chain].first = next,
        }
    }

    /// What precedes a slot of a chain, or ends it.
    fn set_previous(&mut self, queue: Queue, chain: usize, index: u32, previous: u32) {
        match self.slot_mut(index) {
            Some(slot) => slot.links[queue as usize].previous = previous,
            None => self.chains[chain].last = previous,
        }
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<F>> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    /// Makes the slot free if nothing holds it.
    fn reuse(&mut self, index: u32) {
        let is_idle =
            |slot: &Slot<F>| slot.is_released && slot.links.iter().all(|link| !link.is_queued());
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return;
        };
        if let Some(idle) = slot.take_if(|slot| is_idle(slot)) {
            self.held_inbound -= usize::from(!self.role.opens(idle.stream.id));
            self.free.push(index);
        }
    }
}

/// Which of the two ends opens streams with such an identifier.
fn parity(id: u64) -> usize {
    (id % 2) as usize
}

/// Where a queue's chain for this priority is.
fn chain_of(queue: Queue, priority: Priority) -> usize {
    match queue {
        Queue::Control | Queue::Ready => queue as usize,
        Queue::Turn => queue as usize + priority.index(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::NoForeignBytes;
    use crate::proto::state::State;

    fn stream(id: u64) -> Stream<NoForeignBytes> {
        Stream::new(id, State::opening(), 0)
    }

    #[test]
    fn a_queue_keeps_its_order_and_holds_a_stream_once() {
        let mut table = Table::new(Role::Client);
        let ids = [1, 3, 5].map(|id| table.insert(stream(id)));
        for id in [ids[1], ids[0], ids[1], ids[2]] {
            table.push(Queue::Turn, id);
        }
        table.release(ids[0]);
        let mut order = alloc::vec![];
        while let Some((id, _)) = table.first(Queue::Turn) {
            order.push(id.value());
            table.pop(Queue::Turn);
        }
        assert_eq!(order, [3, 5]);
    }

    #[test]
    fn turns_go_by_priority_which_can_change_while_waiting() {
        let mut table = Table::new(Role::Client);
        let ids = [1, 3, 5, 7].map(|id| table.insert(stream(id)));
        for id in &ids[..3] {
            table.push(Queue::Turn, *id);
        }
        table.set_priority(ids[2], Priority::HIGHEST);
        table.set_priority(ids[1], Priority::LOWEST);
        table.push_front(Queue::Turn, ids[3]);
        assert!(table.has_turn_queued_above(Priority::default()));
        let mut order = alloc::vec![];
        while let Some((id, _)) = table.first(Queue::Turn) {
            order.push(id.value());
            table.pop(Queue::Turn);
            if order.len() == 1 {
                assert!(table.is_turn_queue_empty(Priority::HIGHEST));
                table.push_front(Queue::Turn, ids[2]);
                table.set_priority(ids[2], Priority::LOWEST);
            }
        }
        assert_eq!(order, [5, 7, 1, 3, 5]);
        assert!(table.is_queue_empty(Queue::Turn));
    }

    #[test]
    fn a_slot_is_reused_only_after_its_last_queue() {
        let mut table = Table::new(Role::Client);
        let first = table.insert(stream(1));
        table.push(Queue::Control, first);
        table.release(first);
        assert_eq!(table.find(1), None);
        assert!(table.get(first).is_none());
        assert_ne!(table.insert(stream(3)).slot, first.slot);
        assert_eq!(table.first(Queue::Control).map(|(id, _)| id), Some(first));
        table.pop(Queue::Control);
        let second = table.insert(stream(5));
        assert_eq!(second.slot, first.slot);
        assert!(table.get(first).is_none() && table.get(second).is_some());
    }
}
