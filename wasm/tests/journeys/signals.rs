//! Reads and writes that are given up by an `AbortSignal`.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::{Multiplexer, Stream};
use crate::common::op::Op;
use crate::common::signal::{AbortController, CountedSignal, reason};
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, NOTHING, data, opened, payload_of};
use crate::common::{get, object};

async fn stream(window: &[u8]) -> (FakeSocket, Multiplexer, Stream) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, window).await;
    (socket, client, stream)
}

fn bytes(value: &JsValue) -> Vec<u8> {
    let bytes: &Uint8Array = value.dyn_ref().expect("bytes");
    bytes.to_vec()
}

fn read(stream: &Stream, options: &JsValue) -> Op<JsValue> {
    stream.read_with(&JsValue::UNDEFINED, options)
}

fn write(stream: &Stream, bytes: &[u8], options: &JsValue) -> Op<JsValue> {
    stream.write_with(&Uint8Array::from(bytes), options)
}

#[wasm_bindgen_test]
async fn a_read_that_is_given_up_loses_no_byte() {
    let (socket, _client, stream) = stream(&[2]).await;
    let (controller, reason) = (AbortController::new(), reason());
    let mut given_up = read(&stream, &controller.options());
    let (at_once, next) = (AbortController::new(), stream.read());
    let behind = read(&stream, &at_once.options());
    assert!(given_up.is_pending().await);
    // It gives way as the bytes come.
    socket.feed(&data(1, b"kept"));
    controller.abort(&reason);
    at_once.abort(&JsValue::UNDEFINED);
    assert_eq!(given_up.fault().await.0, reason);
    assert_eq!(get(&behind.fault().await.0, "name"), "AbortError");
    assert_eq!(bytes(&next.ok().await), b"kept");
}

#[wasm_bindgen_test]
async fn a_write_that_is_given_up_leaves_the_stream_and_the_connection_as_they_were() {
    let (socket, client, stream) = stream(&[2]).await;
    let (controller, reason) = (AbortController::new(), reason());
    let mut given_up = write(&stream, b"abcd", &controller.options());
    let next = stream.write(b"ef");
    assert!(given_up.is_pending().await);
    controller.abort(&reason);
    assert_eq!(given_up.fault().await.0, reason);
    assert_eq!(get(&reason, "written"), JsValue::UNDEFINED);
    assert_eq!(stream.bytes_written(), 2.0);
    socket.feed(&[4, 1, 100]);
    next.ok().await;
    assert_eq!(payload_of(1, &socket.take_sent().await), b"abef");
    assert!(client.internal_error().is_undefined());
    stream.close_write().ok().await;
    assert_eq!(socket.take_sent().await, [5, 1]);
    stream.close().ok().await;
    assert_eq!(socket.take_sent().await, [6, 1]);
    socket.feed(&[6, 1]);
    for held in ["outboundStreams", "bufferedBytes", "unreadBytes"] {
        assert_eq!(client.stat(held), 0.0, "{held}");
    }
}

#[wasm_bindgen_test]
async fn a_write_that_is_given_up_does_not_hold_room_from_others() {
    let (socket, client, stream) = stream(&AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    let controller = AbortController::new();
    // More than fits while the socket takes nothing.
    let mut given_up = write(&stream, &[7; 1 << 20], &controller.options());
    assert!(given_up.is_pending().await);
    let open = client.open();
    controller.abort(&reason());
    given_up.fault().await;
    socket.set("bufferedAmount", 0.into());
    let taken = stream.bytes_written() as usize;
    socket.feed(&[0]);
    let sent = socket.take_sent().await;
    assert_eq!(sent[..5], [1, 3, 0xff, 0xff, 3]);
    assert_eq!(payload_of(1, &sent[5..]).len(), taken);
    socket.feed(&[2, 3, 9]);
    open.ok().await.write(b"on").ok().await;
    assert_eq!(socket.take_sent().await, data(3, b"on"));
}

#[wasm_bindgen_test]
async fn a_signal_that_has_aborted_begins_nothing() {
    let (socket, _client, stream) = stream(&[2]).await;
    let (controller, reason) = (AbortController::new(), reason());
    controller.abort(&reason);
    socket.feed(&data(1, b"kept"));
    let options = controller.options();
    assert_eq!(read(&stream, &options).fault().await.0, reason);
    assert_eq!(write(&stream, b"a", &options).fault().await.0, reason);
    assert_eq!(socket.take_sent().await, NOTHING);
    assert_eq!(bytes(&stream.read().ok().await), b"kept");
}

#[wasm_bindgen_test]
async fn a_signal_is_listened_to_only_while_something_waits() {
    let (socket, _client, stream) = stream(&[2]).await;
    let signal = CountedSignal::new();
    let options = signal.options();
    socket.feed(&data(1, b"there"));
    socket.take_sent().await;
    read(&stream, &options).ok().await;
    write(&stream, b"ab", &options).ok().await;
    assert_eq!(signal.listened(), 0.0);
    let mut waiting = [read(&stream, &options), write(&stream, b"cd", &options)];
    for operation in &mut waiting {
        assert!(operation.is_pending().await);
    }
    assert_eq!(signal.listening(), 2.0);
    socket.feed(&[data(1, b"more"), vec![4, 1, 2]].concat());
    for operation in waiting {
        operation.ok().await;
    }
    assert_eq!(signal.listening(), 0.0);
    let waiting = [read(&stream, &options), write(&stream, b"ef", &options)];
    assert_eq!(signal.listening(), 2.0);
    stream.close().ok().await;
    for operation in waiting {
        operation.fault().await.assert_code("stream_closed");
    }
    assert_eq!((signal.listening(), signal.listened()), (0.0, 4.0));
}

#[wasm_bindgen_test]
async fn what_is_no_signal_is_refused() {
    let (socket, _client, stream) = stream(&[2]).await;
    let wrong = object(&[("signal", object(&[]))]);
    for options in [wrong, 5.into()] {
        let fault = read(&stream, &options).fault().await;
        fault.assert_code("invalid_option");
        assert!(fault.is_type_error(), "{fault:?}");
        let fault = write(&stream, b"a", &options).fault().await;
        fault.assert_code("invalid_option");
    }
    assert_eq!(socket.take_sent().await, NOTHING);
}
