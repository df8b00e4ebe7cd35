//! The bytes that a user passes, whatever they are wrapped in.

use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::error::{Class, error};

#[wasm_bindgen]
extern "C" {
    /// A `Uint8Array` of the platform's own class, whatever the chunk's is.
    type Bytes;

    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    fn new(buffer: &JsValue, offset: &JsValue, len: &JsValue) -> Result<Bytes, JsValue>;

    /// A view or a buffer. One that has lost its bytes may throw.
    type Source;

    #[wasm_bindgen(method, getter, catch)]
    fn buffer(this: &Source) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = byteOffset)]
    fn byte_offset(this: &Source) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    fn byte_length(this: &Source) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn class_of(value: &JsValue) -> JsString;
}

/// The bytes of a chunk to write, not copied.
///
/// # Errors
///
/// A `TypeError` unless it is a buffer or a view of one, which has not been taken away.
pub(crate) fn chunk(chunk: &JsValue) -> Result<Uint8Array, JsValue> {
    if ArrayBuffer::is_view(chunk) {
        view(chunk).ok_or_else(|| invalid_chunk(GONE))
    } else if is_buffer(chunk) {
        let len = chunk.unchecked_ref::<Source>().byte_length()?;
        bytes(chunk, &0.into(), &len).ok_or_else(|| invalid_chunk(GONE))
    } else {
        Err(invalid_chunk(
            "a chunk must be an ArrayBuffer or a view of one",
        ))
    }
}

/// The bytes of a view, which may be of a buffer that is shared or can be resized. None if the buffer was taken away
/// or no longer holds what the view is of.
pub(crate) fn view(view: &JsValue) -> Option<Uint8Array> {
    let view: &Source = view.unchecked_ref();
    let (buffer, offset) = (view.buffer().ok()?, view.byte_offset().ok()?);
    bytes(&buffer, &offset, &view.byte_length().ok()?)
}

/// The chunk of a write has lost its bytes before they were taken.
pub(crate) fn gone() -> JsValue {
    invalid_chunk(GONE)
}

const GONE: &str = "the ArrayBuffer of a chunk is detached, or has shrunk";

/// `len` bytes of a buffer, if it has them.
pub(crate) fn part(buffer: &ArrayBuffer, offset: u32, len: u32) -> Option<Uint8Array> {
    bytes(buffer, &offset.into(), &len.into())
}

fn bytes(buffer: &JsValue, offset: &JsValue, len: &JsValue) -> Option<Uint8Array> {
    Bytes::new(buffer, offset, len)
        .ok()
        .map(JsCast::unchecked_into)
}

/// Whether it is an `ArrayBuffer` or a `SharedArrayBuffer`, of whatever realm.
fn is_buffer(value: &JsValue) -> bool {
    let class = value.is_object().then(|| class_of(value));
    class.is_some_and(|class| {
        class == "[object ArrayBuffer]" || class == "[object SharedArrayBuffer]"
    })
}

fn invalid_chunk(message: &str) -> JsValue {
    error(Class::Type, "invalid_chunk", message)
}
