//! What a multiplexer makes of a socket.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::globals::Replaced;
use crate::common::op::Op;
use crate::common::socket::{Call, FakeSocket};
use crate::common::turns::settle;
use crate::common::wire::{AMPLE_WINDOW, opened};
use crate::common::{evaluate, get, object};

#[wasm_bindgen_test]
fn what_is_no_socket_is_refused() {
    let not_sockets = Array::from(&evaluate(
        "const almost = { addEventListener() {}, removeEventListener() {}, close() {}, send() {} };
        return [
            undefined, null, 5, 'ws://127.0.0.1/', {}, [], () => {}, Symbol(), 5n,
            new EventTarget(), almost, { ...almost, readyState: 'open' }, { ...almost, readyState: 4 },
            { ...almost, readyState: 1, send: undefined },
            { ...almost, readyState: 1, close: 5 },
            { ...almost, readyState: 1, addEventListener: undefined },
            { ...almost, readyState: 1, removeEventListener: undefined },
        ]",
    ));
    for socket in not_sockets {
        let fault = Multiplexer::new(&socket, &JsValue::UNDEFINED).expect_err("no socket");
        fault.assert_code("invalid_socket");
        assert!(fault.is_type_error(), "{fault:?}");
        assert!(fault.message().contains("WebSocket"), "{fault:?}");
    }
}

#[wasm_bindgen_test]
fn a_socket_that_has_closed_is_refused() {
    for state in [2, 3] {
        let socket = FakeSocket::with(&[("readyState", state.into())]);
        let refused = Multiplexer::new(&socket, &JsValue::UNDEFINED);
        refused.expect_err("closed").assert_code("socket_closed");
    }
}

#[wasm_bindgen_test]
async fn a_socket_that_connects_is_waited_for() {
    let socket = FakeSocket::with(&[("readyState", 0.into())]);
    let client = Multiplexer::client(&socket);
    let mut open = client.open();
    assert!(open.is_pending().await);
    assert_eq!(socket.take_calls().await, []);
    socket.open();
    assert_eq!(socket.take_sent().await, [1, 1, 0xff, 0xff, 3]);
    socket.feed(&[2, 1, 9]);
    open.ok().await;
}

#[wasm_bindgen_test]
async fn a_socket_that_does_not_connect_is_an_error() {
    let socket = FakeSocket::with(&[("readyState", 0.into())]);
    let client = Multiplexer::client(&socket);
    let open = client.open();
    socket.break_off();
    open.fault().await.assert_closed_by("carrier_failed");
    client.closed().fault().await.assert_code("carrier_failed");
}

#[wasm_bindgen_test]
async fn an_error_of_a_socket_that_is_open_ends_nothing() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    socket.emit("error", &object(&[]));
    assert!(client.closed().is_pending().await);
    socket.finish(4_001, "bye", true);
    assert_eq!(client.close_info().await, (4_001.0, "bye".into()));
}

#[wasm_bindgen_test]
async fn messages_may_be_cut_anywhere_and_come_as_any_bytes() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let open = client.open();
    socket.take_sent().await;
    let input = b"\x02\x01\xff\xff\x03\x03\x01\0\x05hello\0\x05\x01";
    for byte in input {
        socket.feed(&[]);
        socket.feed(&[*byte]);
    }
    let arrived = open.ok().await.reader().to_end().await;
    assert_eq!(arrived.expect("a greeting"), b"hello");
    // As a view of a part of something larger, as some implementations have it.
    let view = Uint8Array::from(&[9, 1, 2, 9, 9][..]).subarray(1, 4);
    socket.receive(&view);
    assert_eq!(client.accept().ok().await.id(), 2);
}

#[wasm_bindgen_test]
async fn bytes_that_the_socket_keeps_for_later_do_not_change() {
    bytes_are_kept().await;
}

/// As with the package `ws` put in the place of a class that the platform lacks.
#[wasm_bindgen_test]
async fn nor_do_they_if_its_class_is_in_the_place_of_the_platforms() {
    let _replaced = Replaced::global("WebSocket", &FakeSocket::class());
    bytes_are_kept().await;
}

async fn bytes_are_kept() {
    let socket = FakeSocket::with(&[("keepsView", true.into())]);
    let client = Multiplexer::client(&socket);
    let mut expected = Vec::new();
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let writer = stream.writer();
    for byte in 0..50 {
        let bytes = [byte; 100];
        writer.write(&bytes).ok().await;
        settle().await;
        expected.extend([3, 1, 0, 100]);
        expected.extend(bytes);
    }
    assert_eq!(socket.take_sent().await, expected);
}

/// The peer's close has been seen and its event is yet to come: nothing can be sent, and nothing has failed.
#[wasm_bindgen_test]
async fn a_socket_that_is_closing_is_not_a_failure() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("readyState", 2.into());
    drop(stream.writer().write(b"too late"));
    let mut closed = client.closed();
    assert!(closed.is_pending().await);
    socket.finish(4_001, "bye", true);
    closed.ok().await;
    assert_eq!(client.close_info().await, (4_001.0, "bye".into()));
    assert_eq!(socket.take_calls().await, []);
}

#[wasm_bindgen_test]
async fn a_close_may_come_while_the_socket_is_closing() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("readyState", 2.into());
    drop(stream.writer().write(b"too late"));
    let mut closing = client.close();
    assert!(closing.is_pending().await);
    socket.finish(4_001, "bye", true);
    closing.ok().await;
    assert_eq!(client.close_info().await, (4_001.0, "bye".into()));
}

/// Some implementations throw when an error has no listener.
#[wasm_bindgen_test]
async fn a_socket_that_is_let_go_keeps_a_listener_for_errors_only() {
    let socket = FakeSocket::with(&[("answersClose", false.into())]);
    let client = Multiplexer::client_with(&socket, &[("closeTimeout", 1.into())]);
    client.close().ok().await;
    settle().await;
    let listening = get(&socket, "listening");
    for (event, listeners) in [("open", 0), ("message", 0), ("close", 0), ("error", 1)] {
        assert_eq!(get(&listening, event), listeners, "{event}");
    }
    socket.break_off();
    assert_eq!(socket.take_calls().await, [Call::Close("1000 ".into())]);
}

#[wasm_bindgen_test]
async fn a_long_message_takes_no_more_memory_than_a_short_one() {
    const LEN: u32 = 32 << 20;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    stream.close().ok().await;
    // Data for a stream that is closed here, which is skipped.
    let message = Uint8Array::new_with_length(LEN);
    let step = 4 + 65_535;
    let whole = LEN / step * step;
    for at in (0..whole).step_by(step as usize) {
        message.set(
            &Array::of4(&3.into(), &1.into(), &0xff.into(), &0xff.into()),
            at,
        );
    }
    let memory = || get(&get(&wasm_bindgen::memory(), "buffer"), "byteLength").as_f64();
    let before = memory().expect("a size");
    socket.receive(&message.subarray(0, whole));
    let open: Op<_> = client.open();
    settle().await;
    socket.feed(&[2, 3, 9]);
    open.ok().await;
    let after = memory().expect("a size");
    assert!(after - before < f64::from(LEN) / 2.0, "{before} to {after}");
}
