//! Steps of an async iterator.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::classes::Step;
use super::get;
use super::op::Op;

fn step(iterator: &JsValue, method: &str) -> Op<Step> {
    let method: Function = get(iterator, method).unchecked_into();
    let promise = method.call0(iterator).expect("a promise");
    Op::new("a step", promise.unchecked_into())
}

pub(crate) fn next(iterator: &JsValue) -> Op<Step> {
    step(iterator, "next")
}

/// What `break` in a `for await` calls.
pub(crate) fn stop(iterator: &JsValue) -> Op<Step> {
    step(iterator, "return")
}
