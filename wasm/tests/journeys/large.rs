//! Large payloads stay in the buffers that they arrive in.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Stream};
use crate::common::evaluate;
use crate::common::socket::FakeSocket;
use crate::common::turns::settle;
use crate::common::wire::data;

/// More than is copied.
const LEN: usize = 20_000;

/// A client with the streams 1 and 3, which take a megabyte each.
async fn streams() -> (FakeSocket, Multiplexer, [Stream; 2]) {
    let window = [("streamReceiveWindow", 1_000_000.into())];
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, &window);
    let opens = [client.open(), client.open()];
    socket.take_sent().await;
    socket.feed(&[2, 1, 0, 2, 3, 0]);
    let [first, second] = opens;
    let streams = [first.ok().await, second.ok().await];
    (socket, client, streams)
}

async fn read(stream: &Stream) -> Uint8Array {
    stream.read().ok().await.dyn_into().expect("bytes")
}

async fn read_at_most(stream: &Stream, max: u32) -> Uint8Array {
    let read = stream.read_with(&max.into(), &JsValue::UNDEFINED);
    read.ok().await.dyn_into().expect("bytes")
}

/// Gives the chunk's buffer away, as to a worker.
fn detach(chunk: &Uint8Array) {
    let detach =
        evaluate("return (buffer) => { structuredClone(buffer, { transfer: [buffer] }); }");
    let detach: Function = detach.unchecked_into();
    detach
        .call1(&JsValue::UNDEFINED, &chunk.buffer())
        .expect("detached");
}

/// What `message` brings of `stream` is read as one chunk, in the message's own buffer, which is the reader's alone then.
async fn assert_read_in_place(
    socket: &FakeSocket,
    stream: &Stream,
    message: &[u8],
    payload: &[u8],
) {
    let buffer = Uint8Array::from(message).buffer();
    socket.receive(&buffer);
    let chunk = read(stream).await;
    assert_same(&chunk.to_vec(), payload);
    assert_eq!(JsValue::from(chunk.buffer()), JsValue::from(buffer));
    detach(&chunk);
}

#[wasm_bindgen_test]
async fn a_large_payload_is_read_where_it_arrived() {
    let (socket, _client, [first, second]) = streams().await;
    let all = ramp(LEN);
    let message = [data(3, b"before"), data(1, &all), data(3, b"behind")].concat();
    assert_read_in_place(&socket, &first, &message, &all).await;
    assert_eq!(read(&second).await.to_vec(), b"beforebehind");
    socket.feed(&data(1, b"next"));
    assert_eq!(read(&first).await.to_vec(), b"next");
}

/// As a server sends what one stream alone writes.
#[wasm_bindgen_test]
async fn what_one_message_brings_of_a_stream_is_one_chunk() {
    let (socket, _client, [first, _]) = streams().await;
    let all = ramp(5 * LEN);
    let message: Vec<u8> = all.chunks(LEN).flat_map(|part| data(1, part)).collect();
    assert_read_in_place(&socket, &first, &message, &all).await;
}

#[wasm_bindgen_test]
async fn streams_that_share_a_message_share_no_buffer() {
    let (socket, _client, [first, second]) = streams().await;
    let all = ramp(LEN);
    socket.feed(&[data(1, &all), data(3, &all), data(1, &all)].concat());
    let chunk = read(&first).await;
    assert_same(&chunk.to_vec(), &[&all[..], &all].concat());
    detach(&chunk);
    let chunk = read(&second).await;
    assert_same(&chunk.to_vec(), &all);
    assert_eq!(chunk.buffer().byte_length(), LEN as u32);
}

#[wasm_bindgen_test]
async fn a_chunk_stays_as_it_was_read_whatever_comes() {
    let (socket, _client, [first, second]) = streams().await;
    let all = ramp(LEN);
    socket.feed(&[data(1, &all), data(3, &[9; 500])].concat());
    let chunk = read(&first).await;
    for id in [1, 3, 1] {
        socket.feed(&data(id, &[1; 300]));
        socket.feed(&data(id, &[2; LEN]));
    }
    settle().await;
    assert_same(&chunk.to_vec(), &all);
    // Nor does the reader's use of it change what comes.
    chunk.fill(7, 0, LEN as u32);
    let view = Uint8Array::new_with_length(1 << 20);
    let rest = second.read_with(&view, &JsValue::UNDEFINED).ok().await;
    let rest: Uint8Array = rest.dyn_into().expect("bytes");
    assert_same(
        &rest.to_vec(),
        &[&[9; 500][..], &[1; 300], &[2; LEN]].concat(),
    );
}

#[wasm_bindgen_test]
async fn a_part_of_a_payload_leaves_the_rest() {
    let (socket, _client, [first, _]) = streams().await;
    let all = ramp(LEN);
    socket.feed(&data(1, &all));
    let mut read = Vec::new();
    for max in [10, 15_000, 1_000_000] {
        let chunk = read_at_most(&first, max).await;
        read.extend(chunk.to_vec());
        detach(&chunk);
    }
    assert_same(&read, &all);
}

#[wasm_bindgen_test]
async fn small_payloads_and_large_ones_keep_their_order() {
    let (socket, _client, [first, _]) = streams().await;
    let all = ramp(3 * LEN);
    let mut rest = &all[..];
    for len in [1, LEN, 3, 500, LEN, 7] {
        let (payload, later) = rest.split_at(len);
        socket.feed(&data(1, payload));
        rest = later;
    }
    // Cut anywhere between two messages of the socket.
    let message = data(1, &rest[..15_000]);
    let (one, other) = message.split_at(9_000);
    socket.feed(one);
    socket.feed(other);
    settle().await;
    let len = all.len() - rest.len() + 15_000;
    let view = Uint8Array::new_with_length(len as u32);
    let filled = first.read_with(&view, &JsValue::UNDEFINED).ok().await;
    let filled: Uint8Array = filled.dyn_into().expect("bytes");
    assert_same(&filled.to_vec(), &all[..len]);
}

/// Messages of some implementations are parts of buffers that are used for others as well.
#[wasm_bindgen_test]
async fn a_message_in_a_buffer_of_others_is_copied() {
    let (socket, _client, [first, _]) = streams().await;
    let all = ramp(LEN);
    let message = data(1, &all);
    let pool = Uint8Array::new_with_length(100_000);
    let part = pool.subarray(1_000, 1_000 + message.len() as u32);
    part.copy_from(&message);
    socket.receive(&part);
    settle().await;
    pool.fill(0, 0, 100_000);
    let chunk = read(&first).await;
    assert_same(&chunk.to_vec(), &all);
    detach(&chunk);
    assert_eq!(pool.length(), 100_000);
}

#[wasm_bindgen_test]
async fn a_readable_stream_gives_large_payloads_and_what_follows() {
    let (socket, _client, [first, second]) = streams().await;
    let all = ramp(LEN);
    socket.feed(&[data(1, &all), data(3, b"other")].concat());
    socket.feed(&data(1, b"next"));
    let reader = first.reader();
    let read = reader.at_least(LEN + 4).await;
    assert_same(&read, &[&all[..], b"next"].concat());
    assert_eq!(read_at_most(&second, 100).await.to_vec(), b"other");
}
