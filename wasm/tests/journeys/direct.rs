//! Reads and writes without a WHATWG stream.

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Stream};
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, NOTHING, data, opened, pair, payload_of, stream_between};
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

#[wasm_bindgen_test]
async fn a_question_and_its_answer() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    stream.write(b"question").ok().await;
    stream.close_write().ok().await;
    assert_eq!(bytes(&peer.read().ok().await), b"question");
    assert!(peer.read().ok().await.is_null());
    peer.write(b"answer").ok().await;
    peer.close_write().ok().await;
    assert_eq!(bytes(&stream.read().ok().await), b"answer");
    assert!(stream.read().ok().await.is_null());
    // The end stays the end, also now that both directions have ended.
    assert!(stream.read().ok().await.is_null());
    assert_eq!((stream.bytes_written(), stream.bytes_read()), (8.0, 6.0));
    assert_eq!((peer.bytes_written(), peer.bytes_read()), (6.0, 8.0));
}

#[wasm_bindgen_test]
async fn megabytes_arrive_as_they_were() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    let all = ramp(3_000_001);
    let write = stream.write(&all);
    let mut arrived = Vec::new();
    while arrived.len() < all.len() {
        arrived.extend(bytes(&peer.read().ok().await));
    }
    write.ok().await;
    assert_same(&arrived, &all);
}

#[wasm_bindgen_test]
async fn a_read_gives_no_more_than_asked_for() {
    let (socket, _client, stream) = stream(&[0]).await;
    socket.feed(&data(1, b"abcdef"));
    let read = |max: u32| stream.read_with(&max.into(), &JsValue::UNDEFINED);
    assert_eq!(bytes(&read(1).ok().await), b"a");
    assert_eq!(bytes(&read(3).ok().await), b"bcd");
    assert_eq!(bytes(&read(1_000_000).ok().await), b"ef");
    let mut waiting = read(2);
    assert!(waiting.is_pending().await);
    socket.feed(&data(1, b"ghi"));
    assert_eq!(bytes(&waiting.ok().await), b"gh");
    assert_eq!(stream.bytes_read(), 8.0);
}

#[wasm_bindgen_test]
async fn more_than_a_chunk_is_read_at_once_if_asked_for() {
    let window = [("streamReceiveWindow", 300_000.into())];
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, &window);
    let open = client.open();
    socket.take_sent().await;
    socket.feed(&[2, 1, 0]);
    let stream = open.ok().await;
    let all = ramp(200_000);
    for part in all.chunks(50_000) {
        socket.feed(&data(1, part));
    }
    // The first message's, as they lie.
    let first = stream.read().ok().await;
    assert_same(&bytes(&first), &all[..50_000]);
    let rest = stream
        .read_with(&1e9.into(), &JsValue::UNDEFINED)
        .ok()
        .await;
    assert_same(&bytes(&rest), &all[50_000..]);
}

#[wasm_bindgen_test]
async fn a_view_is_filled_where_it_is() {
    let (socket, _client, stream) = stream(&[0]).await;
    let views = evaluate(
        "const buffers = [new ArrayBuffer(16)];
        // Pages have none unless they are isolated.
        if (globalThis.SharedArrayBuffer) {
            buffers.push(new SharedArrayBuffer(16));
        }
        const views = buffers.flatMap(buffer => [
            new Uint8Array(buffer, 1, 3), new Uint16Array(buffer, 4, 2), new DataView(buffer, 9, 7),
        ]);
        if (ArrayBuffer.prototype.resize) {
            const buffer = new ArrayBuffer(8, { maxByteLength: 32 });
            const view = new Uint8Array(buffer, 2);
            buffer.resize(6);
            views.push(view);
        }
        return views;",
    );
    for view in Array::from(&views) {
        let mut read = stream.read_with(&view, &JsValue::UNDEFINED);
        assert!(read.is_pending().await);
        socket.feed(&data(1, b"ab"));
        let part: Uint8Array = read.ok().await.dyn_into().expect("bytes");
        assert_eq!(part.to_vec(), b"ab");
        assert_eq!(JsValue::from(part.buffer()), get(&view, "buffer"));
        let offset = get(&view, "byteOffset");
        assert_eq!(JsValue::from(part.byte_offset()), offset);
    }
    let view = Uint8Array::new_with_length(3);
    socket.feed(&data(1, b"abcd"));
    let part = stream.read_with(&view, &JsValue::UNDEFINED).ok().await;
    assert_eq!(bytes(&part), b"abc");
    assert_eq!(view.to_vec(), b"abc");
    assert_eq!(bytes(&stream.read().ok().await), b"d");
    socket.feed(&[5, 1]);
    let end = stream.read_with(&view, &JsValue::UNDEFINED).ok().await;
    assert!(end.is_null());
}

