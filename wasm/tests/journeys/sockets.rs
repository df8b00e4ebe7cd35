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

/// The length of the longest message that WebSocket libraries commonly take.
const LONG: u32 = 64 << 20;

/// A message of many data messages for stream 1.
fn long_message() -> Uint8Array {
    let step = 4 + 65_535;
    let whole = LONG / step * step;
    let message = Uint8Array::new_with_length(whole);
    let header = Array::of4(&3.into(), &1.into(), &0xff.into(), &0xff.into());
    for at in (0..whole).step_by(step as usize) {
        message.set(&header, at);
    }
    message
}

/// The size of WebAssembly's memory, in bytes.
fn memory() -> f64 {
    let size = get(&get(&wasm_bindgen::memory(), "buffer"), "byteLength").as_f64();
    size.expect("a size")
}

/// As bytes, and as browsers give it.
#[wasm_bindgen_test]
async fn a_long_message_takes_no_more_memory_than_a_short_one() {
    let message = long_message();
    for data in [JsValue::from(&message), JsValue::from(message.buffer())] {
        let socket = FakeSocket::new();
        let client = Multiplexer::client(&socket);
        let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
        // Data for a stream that is closed here, which is skipped.
        stream.close().ok().await;
        let before = memory();
        socket.receive(&data);
        let open: Op<_> = client.open();
        settle().await;
        socket.feed(&[2, 3, 9]);
        open.ok().await;
        let after = memory();
        assert!(
            after - before < f64::from(LONG) / 4.0,
            "{before} to {after}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_long_message_for_an_open_stream_ends_at_its_window() {
    let message = long_message();
    for data in [JsValue::from(&message), JsValue::from(message.buffer())] {
        let socket = FakeSocket::new();
        let client = Multiplexer::client(&socket);
        let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
        let before = memory();
        socket.receive(&data);
        settle().await;
        let end = client.closed().fault().await;
        end.assert_code("receive_window_violation");
        let after = memory();
        assert!(
            after - before < f64::from(LONG) / 4.0,
            "{before} to {after}"
        );
        // What came within the window stays readable.
        assert_eq!(stream.reader().at_least(65_535).await.len(), 65_535);
    }
}
