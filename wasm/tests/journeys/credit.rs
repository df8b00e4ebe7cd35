//! The peer gets credit for what was consumed, not for what arrived.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Stream};
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, DEFAULT_WINDOW, NOTHING, data, opened};

async fn stream() -> (FakeSocket, Multiplexer, Stream) {
    let socket = FakeSocket::new();
    // So that the window stays what it is.
    let options = [("maxStreamReceiveWindow", 0.into())];
    let client = Multiplexer::client_with(&socket, &options);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    (socket, client, stream)
}

/// An increment of stream 1's window by 65,535.
fn whole_window() -> Vec<u8> {
    [&[4, 1], &DEFAULT_WINDOW[..]].concat()
}

#[wasm_bindgen_test]
async fn nothing_is_granted_before_it_is_read() {
    let (socket, _client, stream) = stream().await;
    let reader = stream.reader();
    socket.feed(&data(1, &ramp(65_535)));
    assert_eq!(socket.take_sent().await, NOTHING);
    assert_same(&reader.at_least(65_535).await, &ramp(65_535));
    assert_eq!(socket.take_sent().await, whole_window());
}

#[wasm_bindgen_test]
async fn a_read_takes_no_more_than_it_hands_over() {
    let (socket, _client, stream) = stream().await;
    let reader = stream.reader();
    let first = reader.read();
    socket.feed(&data(1, &ramp(100)));
    first.ok().await;
    // Were it read ahead, credit would leave. In one chunk, as it may leave between two as well.
    socket.feed(&data(1, &ramp(60_000)));
    assert_eq!(socket.take_sent().await, NOTHING);
    reader.at_least(60_000).await;
    // Credit for all that was read, the first hundred included.
    assert_eq!(socket.take_sent().await, [4, 1, 0xc4, 0xd5, 3]);
}

#[wasm_bindgen_test]
async fn more_than_the_window_is_a_violation_unless_it_was_read() {
    let (socket, client, stream) = stream().await;
    let reader = stream.reader();
    for _ in 0..3 {
        socket.feed(&data(1, &ramp(65_535)));
        reader.at_least(65_535).await;
    }
    socket.feed(&data(1, &ramp(65_535)));
    assert!(client.closed().is_pending().await);
    socket.feed(&data(1, b"x"));
    let end = client.closed().fault().await;
    end.assert_code("receive_window_violation");
}

#[wasm_bindgen_test]
async fn cancelling_discards_and_keeps_the_peer_going() {
    let (socket, _client, stream) = stream().await;
    socket.feed(&data(1, &ramp(65_535)));
    assert_eq!(socket.take_sent().await, NOTHING);
    stream.reader().cancel().ok().await;
    for _ in 0..3 {
        assert_eq!(socket.take_sent().await, whole_window());
        socket.feed(&data(1, &ramp(65_535)));
    }
    assert_eq!(socket.take_sent().await, whole_window());
    // It can still be written, and ends with its writing side.
    let writer = stream.writer();
    writer.write(b"on").ok().await;
    writer.close().ok().await;
    let rest = [&data(1, b"on")[..], &[5, 1, 6, 1]].concat();
    assert_eq!(socket.take_sent().await, rest);
}

#[wasm_bindgen_test]
async fn cancelling_ends_a_read_that_waits() {
    let (socket, client, stream) = stream().await;
    let reader = stream.reader();
    let mut read = reader.read();
    assert!(read.is_pending().await);
    reader.cancel().ok().await;
    assert!(read.ok().await.done());
    for _ in 0..3 {
        socket.feed(&data(1, &ramp(65_535)));
        assert_eq!(socket.take_sent().await, whole_window());
    }
    socket.feed(&[5, 1]);
    assert_eq!(socket.take_sent().await, NOTHING);
    assert!(client.internal_error().is_undefined());
}

#[wasm_bindgen_test]
async fn closing_a_cancelled_stream_tells_the_peer() {
    let (socket, _client, stream) = stream().await;
    stream.reader().cancel().ok().await;
    stream.close().ok().await;
    assert_eq!(socket.take_sent().await, [6, 1]);
}
