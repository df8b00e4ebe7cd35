//! What functions return that JavaScript calls.

use wasm_bindgen::prelude::*;

/// An object for JavaScript: a result even where nothing fails, as that is three numbers and not the object itself.
///
/// V8 inlines calls of WebAssembly that return one value into the JavaScript that makes them. If that JavaScript is
/// deoptimised during such a call, and the value is an object, the process dies of `unreachable code`, in Node 20 and 22
/// for instance. It does not inline calls that return more.
pub(crate) type Exported<T> = Result<T, JsValue>;
