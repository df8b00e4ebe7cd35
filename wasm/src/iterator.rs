//! The streams that the peer opens, for `for await`.

use std::rc::Rc;

use js_sys::{Object, Promise, Reflect, Symbol};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortController;

use crate::abort::unless_aborted;
use crate::error::set;
use crate::stream::Stream;
use crate::streams::Streams;

/// An iterator that ends when the multiplexer closes or when `stopped` aborts, which its `return` does. A step that
/// waits ends then, so that it takes no stream from whoever accepts next.
pub(crate) fn iterator(
    inner: strandmux::Multiplexer,
    streams: Rc<Streams>,
    stopped: AbortController,
) -> JsValue {
    let (accepting, signal) = (inner.clone(), stopped.signal());
    let accepted = streams.clone();
    let next = Closure::<dyn FnMut() -> Promise>::new(move || {
        let (accept, signal) = (accepting.accept(), signal.clone());
        let streams = accepted.clone();
        future_to_promise(async move {
            // Whatever ended it.
            let accept = async { accept.await.map_err(|_| JsValue::UNDEFINED) };
            let stream = unless_aborted(Some(signal), accept).await.ok();
            Ok(step(
                stream.map(|stream| Stream::new(stream, streams).into()),
            ))
        })
    });
    let stopping = stopped.clone();
    let stop = Closure::<dyn FnMut() -> Promise>::new(move || {
        stopping.abort();
        Promise::resolve(&step(None))
    });
    // One that shares its state is as good as itself.
    let itself = Closure::<dyn FnMut() -> JsValue>::new(move || {
        iterator(inner.clone(), streams.clone(), stopped.clone())
    });
    let object = Object::new();
    set(&object, "next", &next.into_js_value());
    set(&object, "return", &stop.into_js_value());
    // Setting a property of an object just made does not fail.
    let _ = Reflect::set(&object, &Symbol::async_iterator(), &itself.into_js_value());
    object.into()
}

/// The result of a step.
fn step(value: Option<JsValue>) -> JsValue {
    let result = Object::new();
    set(&result, "done", &value.is_none().into());
    set(&result, "value", &value.unwrap_or_default());
    result.into()
}
