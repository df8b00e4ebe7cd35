//! The streams that the peer opens, for `for await` and as a `ReadableStream`.
//!
//! Both ask for a stream when they are asked for one, like `acceptStream`, so that all of them get streams in the order
//! in which they asked.

use js_sys::{Object, Promise, Reflect, Symbol};
use strandmux::{CloseReason, Error};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, QueuingStrategy, ReadableStream, ReadableStreamDefaultController};

use crate::abort::unless_aborted;
use crate::error::{operation_error, set};
use crate::exported::Exported;
use crate::foreign;
use crate::promise::{future_to_promise, spawn_local};
use crate::stream::Stream;
use crate::weak::WeakRef;

/// Someone who takes the peer's streams until the multiplexer closes or they have had enough.
#[derive(Clone)]
pub(crate) struct Incoming {
    multiplexer: foreign::Multiplexer,
    /// Aborts when they have had enough. A step that waits ends then, so that it takes no stream from whoever accepts
    /// next.
    stopped: AbortController,
}

/// A step that gave no stream.
enum End {
    Stopped,
    Closed(Error),
}

impl Incoming {
    pub(crate) fn new(multiplexer: foreign::Multiplexer) -> Result<Self, JsValue> {
        Ok(Self {
            multiplexer,
            stopped: AbortController::new()?,
        })
    }

    async fn next(&self) -> Result<Stream, End> {
        let mut end = End::Stopped;
        let accept = async {
            self.multiplexer.accept().await.map_err(|error| {
                end = End::Closed(error);
                JsValue::UNDEFINED
            })
        };
        match unless_aborted(Some(self.stopped.signal()), accept).await {
            Ok(stream) => Ok(Stream::new(stream)),
            Err(_) => Err(end),
        }
    }

    fn stop(&self) {
        self.stopped.abort();
    }

    /// An async iterator. It ends when the multiplexer closes, for whatever reason.
    pub(crate) fn into_iterator(self) -> JsValue {
        let stepping = self.clone();
        let next = Closure::<dyn FnMut() -> Exported<Promise>>::new(move || {
            let incoming = stepping.clone();
            Ok(future_to_promise(async move {
                let stream = incoming.next().await.ok();
                Ok(step(stream.map(JsValue::from)))
            }))
        });
        let stopping = self.clone();
        let stop = Closure::<dyn FnMut() -> Exported<Promise>>::new(move || {
            stopping.stop();
            Ok(Promise::resolve(&step(None)))
        });
        // One that shares its state is as good as itself.
        let itself = Closure::<dyn FnMut() -> Exported<JsValue>>::new(move || {
            Ok(self.clone().into_iterator())
        });
        let object = Object::new();
        set(&object, "next", &next.into_js_value());
        set(&object, "return", &stop.into_js_value());
        // Setting a property of an object just made does not fail.
        let _ = Reflect::set(&object, &Symbol::async_iterator(), &itself.into_js_value());
        object.into()
    }

    /// A `ReadableStream` that accepts a stream when it is asked for one, none ahead. It closes when the multiplexer is
    /// closed on purpose, and fails with what closed it otherwise.
    pub(crate) fn into_readable(self) -> Result<ReadableStream, JsValue> {
        let closed = self.multiplexer.closed();
        let start = Closure::once_into_js(move |controller: JsValue| {
            // Whoever waits for the end alone is to hear of it, but to wait keeps nothing from being garbage.
            let controller = WeakRef::new(&controller);
            spawn_local(async move {
                let reason = closed.await;
                let controller = controller.deref();
                if !controller.is_undefined() {
                    end(controller.unchecked_ref(), &reason);
                }
            });
        });
        let pulled = self.clone();
        let pull = Closure::<dyn FnMut(ReadableStreamDefaultController) -> Exported<Promise>>::new(
            move |controller: ReadableStreamDefaultController| {
                let incoming = pulled.clone();
                Ok(future_to_promise(async move {
                    match incoming.next().await {
                        Ok(stream) => controller.enqueue_with_chunk(&stream.into())?,
                        Err(End::Closed(Error::MultiplexerClosed(reason))) => {
                            end(&controller, &reason);
                        }
                        Err(End::Closed(error)) => return Err(operation_error(&error)),
                        Err(End::Stopped) => {}
                    }
                    Ok(JsValue::UNDEFINED)
                }))
            },
        );
        let cancel = Closure::<dyn FnMut()>::new(move || self.stop());
        let source = Object::new();
        set(&source, "start", &start);
        set(&source, "pull", &pull.into_js_value());
        set(&source, "cancel", &cancel.into_js_value());
        let strategy = QueuingStrategy::new();
        strategy.set_high_water_mark(0.0);
        ReadableStream::new_with_underlying_source_and_strategy(&source, &strategy)
    }
}

/// Ends a `ReadableStream` as the multiplexer has ended.
fn end(controller: &ReadableStreamDefaultController, reason: &CloseReason) {
    if reason.is_graceful() {
        // One that has ended already refuses to end again.
        let _ = controller.close();
    } else {
        let error = operation_error(&Error::MultiplexerClosed(reason.clone()));
        controller.error_with_e(&error);
    }
}

/// The result of a step.
fn step(value: Option<JsValue>) -> JsValue {
    let result = Object::new();
    set(&result, "done", &value.is_none().into());
    set(&result, "value", &value.unwrap_or_default());
    result.into()
}
