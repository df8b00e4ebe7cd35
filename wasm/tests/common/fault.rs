//! What a promise was rejected with, or a call has thrown.

use std::fmt;

use js_sys::{Error, RangeError, TypeError};
use wasm_bindgen::prelude::*;

use super::get;

#[derive(Clone)]
pub(crate) struct Fault(pub(crate) JsValue);

impl Fault {
    /// The error's code, or nothing.
    pub(crate) fn code(&self) -> String {
        string(&self.0, "code")
    }

    pub(crate) fn message(&self) -> String {
        string(&self.0, "message")
    }

    /// The code of what caused the error, or nothing.
    pub(crate) fn cause_code(&self) -> String {
        string(&get(&self.0, "cause"), "code")
    }

    pub(crate) fn is_type_error(&self) -> bool {
        self.0.is_instance_of::<TypeError>()
    }

    pub(crate) fn is_range_error(&self) -> bool {
        self.0.is_instance_of::<RangeError>()
    }

    /// The error is one and has this code.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: &str) {
        assert!(self.0.is_instance_of::<Error>(), "not an error: {self:?}");
        assert_eq!(self.code(), code, "{self:?}");
        assert!(!self.message().is_empty(), "without words: {self:?}");
    }

    /// The multiplexer has closed, for the reason with this code.
    #[track_caller]
    pub(crate) fn assert_closed_by(&self, cause: &str) {
        self.assert_code("multiplexer_closed");
        assert_eq!(self.cause_code(), cause, "{self:?}");
    }
}

fn string(target: &JsValue, name: &str) -> String {
    if !target.is_object() {
        return String::new();
    }
    get(target, name).as_string().unwrap_or_default()
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = self;
        write!(f, "{value:?} with code {:?}", self.code())?;
        write!(f, " and cause {:?}", self.cause_code())
    }
}
