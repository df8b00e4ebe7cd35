//! Waits that are given up by an `AbortSignal`.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::globals::Replaced;
use crate::common::socket::{Call, FakeSocket};
use crate::common::turns::settle;
use crate::common::wire::{DEFAULT_WINDOW, NOTHING, pair};
use crate::common::{evaluate, get, object};

#[wasm_bindgen]
extern "C" {
    type AbortController;

    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> JsValue;

    #[wasm_bindgen(method)]
    fn abort(this: &AbortController, reason: &JsValue);
}

impl AbortController {
    fn options(&self) -> JsValue {
        object(&[("signal", self.signal())])
    }
}

fn raw() -> (FakeSocket, Multiplexer) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    (socket, client)
}

/// Nothing waits any more, and no stream of this end exists.
async fn assert_nothing_is_left(client: &Multiplexer) {
    settle().await;
    let held = [
        "outboundStreams",
        "queuedOpens",
        "unacceptedOutbound",
        "bufferedBytes",
    ];
    for name in held {
        assert_eq!(client.stat(name), 0.0, "{name}");
    }
}

/// A reason like no other.
fn reason() -> JsValue {
    object(&[("why", "enough".into())])
}

#[wasm_bindgen_test]
async fn an_open_that_was_sent_is_taken_back() {
    let (socket, client) = raw();
    let (controller, reason) = (AbortController::new(), reason());
    let mut open = client.open_with(&controller.options());
    assert!(open.is_pending().await);
    assert_eq!(socket.take_sent().await, [1, 1, 0xff, 0xff, 3]);
    controller.abort(&reason);
    assert_eq!(open.fault().await.0, reason);
    assert_eq!(socket.take_sent().await, [6, 1]);
    // The answers crossed it on the way; the connection goes on.
    socket.feed(&[2, 1, 9, 6, 1]);
    assert_nothing_is_left(&client).await;
    let open = client.open();
    assert_eq!(socket.take_sent().await, [1, 3, 0xff, 0xff, 3]);
    socket.feed(&[2, 3, 9]);
    assert_eq!(open.ok().await.id(), 3);
}

#[wasm_bindgen_test]
async fn an_open_that_is_answered_as_it_is_given_up_is_taken_back() {
    let (socket, client) = raw();
    let (controller, reason) = (AbortController::new(), reason());
    let open = client.open_with(&controller.options());
    socket.take_sent().await;
    socket.feed(&[2, 1, 9]);
    controller.abort(&reason);
    assert_eq!(open.fault().await.0, reason);
    assert_eq!(socket.take_sent().await, [6, 1]);
    socket.feed(&[6, 1]);
    assert_nothing_is_left(&client).await;
}

#[wasm_bindgen_test]
async fn an_open_that_was_not_sent_leaves_no_trace() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, &[("maxUnacceptedOpens", 1.into())]);
    let controller = AbortController::new();
    let first = client.open();
    let queued = client.open_with(&controller.options());
    let third = client.open();
    assert_eq!(socket.take_sent().await, [1, 1, 0xff, 0xff, 3]);
    assert_eq!(client.stat("queuedOpens"), 2.0);
    controller.abort(&reason());
    queued.fault().await;
    assert_eq!(client.stat("queuedOpens"), 1.0);
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.feed(&[2, 1, 9]);
    assert_eq!(socket.take_sent().await, [1, 3, 0xff, 0xff, 3]);
    socket.feed(&[2, 3, 9]);
    let third = third.ok().await;
    assert_eq!(third.id(), 3);
    third.close().ok().await;
    first.ok().await.close().ok().await;
    assert_eq!(socket.take_sent().await, [6, 3, 6, 1]);
    socket.feed(&[6, 3, 6, 1]);
    assert_nothing_is_left(&client).await;
}

#[wasm_bindgen_test]
async fn a_signal_that_has_aborted_begins_nothing() {
    let (socket, client) = raw();
    let (controller, reason) = (AbortController::new(), reason());
    controller.abort(&reason);
    let open = client.open_with(&controller.options());
    assert_eq!(open.fault().await.0, reason);
    let accept = client.accept_with(&controller.options());
    assert_eq!(accept.fault().await.0, reason);
    assert_eq!(socket.take_sent().await, NOTHING);
    let connect = Multiplexer::connect(&"ws://127.0.0.1:2/".into(), &controller.options());
    assert_eq!(connect.fault().await.0, reason);
}

