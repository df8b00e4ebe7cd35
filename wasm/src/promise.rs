//! Work that is mostly done at once.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// Begins the work before it returns. Undefined if it is done by then, a promise for it otherwise.
///
/// So a write that finds room is on its way when the user's call returns, and costs no task.
pub(crate) fn begin(work: impl Future<Output = Result<(), JsValue>> + 'static) -> JsValue {
    let mut work = Box::pin(work);
    // Whatever wakes nobody now is seen when the promise's task polls for the first time.
    let mut nobody = Context::from_waker(Waker::noop());
    match work.as_mut().poll(&mut nobody) {
        Poll::Ready(Ok(())) => JsValue::UNDEFINED,
        Poll::Ready(Err(error)) => Promise::reject(&error).into(),
        Poll::Pending => future_to_promise(async {
            work.await?;
            Ok(JsValue::UNDEFINED)
        })
        .into(),
    }
}
