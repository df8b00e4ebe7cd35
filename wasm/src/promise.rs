//! Work as promises and tasks.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;

type Work<T> = Pin<Box<dyn Future<Output = Result<T, JsValue>>>>;

/// Begins the work before it returns, and gives a promise for what comes of it.
///
/// So a write that finds room is on its way when the user's call returns, and costs no task.
pub(crate) fn promise(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    match start(work) {
        Ok(Ok(value)) => Promise::resolve(&value),
        Ok(Err(error)) => Promise::reject(&error),
        Err(work) => wasm_bindgen_futures::future_to_promise(work),
    }
}

/// The same for the callbacks of a WHATWG stream: undefined if the work is done by the time it returns.
pub(crate) fn begin(work: impl Future<Output = Result<(), JsValue>> + 'static) -> JsValue {
    match start(work) {
        Ok(Ok(())) => JsValue::UNDEFINED,
        Ok(Err(error)) => Promise::reject(&error).into(),
        Err(work) => future_to_promise(async {
            work.await?;
            Ok(JsValue::UNDEFINED)
        })
        .into(),
    }
}

/// What came of the work at once, or the work.
fn start<T>(
    work: impl Future<Output = Result<T, JsValue>> + 'static,
) -> Result<Result<T, JsValue>, Work<T>> {
    let mut work: Work<T> = Box::pin(work);
    // Whatever wakes nobody now is seen when the promise's task polls for the first time.
    let mut nobody = Context::from_waker(Waker::noop());
    match work.as_mut().poll(&mut nobody) {
        Poll::Ready(result) => Ok(result),
        Poll::Pending => Err(work),
    }
}

/// A promise for the work, which begins in a microtask.
///
/// Boxed here, as for the function below, so that what runs it is there once and not once for each kind of work.
pub(crate) fn future_to_promise(
    work: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Promise {
    let work: Work<JsValue> = Box::pin(work);
    wasm_bindgen_futures::future_to_promise(work)
}

/// Runs the work from the next microtask on.
pub(crate) fn spawn_local(work: impl Future<Output = ()> + 'static) {
    let work: Pin<Box<dyn Future<Output = ()>>> = Box::pin(work);
    wasm_bindgen_futures::spawn_local(work);
}
