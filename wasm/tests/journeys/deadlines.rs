//! Deadlines of reads and writes.

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::{Multiplexer, Stream};
use crate::common::globals::Clock;
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, NOTHING, data, opened, payload_of};
use crate::common::{evaluate, get};

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

/// A date in the past.
const PAST: f64 = 1_000.0;

/// The `Date` at so many milliseconds.
fn date(millis: f64) -> JsValue {
    let make: Function = evaluate("return (millis) => new Date(millis)").unchecked_into();
    make.call1(&JsValue::UNDEFINED, &millis.into())
        .expect("a date")
}

#[wasm_bindgen_test]
async fn a_read_that_waits_fails_when_time_is_up_and_not_before() {
    let clock = Clock::stop().await;
    let (socket, _client, stream) = stream(&[2]).await;
    let mut read = stream.read();
    assert!(read.is_pending().await);
    stream
        .set_read_deadline(date(clock.date_in(2_000.0)))
        .expect("a date");
    clock.advance(1_999.0);
    // Only an occasion to look at the time.
    socket.feed(&[0]);
    assert!(read.is_pending().await);
    clock.advance(1.0);
    socket.feed(&[0]);
    read.fault().await.assert_code("deadline_exceeded");
    stream.write(b"ab").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"ab"));
}

#[wasm_bindgen_test]
async fn the_platforms_timer_wakes_what_waits() {
    let (_socket, _client, stream) = stream(&[0]).await;
    let (read, write) = (stream.read(), stream.write(b"a"));
    let soon = js_sys::Date::now() + 20.0;
    stream.set_deadline(soon).expect("milliseconds");
    read.fault().await.assert_code("deadline_exceeded");
    write.fault().await.assert_code("deadline_exceeded");
}

#[wasm_bindgen_test]
async fn an_exceeded_deadline_loses_no_byte_and_can_be_moved_and_cleared() {
    let (socket, _client, stream) = stream(&AMPLE_WINDOW).await;
    let mut read = stream.read();
    assert!(read.is_pending().await);
    stream.set_read_deadline(PAST).expect("milliseconds");
    read.fault().await.assert_code("deadline_exceeded");
    socket.feed(&data(1, b"kept"));
    for _ in 0..2 {
        stream.read().fault().await.assert_code("deadline_exceeded");
    }
    stream
        .set_read_deadline(js_sys::Date::now() + 1e9)
        .expect("milliseconds");
    assert_eq!(bytes(&stream.read().ok().await), b"kept");
    stream.set_deadline(PAST).expect("milliseconds");
    stream.read().fault().await.assert_code("deadline_exceeded");
    stream
        .write(b"no")
        .fault()
        .await
        .assert_code("deadline_exceeded");
    stream.set_deadline(JsValue::NULL).expect("none");
    let mut read = stream.read();
    assert!(read.is_pending().await);
    socket.feed(&data(1, b"on"));
    assert_eq!(bytes(&read.ok().await), b"on");
    stream.write(b"yes").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"yes"));
}

#[wasm_bindgen_test]
async fn every_operation_that_waits_meets_the_deadline() {
    let (socket, _client, stream) = stream(&[2]).await;
    let reads = [stream.read(), stream.read(), stream.read()];
    let writes = [
        stream.write(b"abc"),
        stream.write(b"def"),
        stream.write(b"g"),
    ];
    assert_eq!(socket.take_sent().await, data(1, b"ab"));
    stream.set_deadline(PAST).expect("milliseconds");
    for read in reads {
        read.fault().await.assert_code("deadline_exceeded");
    }
    for (write, taken) in writes.into_iter().zip([2, 0, 0]) {
        let fault = write.fault().await;
        fault.assert_code("deadline_exceeded");
        assert_eq!(get(&fault.0, "written"), taken);
    }
    assert_eq!(stream.bytes_written(), 2.0);
    // Who goes on from there sends every byte once.
    stream.set_deadline(JsValue::NULL).expect("none");
    socket.feed(&[4, 1, 100]);
    stream.write(b"cdefg").ok().await;
    assert_eq!(payload_of(1, &socket.take_sent().await), b"cdefg");
}

