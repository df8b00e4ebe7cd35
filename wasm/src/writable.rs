//! A stream's outgoing bytes as a `WritableStream`.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{WritableStream, WritableStreamDefaultController};

use crate::bytes;
use crate::direct::write_all;
use crate::error::operation_error;
use crate::exported::Exported;
use crate::halves::Halves;
use crate::promise::begin;

/// What a `WritableStream` writes to; see [`Source`](crate::readable::Source).
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Sink {
    halves: Rc<Halves>,
    /// Whether a write has waited, so that an abort is listened for.
    is_listening: Cell<bool>,
}

#[wasm_bindgen]
impl Sink {
    #[wasm_bindgen(skip_typescript)]
    pub fn start(&self, controller: &JsValue) {
        self.halves.writing.set_controller(controller);
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn write(&self, chunk: JsValue) -> Exported<JsValue> {
        let halves = self.halves.clone();
        let written = begin(async move {
            let written = match bytes::chunk(&chunk) {
                Ok(bytes) => write_all(&halves, &bytes).await,
                Err(error) => Err(error),
            };
            if written.is_err() && halves.write_error().is_none() {
                // It is the end of the `WritableStream`, but not the stream's.
                halves.writing.unlock();
            }
            written
        });
        if !written.is_undefined() && !self.is_listening.replace(true) {
            self.listen();
        }
        Ok(written)
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn close(&self) {
        self.halves.writing.forget_controller();
        self.halves.end_write();
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn abort(&self) {
        self.halves.close();
    }
}

impl Sink {
    /// `abort` is called only once a write that waits has ended, so this ends it.
    fn listen(&self) {
        let Some(controller) = self.halves.writing.controller() else {
            return;
        };
        let controller: WritableStreamDefaultController = controller.unchecked_into();
        let signal = controller.signal();
        if signal.aborted() {
            // By what the chunk's getters did.
            return self.halves.close();
        }
        let halves = self.halves.clone();
        // Garbage when the signal is, which one that can be called only once would not be.
        let abort = Closure::<dyn FnMut()>::new(move || halves.close()).into_js_value();
        // A signal takes listeners.
        let _ = signal.add_event_listener_with_callback("abort", abort.unchecked_ref());
    }
}

/// A `WritableStream` whose writes resolve when the core has taken all of the chunk.
pub(crate) fn stream(halves: Rc<Halves>) -> Result<WritableStream, JsValue> {
    let sink = JsValue::from(Sink {
        halves,
        is_listening: Cell::new(false),
    });
    WritableStream::new_with_underlying_sink(sink.unchecked_ref())
}

/// Nothing can be written any more. Who knows that from the `WritableStream` need not close it.
pub(crate) fn on_over(halves: &Halves) {
    let Some(controller) = halves.writing.controller() else {
        return;
    };
    let controller: WritableStreamDefaultController = controller.unchecked_into();
    if let Some(error) = halves.write_error() {
        halves.writing.forget_controller();
        controller.error_with_e(&operation_error(&error));
        halves.forget_write();
    }
}
