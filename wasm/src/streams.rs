//! The streams of a multiplexer, to tell them of its end.
//!
//! Whoever waits for `closed` of a stream's reader or writer, and for nothing else, would not hear of it otherwise.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use wasm_bindgen::prelude::*;

use crate::stream::Halves;

/// Those streams whose `ReadableStream` or `WritableStream` exists, by identifier.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    touched: RefCell<BTreeMap<u64, Weak<Halves>>>,
}

impl Streams {
    pub(crate) fn add(&self, halves: &Rc<Halves>) {
        let weak = Rc::downgrade(halves);
        self.touched.borrow_mut().insert(halves.id(), weak);
    }

    pub(crate) fn remove(&self, id: u64) {
        self.touched.borrow_mut().remove(&id);
    }

    /// The multiplexer has ended.
    pub(crate) fn end(&self) {
        let touched = std::mem::take(&mut *self.touched.borrow_mut());
        for halves in touched.into_values().filter_map(|weak| weak.upgrade()) {
            halves.on_multiplexer_end();
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// A reference that does not keep its target from being garbage: a stream's controller leads to its
    /// closures, and they to its halves.
    #[derive(Debug)]
    pub(crate) type WeakRef;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(target: &JsValue) -> WeakRef;

    /// The target, undefined once it is garbage.
    #[wasm_bindgen(method)]
    pub(crate) fn deref(this: &WeakRef) -> JsValue;
}
