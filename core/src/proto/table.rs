//! The streams of a connection, and the queues they stand in.
//!
//! Streams live in slots. A queue is a chain through the slots it holds, and being in it a bit in
//! the slot, so that queueing allocates nothing and a stream stands in a queue once at most. A slot is
//! used again when its stream is released and has left every queue.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::stream::{Stream, StreamId};

/// The end of a chain.
const NIL: u32 = u32::MAX;

/// What a stream can queue for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Queue {
    /// To have its control messages sent.
    Control,
    /// To write into the outbox.
    Turn,
    /// To have its user told that something is ready.
    Ready,
}

const QUEUES: usize = 3;

#[derive(Debug)]
struct Slot {
    stream: Stream,
    /// Whether the stream is of no more use, except to send what is left of its control.
    is_released: bool,
    is_queued: [bool; QUEUES],
    next: [u32; QUEUES],
}

#[derive(Debug)]
pub(super) struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    by_id: BTreeMap<u64, u32>,
    /// First and last of each queue.
    queues: [(u32, u32); QUEUES],
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_id: BTreeMap::new(),
            queues: [(NIL, NIL); QUEUES],
        }
    }

    /// How many streams the peer can still name.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn insert(&mut self, stream: Stream) -> StreamId {
        let value = stream.id;
        let slot = Some(Slot {
            stream,
            is_released: false,
            is_queued: [false; QUEUES],
            next: [NIL; QUEUES],
        });
        let index = if let Some(index) = self.free.pop() {
            self.slots[index as usize] = slot;
            index
        } else {
            self.slots.push(slot);
            // Memory ends long before 2^32 slots do.
            (self.slots.len() - 1) as u32
        };
        self.by_id.insert(value, index);
        StreamId { value, slot: index }
    }

    /// The stream the peer names `value`, unless it is released.
    pub(super) fn find(&self, value: u64) -> Option<StreamId> {
        let slot = *self.by_id.get(&value)?;
        Some(StreamId { value, slot })
    }

    /// The stream, unless it is released.
    pub(super) fn get_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        let slot = self.slot_mut(id.slot)?;
        (slot.stream.id == id.value && !slot.is_released).then_some(&mut slot.stream)
    }

    pub(super) fn get(&self, id: StreamId) -> Option<&Stream> {
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
            self.by_id.remove(&id.value);
            self.reuse(id.slot);
        }
    }

    pub(super) fn push(&mut self, queue: Queue, id: StreamId) {
        let at = queue as usize;
        let Some(slot) = self.slot_mut(id.slot).filter(|s| !s.is_queued[at]) else {
            return;
        };
        slot.is_queued[at] = true;
        slot.next[at] = NIL;
        let last = core::mem::replace(&mut self.queues[at].1, id.slot);
        match self.slot_mut(last) {
            Some(last) => last.next[at] = id.slot,
            None => self.queues[at].0 = id.slot,
        }
    }

    /// The stream that has queued longest. Released ones are passed over, except for control.
    pub(super) fn first(&mut self, queue: Queue) -> Option<(StreamId, &mut Stream)> {
        loop {
            let index = self.queues[queue as usize].0;
            let slot = self.slots.get(index as usize)?.as_ref()?;
            if !slot.is_released || matches!(queue, Queue::Control) {
                break;
            }
            self.pop(queue);
        }
        let index = self.queues[queue as usize].0;
        let stream = &mut self.slot_mut(index)?.stream;
        let value = stream.id;
        Some((StreamId { value, slot: index }, stream))
    }

    /// Takes the first of the queue out of it.
    pub(super) fn pop(&mut self, queue: Queue) {
        let at = queue as usize;
        let index = self.queues[at].0;
        let Some(slot) = self.slot_mut(index) else {
            return;
        };
        slot.is_queued[at] = false;
        let next = slot.next[at];
        self.queues[at].0 = next;
        if next == NIL {
            self.queues[at].1 = NIL;
        }
        self.reuse(index);
    }

    pub(super) fn is_queue_empty(&self, queue: Queue) -> bool {
        self.queues[queue as usize].0 == NIL
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot> {
        self.slots.get_mut(index as usize)?.as_mut()
    }

    /// Makes the slot free if nothing holds it.
    fn reuse(&mut self, index: u32) {
        let is_idle = |slot: &Slot| slot.is_released && slot.is_queued == [false; QUEUES];
        let slot = &mut self.slots[index as usize];
        if slot.as_ref().is_some_and(is_idle) {
            *slot = None;
            self.free.push(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::state::State;

    fn stream(id: u64) -> Stream {
        Stream::new(id, State::opening(), 0)
    }

    #[test]
    fn a_queue_keeps_its_order_and_holds_a_stream_once() {
        let mut table = Table::new();
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
    fn a_slot_is_reused_only_after_its_last_queue() {
        let mut table = Table::new();
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