#[wasm_bindgen_test]
async fn a_readable_that_meets_a_deadline_is_replaced_and_no_byte_is_lost() {
    let (socket, _client, stream) = stream(&[2]).await;
    let old = stream.readable();
    let reader = stream.reader();
    socket.feed(&data(1, b"one"));
    assert_eq!(reader.at_least(3).await, b"one");
    let mut read = reader.read();
    assert!(read.is_pending().await);
    stream.set_read_deadline(PAST).expect("milliseconds");
    read.fault().await.assert_code("deadline_exceeded");
    reader
        .closed()
        .fault()
        .await
        .assert_code("deadline_exceeded");
    socket.feed(&data(1, b"two"));
    stream.set_read_deadline(JsValue::NULL).expect("none");
    assert_ne!(stream.readable(), old);
    assert_eq!(stream.reader().at_least(3).await, b"two");
    // The new one is told of the end, too.
    socket.feed(&[5, 1]);
    assert_eq!(stream.readable(), stream.readable());
}

#[wasm_bindgen_test]
async fn after_a_deadline_a_stream_can_be_read_directly() {
    let (socket, _client, stream) = stream(&[2]).await;
    let read = stream.reader().read();
    stream.set_read_deadline(PAST).expect("milliseconds");
    read.fault().await.assert_code("deadline_exceeded");
    stream.set_read_deadline(JsValue::NULL).expect("none");
    socket.feed(&data(1, b"direct"));
    assert_eq!(bytes(&stream.read().ok().await), b"direct");
}

#[wasm_bindgen_test]
async fn a_writable_that_meets_a_deadline_is_replaced_and_says_what_was_taken() {
    let (socket, _client, stream) = stream(&[2]).await;
    let old = stream.writable();
    let writer = stream.writer();
    let (mut first, second) = (writer.write(b"abcd"), writer.write(b"efgh"));
    assert!(first.is_pending().await);
    stream.set_write_deadline(PAST).expect("milliseconds");
    let fault = first.fault().await;
    fault.assert_code("deadline_exceeded");
    assert_eq!(get(&fault.0, "written"), 2);
    second.fault().await.assert_code("deadline_exceeded");
    assert_eq!(stream.bytes_written(), 2.0);
    assert_eq!(socket.take_sent().await, data(1, b"ab"));
    stream.set_write_deadline(JsValue::NULL).expect("none");
    assert_ne!(stream.writable(), old);
    socket.feed(&[4, 1, 100]);
    stream.writer().write(b"cdefgh").ok().await;
    assert_eq!(payload_of(1, &socket.take_sent().await), b"cdefgh");
    stream.close_write().ok().await;
    assert_eq!(socket.take_sent().await, [5, 1]);
}

#[wasm_bindgen_test]
async fn a_new_readable_hears_that_the_peer_has_ended_meanwhile() {
    let (socket, _client, stream) = stream(&[2]).await;
    let (read, writer) = (stream.reader().read(), stream.writer());
    stream.set_deadline(PAST).expect("milliseconds");
    read.fault().await.assert_code("deadline_exceeded");
    writer
        .write(b"a")
        .fault()
        .await
        .assert_code("deadline_exceeded");
    socket.feed(&[6, 1]);
    assert_eq!(socket.take_sent().await, NOTHING);
    stream.set_deadline(JsValue::NULL).expect("none");
    stream.reader().closed().ok().await;
    let end = stream.writer().closed();
    end.fault().await.assert_code("remote_closed");
}

#[wasm_bindgen_test]
async fn what_is_no_deadline_is_refused() {
    let (_socket, _client, stream) = stream(&[2]).await;
    let set = |deadline: &JsValue| {
        [
            stream.set_deadline(deadline.clone()),
            stream.set_read_deadline(deadline.clone()),
            stream.set_write_deadline(deadline.clone()),
        ]
    };
    for deadline in Array::from(&evaluate("return [undefined, '5', {}, true, 5n, []]")) {
        for result in set(&deadline) {
            let fault = result.expect_err("no deadline");
            fault.assert_code("invalid_deadline");
            assert!(fault.is_type_error(), "{fault:?}");
        }
    }
    for deadline in Array::from(&evaluate(
        "return [NaN, Infinity, -Infinity, new Date('x')]",
    )) {
        for result in set(&deadline) {
            let fault = result.expect_err("no deadline");
            fault.assert_code("invalid_deadline");
            assert!(fault.is_range_error(), "{fault:?}");
        }
    }
    // None of them was set.
    stream.write(b"a").ok().await;
}
