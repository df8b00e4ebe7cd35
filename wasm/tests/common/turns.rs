//! Turns of the event loop.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::evaluate;

/// How long a wait may take before it counts as in vain. Only failures are affected.
const PATIENCE_MS: i32 = 30_000;

thread_local! {
    // The platform's own, also while a test has replaced them: both are taken before the first test can.
    static TIMERS: Timers = Timers {
        set: evaluate("return setTimeout").unchecked_into(),
        clear: evaluate("return clearTimeout").unchecked_into(),
    };
}

struct Timers {
    set: Function,
    clear: Function,
}

/// Resolves after so many milliseconds; and the timer's handle.
fn timeout(millis: i32) -> (Promise, JsValue) {
    let mut handle = JsValue::UNDEFINED;
    let promise = Promise::new(&mut |resolve, _| {
        TIMERS.with(|timers| {
            let global = js_sys::global();
            handle = timers
                .set
                .call2(&global, &resolve, &millis.into())
                .expect("timers work");
        });
    });
    (promise, handle)
}

/// Lets everything happen that needs no more input and no time: all that is queued before the next task of the
/// event loop, and what that queues.
pub(crate) async fn settle() {
    let (turn, _) = timeout(0);
    JsFuture::from(turn).await.expect("timers do not fail");
}

/// Lets the event loop go round until the condition holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let turns = async {
        while !condition() {
            settle().await;
        }
    };
    patiently(what, turns).await;
}

/// Waits for the future, and panics if that is in vain.
pub(crate) async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    let (expiry, handle) = timeout(PATIENCE_MS);
    let (mut future, mut expiry) = (pin!(future), JsFuture::from(expiry));
    let result = poll_fn(|cx| {
        if let Poll::Ready(value) = future.as_mut().poll(cx) {
            return Poll::Ready(value);
        }
        let expiry = pin!(&mut expiry);
        assert!(expiry.poll(cx).is_pending(), "waited in vain for {what}");
        Poll::Pending
    })
    .await;
    TIMERS.with(|timers| {
        let global = js_sys::global();
        let clear = &timers.clear;
        clear.call1(&global, &handle).expect("timers work");
    });
    result
}
