//! References that keep nothing from being garbage.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A reference that does not keep its target from being garbage: a WHATWG stream's controller leads to its
    /// closures, and they to what would keep the controller.
    #[derive(Debug)]
    pub(crate) type WeakRef;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(target: &JsValue) -> WeakRef;

    /// The target, undefined once it is garbage.
    #[wasm_bindgen(method)]
    pub(crate) fn deref(this: &WeakRef) -> JsValue;
}
