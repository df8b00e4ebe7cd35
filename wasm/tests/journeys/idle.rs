//! Streams that nobody reads or writes hear of their multiplexer's end all the same.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::socket::FakeSocket;
use crate::common::wire::opened;

#[wasm_bindgen_test]
async fn an_idle_reader_and_writer_end() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let (reader, writer) = (stream.reader(), stream.writer());
    let (mut read_end, mut write_end) = (reader.closed(), writer.closed());
    assert!(read_end.is_pending().await && write_end.is_pending().await);
    socket.break_off();
    read_end.fault().await.assert_closed_by("carrier_failed");
    write_end.fault().await.assert_closed_by("carrier_failed");
}

#[wasm_bindgen_test]
async fn an_idle_pipe_ends() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let source = web_sys::ReadableStream::new().expect("a stream that never says anything");
    let source = wasm_bindgen::JsValue::from(source);
    let source: crate::common::classes::Readable = wasm_bindgen::JsCast::unchecked_into(source);
    let mut pipe = source.pipe_to(&stream.writable());
    assert!(pipe.is_pending().await);
    client.close().ok().await;
    pipe.fault().await.assert_closed_by("local");
}

#[wasm_bindgen_test]
async fn what_was_received_is_read_before_the_end() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let reader = stream.reader();
    let mut end = reader.closed();
    socket.feed(b"\x03\x01\0\x02ok");
    socket.break_off();
    client.closed().fault().await.assert_code("carrier_failed");
    assert!(end.is_pending().await);
    assert_eq!(reader.at_least(2).await, b"ok");
    reader
        .read()
        .fault()
        .await
        .assert_closed_by("carrier_failed");
    end.fault().await.assert_closed_by("carrier_failed");
}

#[wasm_bindgen_test]
async fn a_half_that_the_peer_has_ended_ends_well() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let end = stream.reader().closed();
    socket.feed(&[5, 1]);
    socket.break_off();
    end.ok().await;
}

#[wasm_bindgen_test]
async fn a_stream_that_was_given_up_is_not_in_the_way() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let end = stream.writer().closed();
    stream.free();
    client.close().ok().await;
    end.fault().await.assert_closed_by("local");
}

#[wasm_bindgen_test]
async fn an_idle_reader_and_writer_hear_of_the_peers_close_of_just_their_stream() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let (mut read_end, mut write_end) = (stream.reader().closed(), stream.writer().closed());
    socket.feed(&[5, 1]);
    assert!(!read_end.is_pending().await && write_end.is_pending().await);
    read_end.ok().await;
    socket.feed(&[6, 1]);
    write_end.fault().await.assert_code("remote_closed");
    assert!(client.internal_error().is_undefined());
}

#[wasm_bindgen_test]
async fn an_idle_reader_hears_of_the_end_with_the_last_bytes() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let reader = stream.reader();
    let mut end = reader.closed();
    socket.feed(b"\x03\x01\0\x02ok\x05\x01");
    assert!(end.is_pending().await);
    assert_eq!(reader.at_least(2).await, b"ok");
    end.ok().await;
}

#[wasm_bindgen_test]
async fn an_idle_reader_and_writer_hear_of_the_close_at_this_end() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    let (read_end, mut write_end) = (stream.reader().closed(), stream.writer().closed());
    assert!(write_end.is_pending().await);
    stream.close().ok().await;
    read_end.fault().await.assert_code("stream_closed");
    write_end.fault().await.assert_code("stream_closed");
}
