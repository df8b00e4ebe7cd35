//! `readable` is a byte stream where the platform has them.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Readable, Step, Stream};
use crate::common::globals::Replaced;
use crate::common::op::Op;
use crate::common::socket::FakeSocket;
use crate::common::wire::{data, opened, pair, stream_between};
use crate::common::{evaluate, get};

#[wasm_bindgen]
extern "C" {
    type ByobReader;

    #[wasm_bindgen(method, js_name = read)]
    fn js_read(this: &ByobReader, view: &JsValue) -> Promise;

    #[wasm_bindgen(method, js_name = cancel)]
    fn js_cancel(this: &ByobReader) -> Promise;

    #[wasm_bindgen(method, getter, js_name = closed)]
    fn js_closed(this: &ByobReader) -> Promise;

    #[wasm_bindgen(method, js_name = releaseLock)]
    fn release(this: &ByobReader);
}

impl ByobReader {
    fn new(readable: &Readable) -> Result<Self, JsValue> {
        let get: Function =
            evaluate("return (readable) => readable.getReader({ mode: 'byob' })").unchecked_into();
        let reader = get.call1(&JsValue::UNDEFINED, readable);
        reader.map(JsCast::unchecked_into)
    }

    fn read(&self, len: u32) -> Op<Step> {
        self.read_view(&Uint8Array::new_with_length(len))
    }

    fn read_view(&self, view: &JsValue) -> Op<Step> {
        Op::new("a BYOB read", self.js_read(view))
    }
}

fn has_byte_streams() -> bool {
    get(&js_sys::global(), "ReadableByteStreamController").is_function()
}

async fn stream() -> (FakeSocket, Multiplexer, Stream) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    (socket, client, stream)
}

fn bytes(step: &Step) -> Vec<u8> {
    let bytes: Uint8Array = step.value().dyn_into().expect("bytes");
    bytes.to_vec()
}

#[wasm_bindgen_test]
async fn a_readers_own_buffer_is_filled() {
    if !has_byte_streams() {
        return;
    }
    let (socket, _client, stream) = stream().await;
    let reader = ByobReader::new(&stream.readable()).expect("a BYOB reader");
    socket.feed(&data(1, b"abcdef"));
    let view = evaluate("return new Uint8Array(new ArrayBuffer(9), 2, 4)");
    let step = reader.read_view(&view).ok().await;
    assert_eq!(bytes(&step), b"abcd");
    assert_eq!(get(&step.value(), "byteOffset"), 2);
    assert_eq!(get(&get(&step.value(), "buffer"), "byteLength"), 9);
    assert_eq!(bytes(&reader.read(4).ok().await), b"ef");
    let mut waiting = reader.read(4);
    let next = reader.read(100);
    assert!(waiting.is_pending().await);
    socket.feed(&data(1, b"ghijkl"));
    assert_eq!(bytes(&waiting.ok().await), b"ghij");
    assert_eq!(bytes(&next.ok().await), b"kl");
    assert_eq!(stream.bytes_read(), 12.0);
}

#[wasm_bindgen_test]
async fn the_end_gives_a_buffer_back() {
    if !has_byte_streams() {
        return;
    }
    let (socket, _client, stream) = stream().await;
    let reader = ByobReader::new(&stream.readable()).expect("a BYOB reader");
    let mut waiting = reader.read(4);
    assert!(waiting.is_pending().await);
    socket.feed(&[5, 1]);
    let step = waiting.ok().await;
    assert!(step.done());
    assert_eq!(bytes(&step), b"");
    Op::<JsValue>::new("the end", reader.js_closed()).ok().await;
    let late = reader.read(4).ok().await;
    assert!(late.done());
}

#[wasm_bindgen_test]
async fn elements_of_several_bytes_are_read_whole() {
    if !has_byte_streams() {
        return;
    }
    let (socket, _client, stream) = stream().await;
    let reader = ByobReader::new(&stream.readable()).expect("a BYOB reader");
    let mut read = reader.read_view(&evaluate("return new Uint32Array(4)"));
    socket.feed(&data(1, &[1, 0, 0]));
    assert!(read.is_pending().await);
    socket.feed(&data(1, &[0, 2, 0, 0, 0, 3]));
    let step = read.ok().await;
    let values = step.value();
    assert_eq!(get(&values, "length"), 2);
    assert_eq!((get(&values, "0"), get(&values, "1")), (1.into(), 2.into()));
    assert_eq!(bytes(&reader.read(4).ok().await), [3]);
}

#[wasm_bindgen_test]
async fn megabytes_go_through_both_kinds_of_reader() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    let all = ramp(1 << 20);
    let write = stream.write(&all);
    let half = all.len() / 2;
    let mut arrived = Vec::new();
    if has_byte_streams() {
        let reader = ByobReader::new(&peer.readable()).expect("a BYOB reader");
        while arrived.len() < half {
            arrived.extend(bytes(&reader.read(10_000).ok().await));
        }
        reader.release();
    }
    let rest = all.len() - arrived.len();
    arrived.extend(peer.reader().at_least(rest).await);
    write.ok().await;
    assert_same(&arrived, &all);
}

