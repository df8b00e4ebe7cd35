//! Giving up a wait when an `AbortSignal` says so.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// Waits for `future`, unless `signal` aborts first: then its reason is the error, and `future` is dropped. The signal
/// is listened to only while there is something to wait for.
pub(crate) async fn unless_aborted<T>(
    signal: Option<AbortSignal>,
    future: impl Future<Output = Result<T, JsValue>>,
) -> Result<T, JsValue> {
    let Some(signal) = signal else {
        return future.await;
    };
    let mut listener = None;
    let mut future = pin!(future);
    poll_fn(|cx| {
        if signal.aborted() {
            return Poll::Ready(Err(signal.reason()));
        }
        let result = future.as_mut().poll(cx);
        if result.is_pending() {
            let listener = listener.get_or_insert_with(|| Listener::new(signal.clone()));
            *listener.waker.borrow_mut() = Some(cx.waker().clone());
        }
        result
    })
    .await
}

/// Wakes a task when a signal aborts.
struct Listener {
    signal: AbortSignal,
    waker: Rc<RefCell<Option<Waker>>>,
    on_abort: Closure<dyn FnMut()>,
}

impl Listener {
    fn new(signal: AbortSignal) -> Self {
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let woken = waker.clone();
        let on_abort = Closure::new(move || {
            let waker = woken.borrow_mut().take();
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        // A signal takes listeners.
        let _ = signal.add_event_listener_with_callback("abort", on_abort.as_ref().unchecked_ref());
        Self {
            signal,
            waker,
            on_abort,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .signal
            .remove_event_listener_with_callback("abort", self.on_abort.as_ref().unchecked_ref());
    }
}
