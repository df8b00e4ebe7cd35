//! The class `Stream`.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use strandmux::{ReadHalf, WriteHalf};
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, WritableStream};

use crate::streams::{Streams, WeakRef};
use crate::{readable, writable};

/// A byte stream in both directions, with flow control and half-close.
///
/// When both directions have ended, or when it is garbage, it closes by itself.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Stream {
    halves: Rc<Halves>,
    readable: OnceCell<ReadableStream>,
    writable: OnceCell<WritableStream>,
}

/// The two halves, which the stream's `ReadableStream` and `WritableStream` share with it. A borrow lasts for one
/// call into the core and never into JavaScript.
#[derive(Debug)]
pub(crate) struct Halves {
    pub(crate) read: RefCell<ReadHalf>,
    pub(crate) write: RefCell<WriteHalf>,
    /// Who waits for input.
    pub(crate) reader: Cell<Reader>,
    has_read_ended: Cell<bool>,
    has_write_ended: Cell<bool>,
    /// The controllers of the `ReadableStream` and the `WritableStream`.
    read_controller: OnceCell<WeakRef>,
    write_controller: OnceCell<WeakRef>,
    /// The streams of the same multiplexer.
    streams: Rc<Streams>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reader {
    #[default]
    None,
    /// A pull of the `ReadableStream`.
    Pull,
    /// Nobody who wants it: the `ReadableStream` was cancelled.
    Discard,
}

impl Stream {
    pub(crate) fn new(stream: strandmux::Stream, streams: Rc<Streams>) -> Self {
        let (read, write) = stream.into_split();
        Self {
            halves: Rc::new(Halves {
                read: RefCell::new(read),
                write: RefCell::new(write),
                reader: Cell::default(),
                has_read_ended: Cell::new(false),
                has_write_ended: Cell::new(false),
                read_controller: OnceCell::new(),
                write_controller: OnceCell::new(),
                streams,
            }),
            readable: OnceCell::new(),
            writable: OnceCell::new(),
        }
    }
}

#[wasm_bindgen]
impl Stream {
    /// The identifier on the wire: odd if the client opened the stream, even if the server did.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> u64 {
        self.halves.id()
    }

    /// What the peer writes. Nothing is read ahead of who reads it, so a reader that pauses makes the peer pause.
    /// Ends when the peer half-closes or closes the stream. Cancelling it discards what still comes.
    #[wasm_bindgen(getter, unchecked_return_type = "ReadableStream<Uint8Array>")]
    pub fn readable(&self) -> Result<ReadableStream, JsValue> {
        if let Some(readable) = self.readable.get() {
            return Ok(readable.clone());
        }
        let readable = readable::stream(self.halves.clone())?;
        self.halves.streams.add(&self.halves);
        Ok(self.readable.get_or_init(|| readable).clone())
    }

    /// What the peer reads, in chunks of bytes: any `ArrayBuffer` or view of one. A write resolves when its
    /// bytes are on their way in order, which waits for the peer's window. Closing it half-closes the
    /// stream, aborting it closes the stream.
    #[wasm_bindgen(
        getter,
        unchecked_return_type = "WritableStream<Uint8Array | ArrayBuffer | ArrayBufferView>"
    )]
    pub fn writable(&self) -> Result<WritableStream, JsValue> {
        if let Some(writable) = self.writable.get() {
            return Ok(writable.clone());
        }
        let writable = writable::stream(self.halves.clone())?;
        self.halves.streams.add(&self.halves);
        Ok(self.writable.get_or_init(|| writable).clone())
    }

    /// Half-closes the stream: the peer reads end of stream after what was written. Writes that still wait fail with
    /// the code `write_closed`; to finish them first, close `writable` instead.
    #[wasm_bindgen(js_name = closeWrite, unchecked_return_type = "Promise<void>")]
    pub fn close_write(&self) -> Promise {
        self.halves.end_write();
        Promise::resolve(&JsValue::UNDEFINED)
    }

    /// Closes the stream in both directions. What was written is still sent; reads and writes that wait fail
    /// with the code `stream_closed`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(&self) -> Promise {
        self.halves.close();
        Promise::resolve(&JsValue::UNDEFINED)
    }

    /// `local:` and the identifier.
    #[wasm_bindgen(getter, js_name = localAddr)]
    pub fn local_addr(&self) -> String {
        self.halves.read.borrow().local_addr().to_string()
    }

    /// `remote:` and the identifier.
    #[wasm_bindgen(getter, js_name = remoteAddr)]
    pub fn remote_addr(&self) -> String {
        self.halves.read.borrow().remote_addr().to_string()
    }
}

impl Halves {
    pub(crate) fn id(&self) -> u64 {
        self.read.borrow().id()
    }

    pub(crate) fn set_read_controller(&self, controller: &JsValue) {
        self.read_controller
            .get_or_init(|| WeakRef::new(controller));
    }

    pub(crate) fn set_write_controller(&self, controller: &JsValue) {
        self.write_controller
            .get_or_init(|| WeakRef::new(controller));
    }

    /// Tells who waits for the end of the `ReadableStream` and the `WritableStream`.
    pub(crate) fn on_multiplexer_end(&self) {
        if let Some(controller) = alive(&self.write_controller) {
            writable::end(self, controller.unchecked_ref());
        }
        if let Some(controller) = alive(&self.read_controller) {
            readable::end(self, controller.unchecked_ref());
        }
    }

    pub(crate) fn close(&self) {
        self.read.borrow().close();
    }

    /// Half-closes; a stream with nothing left in either direction is closed.
    pub(crate) fn end_write(&self) {
        self.write.borrow().close_write();
        self.has_write_ended.set(true);
        self.close_if_over();
    }

    /// Nothing more will be read.
    pub(crate) fn end_read(&self) {
        self.has_read_ended.set(true);
        self.close_if_over();
    }

    fn close_if_over(&self) {
        if self.has_read_ended.get() && self.has_write_ended.get() {
            self.close();
        }
    }
}

impl Drop for Halves {
    fn drop(&mut self) {
        self.streams.remove(self.id());
    }
}

fn alive(controller: &OnceCell<WeakRef>) -> Option<JsValue> {
    let target = controller.get()?.deref();
    (!target.is_undefined()).then_some(target)
}
