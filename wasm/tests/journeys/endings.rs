//! How streams end.

use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::get;
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, NOTHING, data, opened, pair, stream_between};

fn raw() -> (FakeSocket, Multiplexer) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    (socket, client)
}

#[wasm_bindgen_test]
async fn the_other_direction_goes_on_after_a_half_close() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    let question = stream.writer();
    question.write(b"question").ok().await;
    question.close().ok().await;
    let arrived = peer.reader().to_end().await.expect("a question");
    assert_eq!(arrived, b"question");
    let answer = peer.writer();
    answer.write(b"answer").ok().await;
    peer.close_write().ok().await;
    let arrived = stream.reader().to_end().await.expect("an answer");
    assert_eq!(arrived, b"answer");
}

#[wasm_bindgen_test]
async fn a_half_close_follows_the_data_once() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let writer = stream.writer();
    writer.write(b"abc").ok().await;
    stream.close_write().ok().await;
    stream.close_write().ok().await;
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x03abc\x05\x01");
    writer.write(b"d").fault().await.assert_code("write_closed");
    assert_eq!(socket.take_sent().await, NOTHING);
}

#[wasm_bindgen_test]
async fn closing_the_writable_half_closes_behind_writes_that_wait() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let writer = stream.writer();
    let (written, mut ended) = (writer.write(b"abcd"), writer.close());
    assert!(ended.is_pending().await);
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02ab");
    socket.feed(&[4, 1, 2]);
    written.ok().await;
    ended.ok().await;
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02cd\x05\x01");
}

#[wasm_bindgen_test]
async fn half_closing_fails_a_write_that_waits() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let mut written = stream.writer().write(b"abcd");
    assert!(written.is_pending().await);
    stream.close_write().ok().await;
    written.fault().await.assert_code("write_closed");
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02ab\x05\x01");
}

#[wasm_bindgen_test]
async fn closing_fails_what_waits_and_sends_one_close_behind_the_data() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let (reader, writer) = (stream.reader(), stream.writer());
    let (mut read, mut written) = (reader.read(), writer.write(b"abcd"));
    assert!(read.is_pending().await && written.is_pending().await);
    stream.close().ok().await;
    stream.close().ok().await;
    read.fault().await.assert_code("stream_closed");
    written.fault().await.assert_code("stream_closed");
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02ab\x06\x01");
    // The peer sent these before it learned of the close.
    socket.feed(&[data(1, b"late"), vec![4, 1, 9, 5, 1, 6, 1]].concat());
    stream.close_write().ok().await;
    assert_eq!(socket.take_sent().await, NOTHING);
    assert!(client.internal_error().is_undefined());
}

#[wasm_bindgen_test]
async fn a_closed_stream_fails_what_is_begun_later() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.feed(&data(1, b"unread"));
    stream.close().ok().await;
    let read = stream.reader().read();
    read.fault().await.assert_code("stream_closed");
    let written = stream.writer().write(b"a");
    written.fault().await.assert_code("stream_closed");
    assert_eq!(socket.take_sent().await, [6, 1]);
}

#[wasm_bindgen_test]
async fn the_peers_close_ends_reading_and_fails_writing() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let mut written = stream.writer().write(b"abcd");
    assert!(written.is_pending().await);
    socket.feed(&[data(1, b"last words"), vec![6, 1]].concat());
    written.fault().await.assert_code("remote_closed");
    let arrived = stream.reader().to_end().await.expect("the end");
    assert_eq!(arrived, b"last words");
}

#[wasm_bindgen_test]
async fn the_peers_half_close_ends_a_read_that_waits() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let mut read = stream.reader().read();
    assert!(read.is_pending().await);
    socket.feed(&[5, 1]);
    assert!(read.ok().await.done());
    stream.writer().write(b"ab").ok().await;
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02ab");
}

#[wasm_bindgen_test]
async fn a_stream_whose_directions_have_both_ended_closes() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    socket.feed(&[5, 1]);
    assert!(stream.reader().read().ok().await.done());
    assert_eq!(socket.take_sent().await, NOTHING);
    stream.close_write().ok().await;
    assert_eq!(socket.take_sent().await, [5, 1, 6, 1]);
}

