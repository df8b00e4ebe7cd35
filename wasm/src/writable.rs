//! A stream's outgoing bytes as a `WritableStream`.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{WritableStream, WritableStreamDefaultController};

use crate::error::{Class, error, operation_error, set};
use crate::promise::begin;
use crate::readable::with_scratch;
use crate::stream::Halves;

#[wasm_bindgen]
extern "C" {
    /// A `Uint8Array` of the platform's own class, whatever the chunk's is.
    type Bytes;

    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    fn new(buffer: &JsValue, offset: &JsValue, len: &JsValue) -> Result<Bytes, JsValue>;
}

/// A `WritableStream` whose writes resolve when the core has taken all of the chunk.
pub(crate) fn stream(halves: Rc<Halves>) -> Result<WritableStream, JsValue> {
    let aborted = halves.clone();
    let start = Closure::<dyn FnMut(WritableStreamDefaultController)>::new(
        move |controller: WritableStreamDefaultController| {
            aborted.set_write_controller(&controller);
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
        begin(async move { write(&halves, &bytes_of(&chunk)?).await })
    });
    let close = Closure::<dyn FnMut()>::new(move || halves.end_write());
    let sink = Object::new();
    set(&sink, "start", &start.into_js_value());
    set(&sink, "write", &write.into_js_value());
    set(&sink, "close", &close.into_js_value());
    WritableStream::new_with_underlying_sink(&sink)
}

/// The multiplexer has ended: nothing can be written any more.
pub(crate) fn end(halves: &Halves, controller: &WritableStreamDefaultController) {
    let mut nobody = Context::from_waker(Waker::noop());
    let refused = halves.write.borrow_mut().poll_write(&mut nobody, &[0]);
    if let Poll::Ready(Err(error)) = refused {
        controller.error_with_e(&operation_error(&error));
    }
}

async fn write(halves: &Halves, bytes: &Uint8Array) -> Result<(), JsValue> {
    let (mut at, total) = (0, bytes.length());
    while at < total {
        let len = poll_fn(|cx| {
            // It is not ours: the buffer may have been transferred while it waited.
            if bytes.length() != total {
                return Poll::Ready(Err(detached()));
            }
            with_scratch(|scratch| {
                let end = total.min(at.saturating_add(scratch.len() as u32));
                let piece = &mut scratch[..(end - at) as usize];
                bytes.subarray(at, end).copy_to(piece);
                halves.write.borrow_mut().poll_write(cx, piece)
            })
            .map_err(|error| operation_error(&error))
        })
        .await?;
        // No more than the piece, whose length is a `u32`.
        at += len as u32;
    }
    Ok(())
}

/// The bytes of a chunk, not copied.
fn bytes_of(chunk: &JsValue) -> Result<Uint8Array, JsValue> {
    let bytes = if chunk.is_instance_of::<ArrayBuffer>() {
        Bytes::new(chunk, &JsValue::UNDEFINED, &JsValue::UNDEFINED)
    } else if ArrayBuffer::is_view(chunk) {
        let get = |name: &str| Reflect::get(chunk, &name.into());
        // A view of a detached buffer throws, or has none of these.
        get("byteOffset")
            .and_then(|offset| Bytes::new(&get("buffer")?, &offset, &get("byteLength")?))
    } else {
        return Err(invalid("a chunk must be an ArrayBuffer or a view of one"));
    };
    bytes.map(JsCast::unchecked_into).map_err(|_| detached())
}

fn detached() -> JsValue {
    invalid("the ArrayBuffer of a chunk is detached")
}

fn invalid(message: &str) -> JsValue {
    error(Class::Type, "invalid_chunk", message)
}
