//! A stream's outgoing bytes as a `WritableStream`.

use std::rc::Rc;

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::{WritableStream, WritableStreamDefaultController};

use crate::bytes;
use crate::direct::write_all;
use crate::error::{operation_error, set};
use crate::halves::Halves;
use crate::promise::begin;

/// A `WritableStream` whose writes resolve when the core has taken all of the chunk.
pub(crate) fn stream(halves: Rc<Halves>) -> Result<WritableStream, JsValue> {
    let aborted = halves.clone();
    let start = Closure::<dyn FnMut(WritableStreamDefaultController)>::new(
        move |controller: WritableStreamDefaultController| {
            aborted.writing.set_controller(&controller);
            let halves = aborted.clone();
            let abort = Closure::<dyn FnMut()>::new(move || halves.close());
            // Not the sink's `abort`, which is called only once a write that waits has ended. A signal takes listeners.
            let _ = controller
                .signal()
                .add_event_listener_with_callback("abort", abort.into_js_value().unchecked_ref());
        },
    );
    let written = halves.clone();
    let write = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |chunk: JsValue| {
        let halves = written.clone();
        begin(async move {
            let written = match bytes::chunk(&chunk) {
                Ok(bytes) => write_all(&halves, &bytes).await,
                Err(error) => Err(error),
            };
            if written.is_err() && halves.write_error().is_none() {
                // It is the end of the `WritableStream`, but not the stream's.
                halves.writing.unlock();
            }
            written
        })
    });
    let close = Closure::<dyn FnMut()>::new(move || {
        halves.writing.forget_controller();
        halves.end_write();
    });
    let sink = Object::new();
    set(&sink, "start", &start.into_js_value());
    set(&sink, "write", &write.into_js_value());
    set(&sink, "close", &close.into_js_value());
    WritableStream::new_with_underlying_sink(&sink)
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