#[wasm_bindgen_test]
async fn aborting_the_writable_closes_the_stream() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    stream.writer().abort().ok().await;
    assert_eq!(socket.take_sent().await, [6, 1]);
}

#[wasm_bindgen_test]
async fn aborting_the_writable_fails_it_with_the_reason_and_the_rest_with_a_code() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let (reader, writer) = (stream.reader(), stream.writer());
    let (mut read, mut written) = (reader.read(), writer.write(b"abcd"));
    assert!(read.is_pending().await && written.is_pending().await);
    writer.abort().ok().await;
    let fault = written.fault().await;
    fault.assert_code("stream_closed");
    assert_eq!(get(&fault.0, "written"), 2);
    for failed in [writer.closed(), writer.write(b"e")] {
        assert_eq!(failed.fault().await.0, "enough");
    }
    read.fault().await.assert_code("stream_closed");
    reader.closed().fault().await.assert_code("stream_closed");
    // Used directly in the other direction.
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    socket.feed(&data(1, b"unread"));
    stream.writer().abort().ok().await;
    stream.read().fault().await.assert_code("stream_closed");
}

#[wasm_bindgen_test]
async fn aborting_the_writable_does_not_wait_for_the_peers_window() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let writer = stream.writer();
    let mut written = writer.write(b"abcd");
    assert!(written.is_pending().await);
    writer.abort().ok().await;
    written.fault().await;
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02ab\x06\x01");
}

#[wasm_bindgen_test]
async fn a_chunk_may_abort_the_writable_while_it_is_written() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let writer = stream.writer();
    let chunk = js_sys::Function::new_with_args(
        "writer",
        "const chunk = new Uint8Array([97, 98, 99, 100]);
        const get = () => (writer.abort(), 4);
        return Object.defineProperty(chunk, 'byteLength', { get });",
    );
    let chunk = chunk.call1(&JsValue::UNDEFINED, &writer);
    let written = writer.write_chunk(&chunk.expect("a chunk"));
    written.fault().await.assert_code("stream_closed");
    assert_eq!(socket.take_sent().await, b"\x03\x01\0\x02ab\x06\x01");
}

#[wasm_bindgen_test]
async fn a_stream_nobody_holds_closes() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    stream.free();
    assert_eq!(socket.take_sent().await, [5, 1, 6, 1]);
}

#[wasm_bindgen_test]
async fn a_stream_is_known_by_its_identifier() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&server, &client).await;
    assert_eq!((stream.id(), peer.id()), (2, 2));
    assert_eq!(stream.local_addr(), "local:2");
    assert_eq!(peer.remote_addr(), "remote:2");
    assert_eq!(client.addr(), "multiplexer:odd");
    assert_eq!(server.addr(), "multiplexer:even");
}

#[wasm_bindgen_test]
async fn a_stream_has_one_readable_and_one_writable() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    assert_eq!(stream.readable(), stream.readable());
    assert_eq!(stream.writable(), stream.writable());
}

/// A server need not notice that its client has gone, in order not to run out of streams.
#[wasm_bindgen_test]
async fn a_stream_that_the_peer_has_closed_closes_when_it_has_been_read() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let (reader, writer) = (stream.reader(), stream.writer());
    socket.feed(&[data(1, b"last words"), vec![6, 1]].concat());
    writer.closed().fault().await.assert_code("remote_closed");
    assert_eq!(socket.take_sent().await, NOTHING);
    let arrived = reader.to_end().await.expect("the end");
    assert_eq!(arrived, b"last words");
    assert_eq!(socket.take_sent().await, [6, 1]);
}

#[wasm_bindgen_test]
async fn a_stream_that_has_been_read_closes_when_the_peer_has_closed_it() {
    let (socket, client) = raw();
    let stream = opened(&socket, &client, &[2]).await;
    let (reader, writer) = (stream.reader(), stream.writer());
    socket.feed(&[5, 1]);
    assert!(reader.read().ok().await.done());
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.feed(&[6, 1]);
    writer.closed().fault().await.assert_code("remote_closed");
    assert_eq!(socket.take_sent().await, [6, 1]);
}
