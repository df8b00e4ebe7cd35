//! Errors as JavaScript sees them: `Error`s with a stable `code`.

use js_sys::{JsString, Reflect};
use strandmux::{CloseReason, Error};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Every error of this package is an `Error` (a `TypeError` or `RangeError` for wrong arguments) with a stable `code`. */
export interface StrandmuxError extends Error {
    /** What went wrong, for programs. */
    readonly code: string;
    /** For `multiplexer_closed`: why the multiplexer closed, an error with a `code` of its own. */
    readonly cause?: unknown;
    /** For a write that failed: how many of its bytes were taken and are on their way. */
    readonly written?: number;
}
"#;

/// What kind of `Error` it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Class {
    Error,
    Type,
    Range,
}

/// An error of this package's own, outside the protocol.
pub(crate) fn error(class: Class, code: &str, message: &str) -> JsValue {
    let error: JsValue = match class {
        Class::Error => js_sys::Error::new(message).into(),
        Class::Type => js_sys::TypeError::new(message).into(),
        Class::Range => js_sys::RangeError::new(message).into(),
    };
    set(&error, "code", &JsString::from(code));
    error
}

/// The error of an operation.
pub(crate) fn operation_error(error: &Error) -> JsValue {
    let value = self::error(Class::Error, error.code(), &error.to_string());
    if let Error::MultiplexerClosed(reason) = error {
        set(&value, "cause", &close_error(reason));
    }
    value
}

/// The error that closed a multiplexer.
pub(crate) fn close_error(reason: &CloseReason) -> JsValue {
    error(Class::Error, reason.code(), &reason.to_string())
}

pub(crate) fn set(target: &JsValue, name: &str, value: &JsValue) {
    // Setting a property of an object just made does not fail.
    let _ = Reflect::set(target, &JsString::from(name), value);
}
