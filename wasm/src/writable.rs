//! A stream's outgoing bytes as a `WritableStream`.

use std::future::poll_fn;
use std::rc::Rc;

use js_sys::{ArrayBuffer, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::WritableStream;

use crate::error::{Class, error, operation_error, set};
use crate::readable::with_scratch;
use crate::stream::Halves;

/// A `WritableStream` whose writes resolve when the core has taken all of the chunk.
pub(crate) fn stream(halves: Rc<Halves>) -> Result<WritableStream, JsValue> {
    let written = halves.clone();
    let write = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |chunk: JsValue| {
        let halves = written.clone();
        future_to_promise(async move {
            write(&halves, &bytes_of(&chunk)?).await?;
            Ok(JsValue::UNDEFINED)
        })
    });
    let ended = halves.clone();
    let close = Closure::<dyn FnMut()>::new(move || ended.end_write());
    let abort = Closure::<dyn FnMut()>::new(move || halves.close());
    let sink = Object::new();
    set(&sink, "write", &write.into_js_value());
    set(&sink, "close", &close.into_js_value());
    set(&sink, "abort", &abort.into_js_value());
    WritableStream::new_with_underlying_sink(&sink)
}

async fn write(halves: &Halves, bytes: &Uint8Array) -> Result<(), JsValue> {
    let mut at = 0;
    while at < bytes.length() {
        let len = poll_fn(|cx| {
            with_scratch(|scratch| {
                let end = bytes.length().min(at.saturating_add(scratch.len() as u32));
                let piece = &mut scratch[..(end - at) as usize];
                bytes.subarray(at, end).copy_to(piece);
                halves.write.borrow_mut().poll_write(cx, piece)
            })
        })
        .await
        .map_err(|error| operation_error(&error))?;
        // No more than the piece, whose length is a `u32`.
        at += len as u32;
    }
    Ok(())
}

/// The bytes of a chunk, not copied.
fn bytes_of(chunk: &JsValue) -> Result<Uint8Array, JsValue> {
    if let Some(bytes) = chunk.dyn_ref::<Uint8Array>() {
        return Ok(bytes.clone());
    }
    if chunk.is_instance_of::<ArrayBuffer>() {
        return Ok(Uint8Array::new(chunk));
    }
    if ArrayBuffer::is_view(chunk) {
        let view: &js_sys::DataView = chunk.unchecked_ref();
        let (offset, len) = (view.byte_offset() as u32, view.byte_length() as u32);
        return Ok(Uint8Array::new_with_byte_offset_and_length(
            &view.buffer(),
            offset,
            len,
        ));
    }
    let message = "a chunk must be an ArrayBuffer or a view of one";
    Err(error(Class::Type, "invalid_chunk", message))
}