#[wasm_bindgen_test]
async fn a_reader_that_leaves_while_it_waits_takes_no_byte_along() {
    let (socket, _client, stream) = stream().await;
    let reader = stream.reader();
    let mut left = reader.read();
    assert!(left.is_pending().await);
    let release: Function = Reflect::get(&reader, &"releaseLock".into())
        .expect("a method")
        .unchecked_into();
    // Older platforms refuse to release a reader that waits.
    if release.call0(&reader).is_err() {
        return;
    }
    left.fault().await;
    socket.feed(&data(1, b"abc"));
    if has_byte_streams() {
        let reader = ByobReader::new(&stream.readable()).expect("a BYOB reader");
        let mut waiting = reader.read(2);
        assert!(!waiting.is_pending().await);
        assert_eq!(bytes(&waiting.ok().await), b"ab");
        let mut left = reader.read(5);
        assert!(!left.is_pending().await);
        assert_eq!(bytes(&left.ok().await), b"c");
        let mut left = reader.read(5);
        assert!(left.is_pending().await);
        reader.release();
        socket.feed(&data(1, b"abc"));
        left.fault().await;
    }
    assert_eq!(stream.reader().at_least(3).await, b"abc");
}

#[wasm_bindgen_test]
async fn cancelling_a_readers_own_buffer_reads_on_for_nobody() {
    if !has_byte_streams() {
        return;
    }
    let (socket, _client, stream) = stream().await;
    let reader = ByobReader::new(&stream.readable()).expect("a BYOB reader");
    let mut waiting = reader.read(4);
    assert!(waiting.is_pending().await);
    Op::<JsValue>::new("cancelling", reader.js_cancel())
        .ok()
        .await;
    assert!(waiting.ok().await.done());
    // More than half a window.
    socket.feed(&data(1, &[0; 40_000]));
    assert_eq!(socket.take_sent().await, [4, 1, 0xc0, 0xb8, 2]);
    assert_eq!(stream.bytes_read(), 0.0);
}

/// "abc" has arrived for a reader that wanted four bytes, and its deadline has passed.
async fn given_back(socket: &FakeSocket, stream: &Stream) {
    let reader = ByobReader::new(&stream.readable()).expect("a BYOB reader");
    let mut read = reader.read_view(&evaluate("return new Uint32Array(4)"));
    assert!(read.is_pending().await);
    for part in [b"a", b"b", b"c"] {
        socket.feed(&data(1, part));
        assert!(read.is_pending().await);
    }
    stream.set_read_deadline(1_000.0).expect("milliseconds");
    read.fault().await.assert_code("deadline_exceeded");
    assert_eq!(stream.bytes_read(), 0.0);
}

#[wasm_bindgen_test]
async fn a_deadline_costs_no_byte_of_a_minimum_that_is_not_reached() {
    if !has_byte_streams() {
        return;
    }
    let (socket, _client, stream) = stream().await;
    given_back(&socket, &stream).await;
    // Nor are they read while it has passed.
    let (nothing, view) = (JsValue::UNDEFINED, Uint8Array::new_with_length(2));
    for into in [nothing.clone(), 2.into(), view.into()] {
        let read = stream.read_with(&into, &nothing);
        read.fault().await.assert_code("deadline_exceeded");
    }
    let read = stream.reader().read();
    read.fault().await.assert_code("deadline_exceeded");
    assert_eq!(stream.bytes_read(), 0.0);
    stream.set_read_deadline(JsValue::NULL).expect("none");
    socket.feed(&data(1, b"def"));
    let two = stream.read_with(&2.into(), &JsValue::UNDEFINED).ok().await;
    let two: Uint8Array = two.dyn_into().expect("bytes");
    assert_eq!(two.to_vec(), b"ab");
    let view = Uint8Array::new_with_length(9);
    let one = stream.read_with(&view, &JsValue::UNDEFINED).ok().await;
    let one: Uint8Array = one.dyn_into().expect("bytes");
    assert_eq!(one.to_vec(), b"c");
    assert_eq!(stream.reader().at_least(3).await, b"def");
    assert_eq!(stream.bytes_read(), 6.0);
}

#[wasm_bindgen_test]
async fn bytes_that_were_given_back_are_dropped_with_the_stream() {
    if !has_byte_streams() {
        return;
    }
    let (socket, _client, stream) = stream().await;
    given_back(&socket, &stream).await;
    stream.set_read_deadline(JsValue::NULL).expect("none");
    stream.close().ok().await;
    stream.read().fault().await.assert_code("stream_closed");
    let reader = stream.reader();
    reader.closed().fault().await.assert_code("stream_closed");
}

#[wasm_bindgen_test]
async fn bytes_that_were_given_back_outlive_the_multiplexer() {
    if !has_byte_streams() {
        return;
    }
    let (socket, client, stream) = stream().await;
    given_back(&socket, &stream).await;
    stream.set_read_deadline(JsValue::NULL).expect("none");
    client.close().ok().await;
    let reader = stream.reader();
    assert_eq!(reader.at_least(3).await, b"abc");
    reader.read().fault().await.assert_closed_by("local");
}

#[wasm_bindgen_test]
async fn a_platform_without_byte_streams_has_default_readers() {
    let without = Replaced::global("ReadableByteStreamController", &JsValue::UNDEFINED);
    let (socket, _client, stream) = stream().await;
    assert!(ByobReader::new(&stream.readable()).is_err());
    drop(without);
    let reader = stream.reader();
    socket.feed(&data(1, b"abc"));
    assert_eq!(reader.at_least(3).await, b"abc");
    socket.feed(&[5, 1]);
    assert!(reader.read().ok().await.done());
}