#[wasm_bindgen_test]
async fn a_view_that_goes_away_while_it_waits_costs_no_byte() {
    let (socket, _client, stream) = stream(&[0]).await;
    let cases = evaluate(
        "const buffer = new ArrayBuffer(4);
        const cases = [[new Uint8Array(buffer), () => structuredClone(buffer, { transfer: [buffer] })]];
        if (ArrayBuffer.prototype.resize) {
            const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
            cases.push([new Uint8Array(buffer, 4, 4), () => buffer.resize(2)]);
            const other = new ArrayBuffer(8, { maxByteLength: 8 });
            cases.push([new DataView(other, 4, 4), () => other.resize(2)]);
        }
        return cases;",
    );
    for case in Array::from(&cases) {
        let take_away: Function = get(&case, "1").unchecked_into();
        let mut read = stream.read_with(&get(&case, "0"), &JsValue::UNDEFINED);
        assert!(read.is_pending().await);
        take_away.call0(&JsValue::UNDEFINED).expect("taken away");
        socket.feed(&data(1, b"kept"));
        let fault = read.fault().await;
        fault.assert_code("invalid_argument");
        assert!(fault.is_type_error(), "{fault:?}");
        assert_eq!(bytes(&stream.read().ok().await), b"kept");
    }
}

#[wasm_bindgen_test]
async fn what_is_no_target_is_refused() {
    let (_socket, _client, stream) = stream(&[0]).await;
    let wrong = "return ['5', {}, true, new ArrayBuffer(2), Symbol(), 5n, new Uint8Array()]";
    for into in Array::from(&evaluate(wrong)) {
        let fault = stream.read_with(&into, &JsValue::UNDEFINED).fault().await;
        fault.assert_code("invalid_argument");
        assert!(fault.is_type_error(), "{fault:?}");
    }
    for into in Array::from(&evaluate("return [0, -1, 1.5, NaN, Infinity]")) {
        let fault = stream.read_with(&into, &JsValue::UNDEFINED).fault().await;
        fault.assert_code("invalid_argument");
        assert!(fault.is_range_error(), "{fault:?}");
    }
}

#[wasm_bindgen_test]
async fn what_is_not_bytes_is_not_written() {
    let (socket, _client, stream) = stream(&AMPLE_WINDOW).await;
    for chunk in Array::from(&evaluate("return [undefined, null, 5, 'text', [1], {}]")) {
        let fault = stream.write_with(&chunk, &JsValue::UNDEFINED).fault().await;
        fault.assert_code("invalid_chunk");
        assert!(fault.is_type_error(), "{fault:?}");
    }
    assert_eq!(socket.take_sent().await, NOTHING);
}

#[wasm_bindgen_test]
async fn buffers_are_written_whether_shared_or_resizable() {
    let (socket, _client, stream) = stream(&AMPLE_WINDOW).await;
    let buffers = evaluate(
        "const buffers = [new ArrayBuffer(2)];
        if (globalThis.SharedArrayBuffer) {
            buffers.push(new SharedArrayBuffer(2));
        }
        if (ArrayBuffer.prototype.resize) {
            buffers.push(new ArrayBuffer(2, { maxByteLength: 4 }));
        }
        buffers.forEach(buffer => new Uint8Array(buffer).set([1, 2]));
        return buffers;",
    );
    for buffer in Array::from(&buffers) {
        stream.write_with(&buffer, &JsValue::UNDEFINED).ok().await;
        assert_eq!(socket.take_sent().await, data(1, &[1, 2]));
    }
}

#[wasm_bindgen_test]
async fn a_buffer_that_grows_while_it_is_written_is_written_as_it_was() {
    let (socket, _client, stream) = stream(&[1]).await;
    let growing = evaluate("return ArrayBuffer.prototype.resize !== undefined");
    if growing.is_falsy() {
        return;
    }
    let buffer = evaluate("return new ArrayBuffer(2, { maxByteLength: 4 })");
    let mut write = stream.write_with(&buffer, &JsValue::UNDEFINED);
    assert!(write.is_pending().await);
    let grow: Function = evaluate("return (buffer) => buffer.resize(4)").unchecked_into();
    grow.call1(&JsValue::UNDEFINED, &buffer).expect("room");
    socket.feed(&[4, 1, 9]);
    write.ok().await;
    assert_eq!(payload_of(1, &socket.take_sent().await), [0, 0]);
}

#[wasm_bindgen_test]
async fn reads_that_overlap_are_served_in_order() {
    let (socket, _client, stream) = stream(&[0]).await;
    let (mut first, mut second, third) = (stream.read(), stream.read(), stream.read());
    assert!(first.is_pending().await && second.is_pending().await);
    socket.feed(&data(1, b"one"));
    assert_eq!(bytes(&first.ok().await), b"one");
    assert!(second.is_pending().await);
    socket.feed(&data(1, b"two"));
    assert_eq!(bytes(&second.ok().await), b"two");
    socket.feed(&[5, 1]);
    assert!(third.ok().await.is_null());
}

#[wasm_bindgen_test]
async fn writes_that_overlap_are_done_in_order() {
    let (socket, _client, stream) = stream(&[2]).await;
    let (mut first, second) = (stream.write(b"abcd"), stream.write(b"efgh"));
    let third = stream.write(b"i");
    assert!(first.is_pending().await);
    assert_eq!(socket.take_sent().await, data(1, b"ab"));
    assert_eq!(stream.bytes_written(), 2.0);
    socket.feed(&[4, 1, 3]);
    first.ok().await;
    socket.feed(&[4, 1, 100]);
    second.ok().await;
    third.ok().await;
    assert_eq!(payload_of(1, &socket.take_sent().await), b"cdefghi");
}

