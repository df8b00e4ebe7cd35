//! Tells a stream's WHATWG streams of its end.
//!
//! Whoever waits for `closed` of a reader or writer, and for nothing else, would not hear of it otherwise. A stream
//! that is used directly pays nothing for it.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::halves::Halves;
use crate::promise::spawn_local;
use crate::{readable, writable};

/// Watches for the end of both directions from now on, for the WHATWG stream that was just made.
pub(crate) fn watch(halves: &Rc<Halves>) {
    if halves.is_watched.replace(true) {
        // It may have ended before.
        tell(halves);
        return;
    }
    let weak = Rc::downgrade(halves);
    spawn_local(poll_fn(move |cx| {
        let Some(halves) = weak.upgrade() else {
            return Poll::Ready(());
        };
        let (reading, writing) = (&halves.reading, &halves.writing);
        if !reading.is_over.get() {
            let ended = halves.read.borrow().poll_read_ended(cx);
            reading.is_over.set(ended.is_ready());
        }
        if !writing.is_over.get() {
            let ended = halves.write.borrow().poll_write_ended(cx);
            writing.is_over.set(ended.is_ready());
        }
        tell(&halves);
        if reading.is_over.get() && writing.is_over.get() {
            return Poll::Ready(());
        }
        Poll::Pending
    }));
}

fn tell(halves: &Halves) {
    if halves.writing.is_over.get() {
        writable::on_over(halves);
    }
    if halves.reading.is_over.get() {
        readable::on_over(halves);
    }
}
