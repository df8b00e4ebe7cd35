//! A stream's incoming bytes as a `ReadableStream`.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{QueuingStrategy, ReadableStream, ReadableStreamDefaultController};

use crate::error::{operation_error, set};
use crate::promise::begin;
use crate::stream::{Halves, Reader};

/// The most bytes in a chunk.
const MAX_CHUNK: usize = 64 * 1_024;

thread_local! {
    /// Where bytes are on their way from the core to JavaScript, or the other way.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_CHUNK]);
}

/// Runs `f` with a buffer of [`MAX_CHUNK`] bytes, whatever they are.
pub(crate) fn with_scratch<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| f(scratch))
}

/// A `ReadableStream` that reads when it is asked to, not before, so that the peer gets credit for what was consumed.
pub(crate) fn stream(halves: Rc<Halves>) -> Result<ReadableStream, JsValue> {
    let pulled = halves.clone();
    let pull =
        Closure::<dyn FnMut(ReadableStreamDefaultController) -> JsValue>::new(move |controller| {
            let halves = pulled.clone();
            begin(async move { pull(&halves, &controller).await })
        });
    let started = halves.clone();
    let start = Closure::once_into_js(move |controller: JsValue| {
        started.set_read_controller(&controller);
    });
    let cancel = Closure::<dyn FnMut() -> Promise>::new(move || {
        discard(&halves);
        Promise::resolve(&JsValue::UNDEFINED)
    });
    let source = Object::new();
    set(&source, "start", &start);
    set(&source, "pull", &pull.into_js_value());
    set(&source, "cancel", &cancel.into_js_value());
    let strategy = QueuingStrategy::new();
    strategy.set_high_water_mark(0.0);
    ReadableStream::new_with_underlying_source_and_strategy(&source, &strategy)
}

/// Hands over what is there, or waits until something is. An error is the stream's.
async fn pull(
    halves: &Halves,
    controller: &ReadableStreamDefaultController,
) -> Result<(), JsValue> {
    halves.reader.set(Reader::Pull);
    let chunk = poll_fn(|cx| {
        with_scratch(|scratch| {
            loop {
                let read = halves.read.borrow_mut().poll_read(cx, scratch);
                let is_cancelled = halves.reader.get() == Reader::Discard;
                match read.map_ok(|len| (len > 0).then(|| Uint8Array::from(&scratch[..len]))) {
                    Poll::Ready(Ok(Some(_))) if is_cancelled => {}
                    chunk => return chunk,
                }
            }
        })
    })
    .await
    .map_err(|error| operation_error(&error))?;
    if halves.reader.replace(Reader::None) == Reader::Discard {
        return Ok(());
    }
    match chunk {
        Some(chunk) => controller.enqueue_with_chunk(&chunk),
        None => {
            halves.end_read();
            controller.close()
        }
    }
}

/// The multiplexer has ended. What was received before stays readable, so the stream ends now only if there is
/// nothing.
pub(crate) fn end(halves: &Halves, controller: &ReadableStreamDefaultController) {
    let mut read = halves.read.borrow_mut();
    if read.unread() > 0 {
        return;
    }
    let mut nobody = Context::from_waker(Waker::noop());
    let ended = read.poll_read(&mut nobody, &mut [0]);
    drop(read);
    match ended {
        // One that is closed already refuses to be closed again.
        Poll::Ready(Ok(_)) => drop(controller.close()),
        Poll::Ready(Err(error)) => controller.error_with_e(&operation_error(&error)),
        Poll::Pending => {}
    }
}

/// Reads on for nobody, so that the peer is not held up, until there is nothing more.
fn discard(halves: &Rc<Halves>) {
    halves.end_read();
    if halves.reader.replace(Reader::Discard) == Reader::Pull {
        // The pull that waits goes on with it.
        return;
    }
    let weak = Rc::downgrade(halves);
    spawn_local(poll_fn(move |cx| {
        let Some(halves) = weak.upgrade() else {
            return Poll::Ready(());
        };
        with_scratch(|scratch| {
            loop {
                match halves.read.borrow_mut().poll_read(cx, scratch) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(()),
                    Poll::Ready(Ok(_)) => {}
                }
            }
        })
    }));
}
