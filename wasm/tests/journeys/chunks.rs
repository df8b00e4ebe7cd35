//! What can be written.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::wire::{NOTHING, client_stream, data, payload_of};
use crate::common::{evaluate, get};

#[wasm_bindgen_test]
async fn every_buffer_and_view_is_written_byte_by_byte() {
    let (socket, _client, stream) = client_stream().await;
    let chunks = evaluate(
        "const bytes = new Uint8Array(32).map((_, at) => at);
        const { buffer } = bytes;
        return [
            [buffer, 0, 32],
            [bytes, 0, 32],
            [bytes.subarray(3, 9), 3, 9],
            [new Uint8ClampedArray(buffer, 1, 4), 1, 5],
            [new Int8Array(buffer, 5, 2), 5, 7],
            [new Uint16Array(buffer, 2, 3), 2, 8],
            [new Int32Array(buffer, 4, 2), 4, 12],
            [new Float64Array(buffer, 8, 2), 8, 24],
            [new BigUint64Array(buffer, 16, 1), 16, 24],
            [new DataView(buffer, 7, 11), 7, 18],
            [new (class extends Uint8Array {})(buffer, 30, 2), 30, 32],
        ]",
    );
    let writer = stream.writer();
    for chunk in Array::from(&chunks) {
        let bound = |at: &str| get(&chunk, at).as_f64().expect("a number") as u8;
        let expected: Vec<u8> = (bound("1")..bound("2")).collect();
        writer.write_chunk(&get(&chunk, "0")).ok().await;
        assert_eq!(socket.take_sent().await, data(1, &expected));
    }
}

#[wasm_bindgen_test]
async fn a_chunk_of_no_bytes_sends_nothing() {
    let (socket, _client, stream) = client_stream().await;
    let writer = stream.writer();
    writer.write(b"").ok().await;
    assert_eq!(socket.take_sent().await, NOTHING);
    writer.write(b"a").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"a"));
}

#[wasm_bindgen_test]
async fn a_chunk_that_is_not_bytes_is_refused() {
    let not_bytes =
        "return [undefined, null, 5, 'text', true, [1, 2], { length: 2 }, Symbol(), 5n]";
    for chunk in Array::from(&evaluate(not_bytes)) {
        let (socket, client, stream) = client_stream().await;
        let fault = stream.writer().write_chunk(&chunk).fault().await;
        fault.assert_code("invalid_chunk");
        assert!(fault.is_type_error(), "{fault:?}");
        assert!(fault.message().contains("ArrayBuffer"), "{fault:?}");
        // The rest of the stream and of the connection is as it was.
        socket.feed(&data(1, b"on"));
        assert_eq!(stream.reader().at_least(2).await, b"on");
        stream.close_write().ok().await;
        assert_eq!(socket.take_sent().await, [5, 1]);
        assert!(client.internal_error().is_undefined());
    }
}

/// Gives the buffer away, as to a worker.
fn detach(buffer: &JsValue) {
    let detach =
        evaluate("return (buffer) => { structuredClone(buffer, { transfer: [buffer] }); }");
    let detach: Function = detach.unchecked_into();
    detach.call1(&JsValue::UNDEFINED, buffer).expect("detached");
}

#[wasm_bindgen_test]
async fn a_chunk_that_is_detached_is_refused() {
    let chunks = evaluate(
        "const buffer = new ArrayBuffer(8);
        const views = [new Uint8Array(buffer), new Int16Array(buffer, 2, 1), new DataView(buffer)];
        return [buffer, ...views];",
    );
    detach(&get(&chunks, "0"));
    for chunk in Array::from(&chunks) {
        let (socket, _client, stream) = client_stream().await;
        let fault = stream.writer().write_chunk(&chunk).fault().await;
        fault.assert_code("invalid_chunk");
        assert!(fault.is_type_error(), "{fault:?}");
        assert!(fault.message().contains("detached"), "{fault:?}");
        assert_eq!(socket.take_sent().await, NOTHING);
    }
}

#[wasm_bindgen_test]
async fn a_chunk_that_is_taken_away_while_it_waits_is_an_error() {
    let (socket, client, stream) = client_stream().await;
    socket.set("bufferedAmount", (1 << 20).into());
    let bytes = ramp(1 << 20);
    let chunk = js_sys::Uint8Array::from(&bytes[..]);
    let mut write = stream.writer().write_chunk(&chunk);
    assert!(write.is_pending().await);
    detach(&chunk.buffer());
    socket.set("bufferedAmount", 0.into());
    let fault = write.fault().await;
    fault.assert_code("invalid_chunk");
    assert!(fault.is_type_error(), "{fault:?}");
    // What went before was right, and others go on.
    let sent = payload_of(1, &socket.take_sent().await);
    assert!(!sent.is_empty());
    assert_same(&sent, &bytes[..sent.len()]);
    let open = client.open();
    socket.take_sent().await;
    socket.feed(&[2, 3, 9]);
    open.ok().await.writer().write(b"on").ok().await;
    assert_eq!(socket.take_sent().await, data(3, b"on"));
    stream.close().ok().await;
    assert_eq!(socket.take_sent().await, [6, 1]);
}