#[wasm_bindgen_test]
async fn a_write_is_on_its_way_when_its_call_returns() {
    let (socket, _client, stream) = stream(&AMPLE_WINDOW).await;
    drop(stream.write(b"on my way"));
    stream.close().ok().await;
    let sent = [data(1, b"on my way"), vec![6, 1]].concat();
    assert_eq!(socket.take_sent().await, sent);
}

#[wasm_bindgen_test]
async fn a_direction_in_use_by_its_whatwg_stream_is_not_read_or_written_directly() {
    let (socket, _client, stream) = stream(&AMPLE_WINDOW).await;
    let (reader, writer) = (stream.reader(), stream.writer());
    let mut read = reader.read();
    assert!(read.is_pending().await);
    stream.read().fault().await.assert_code("stream_locked");
    let fault = stream.write(b"no").fault().await;
    fault.assert_code("stream_locked");
    assert!(fault.is_type_error() && fault.message().contains("writable"));
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.feed(&data(1, b"kept"));
    let chunk = read.ok().await.value();
    assert_eq!(bytes(&chunk), b"kept");
    writer.write(b"goes on").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"goes on"));
}

#[wasm_bindgen_test]
async fn the_directions_can_be_used_in_different_ways() {
    let (socket, _client, stream) = stream(&AMPLE_WINDOW).await;
    let writer = stream.writer();
    socket.feed(&data(1, b"direct"));
    assert_eq!(bytes(&stream.read().ok().await), b"direct");
    writer.write(b"piped").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"piped"));
}

#[wasm_bindgen_test]
async fn a_direction_is_handed_over_between_operations_and_not_during_one() {
    let (socket, _client, stream) = stream(&[1]).await;
    let (mut read, mut write) = (stream.read(), stream.write(b"ab"));
    assert!(read.is_pending().await && write.is_pending().await);
    stream.readable_fault().assert_code("stream_locked");
    stream.writable_fault().assert_code("stream_locked");
    socket.feed(&[data(1, b"header, body"), vec![4, 1, 9]].concat());
    write.ok().await;
    assert_eq!(bytes(&read.ok().await), b"header, body");
    socket.feed(&data(1, b"rest"));
    assert_eq!(stream.reader().at_least(4).await, b"rest");
    stream.writer().write(b"c").ok().await;
    assert_eq!(payload_of(1, &socket.take_sent().await), b"abc");
}

#[wasm_bindgen_test]
async fn what_waits_fails_when_the_stream_ends() {
    let (socket, client, stream) = stream(&[2]).await;
    let reads = [stream.read(), stream.read()];
    let writes = [stream.write(b"abcd"), stream.write(b"e")];
    assert_eq!(socket.take_sent().await, data(1, b"ab"));
    stream.close().ok().await;
    for read in reads {
        read.fault().await.assert_code("stream_closed");
    }
    for (write, taken) in writes.into_iter().zip([2, 0]) {
        let fault = write.fault().await;
        fault.assert_code("stream_closed");
        assert_eq!(get(&fault.0, "written"), taken);
    }
    stream.read().fault().await.assert_code("stream_closed");
    let write = stream.write(b"a");
    write.fault().await.assert_code("stream_closed");
    assert!(client.internal_error().is_undefined());
}

#[wasm_bindgen_test]
async fn what_waits_fails_when_the_peer_closes() {
    let (socket, _client, stream) = stream(&[2]).await;
    let (read, write) = (stream.read(), stream.write(b"abc"));
    socket.take_sent().await;
    socket.feed(&[data(1, b"last"), vec![6, 1]].concat());
    assert_eq!(bytes(&read.ok().await), b"last");
    assert!(stream.read().ok().await.is_null());
    let fault = write.fault().await;
    fault.assert_code("remote_closed");
    assert_eq!(get(&fault.0, "written"), 2);
}

#[wasm_bindgen_test]
async fn what_was_received_is_read_after_the_multiplexer_has_ended() {
    let (socket, client, stream) = stream(&[2]).await;
    let write = stream.write(b"abc");
    socket.take_sent().await;
    socket.feed(&data(1, b"received"));
    socket.break_off();
    client.closed().fault().await;
    let fault = write.fault().await;
    fault.assert_closed_by("carrier_failed");
    assert_eq!(get(&fault.0, "written"), 2);
    assert_eq!(bytes(&stream.read().ok().await), b"received");
    let fault = stream.read().fault().await;
    fault.assert_closed_by("carrier_failed");
}

#[wasm_bindgen_test]
async fn no_member_is_named_after_a_symbol_that_the_platform_lacks() {
    let (_socket, client, stream) = stream(&[2]).await;
    for object in [JsValue::from(client), stream.into()] {
        let has = Reflect::has(&object, &"undefined".into());
        assert!(!has.expect("an object"));
    }
}