#[wasm_bindgen_test]
async fn an_accept_that_is_given_up_loses_no_stream() {
    let (socket, client) = raw();
    let (controller, reason) = (AbortController::new(), reason());
    let mut early = client.accept_with(&controller.options());
    let late = AbortController::new();
    let at_once = client.accept_with(&late.options());
    let last = client.accept();
    assert!(early.is_pending().await);
    controller.abort(&reason);
    assert_eq!(early.fault().await.0, reason);
    socket.feed(&[1, 2, 9]);
    late.abort(&reason);
    assert_eq!(at_once.fault().await.0, reason);
    assert_eq!(last.ok().await.id(), 2);
    let accept = [&[2, 2], &DEFAULT_WINDOW[..]].concat();
    assert_eq!(socket.take_sent().await, accept);
}

#[wasm_bindgen_test]
async fn the_default_reason_is_an_abort_error() {
    let (_socket, client) = raw();
    let controller = AbortController::new();
    let accept = client.accept_with(&controller.options());
    controller.abort(&JsValue::UNDEFINED);
    let fault = accept.fault().await;
    assert_eq!(get(&fault.0, "name"), "AbortError");
}

#[wasm_bindgen_test]
async fn a_signal_may_abort_after_the_wait_is_over() {
    let (client, server) = pair();
    let controller = AbortController::new();
    let open = client.open_with(&controller.options());
    let accept = server.accept_with(&controller.options());
    let (stream, peer) = (open.ok().await, accept.ok().await);
    controller.abort(&reason());
    stream.writer().write(b"on").ok().await;
    assert_eq!(peer.reader().at_least(2).await, b"on");
}

/// A controller of the test's own, whose signal counts who listens.
fn counting() -> JsValue {
    evaluate(
        "return new class extends EventTarget {
            aborted = false;
            reason;
            listening = 0;
            most = 0;
            addEventListener(...args) {
                this.listening += 1;
                this.most = Math.max(this.most, this.listening);
                super.addEventListener(...args);
            }
            removeEventListener(...args) { this.listening -= 1; super.removeEventListener(...args); }
            abort(reason) {
                this.aborted = true;
                this.reason = reason;
                this.dispatchEvent(new Event('abort'));
            }
        }",
    )
}

fn abort(signal: &JsValue, reason: &JsValue) {
    let abort: js_sys::Function = get(signal, "abort").unchecked_into();
    abort.call1(signal, reason).expect("it aborts");
}

#[wasm_bindgen_test]
async fn a_signal_that_outlives_the_wait_is_not_listened_to_any_longer() {
    let (client, server) = pair();
    let signal = counting();
    let options = object(&[("signal", signal.clone())]);
    for _ in 0..5 {
        let (open, accept) = (client.open_with(&options), server.accept_with(&options));
        open.ok().await;
        accept.ok().await;
        assert_eq!(get(&signal, "listening"), 0);
    }
    assert_eq!(get(&signal, "most"), 2);
    // One that waits until the multiplexer closes.
    let waits = server.accept_with(&options);
    client.close().ok().await;
    waits.fault().await.assert_closed_by("eof_at_boundary");
    assert_eq!(get(&signal, "listening"), 0);
}

#[wasm_bindgen_test]
async fn a_signal_that_has_aborted_is_not_listened_to_any_longer() {
    let (socket, client) = raw();
    let (signal, reason) = (counting(), reason());
    let options = object(&[("signal", signal.clone())]);
    let waiting = [client.open_with(&options), client.accept_with(&options)];
    socket.take_sent().await;
    assert_eq!(get(&signal, "listening"), 2);
    abort(&signal, &reason);
    for wait in waiting {
        assert_eq!(wait.fault().await.0, reason);
    }
    assert_eq!(get(&signal, "listening"), 0);
}

#[wasm_bindgen_test]
async fn connecting_listens_to_the_signal_until_it_is_over() {
    let class = Replaced::global("WebSocket", &FakeSocket::class());
    for gives_up in [false, true] {
        let (signal, reason) = (counting(), reason());
        let options = object(&[("signal", signal.clone())]);
        let connect = Multiplexer::connect(&"ws://127.0.0.1:2/".into(), &options);
        settle().await;
        assert_eq!(get(&signal, "listening"), 1);
        let socket: FakeSocket = get(&FakeSocket::class(), "last").unchecked_into();
        if gives_up {
            abort(&signal, &reason);
            assert_eq!(connect.fault().await.0, reason);
            assert_eq!(socket.take_calls().await, [Call::Close("1000 ".into())]);
        } else {
            socket.open();
            let client = connect.ok().await;
            // The signal was for connecting.
            abort(&signal, &reason);
            assert!(client.closed().is_pending().await);
        }
        assert_eq!(get(&signal, "listening"), 0);
    }
    drop(class);
}
