//! What a multiplexer says it has done and holds.

use js_sys::Object;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::globals::Clock;
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, data, opened};

/// The statistics that are not 0.
fn stats(multiplexer: &Multiplexer) -> Vec<(String, f64)> {
    let object: Object = multiplexer.stats().unchecked_into();
    let entries = Object::entries(&object).into_iter();
    let numbers = entries.map(|entry| {
        let entry: js_sys::Array = entry.unchecked_into();
        let name = entry.get(0).as_string().expect("a name");
        (name, entry.get(1).as_f64().expect("a number"))
    });
    numbers.filter(|(_, number)| *number != 0.0).collect()
}

#[track_caller]
fn assert_stats(multiplexer: &Multiplexer, expected: &[(&str, f64)]) {
    let expected = expected.iter().map(|(name, n)| ((*name).to_owned(), *n));
    let expected: Vec<_> = expected.collect();
    assert_eq!(stats(multiplexer), expected);
}

#[wasm_bindgen_test]
async fn they_tell_of_streams_bytes_and_heartbeats() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, &[("acceptBacklog", 1.into())]);
    assert_stats(&client, &[]);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    // Two of the peer's, of which one is too many, and a heartbeat.
    socket.feed(&[1, 2, 9, 1, 4, 9, 0]);
    socket.feed(&data(1, b"unread"));
    stream.writer().write(b"four").ok().await;
    socket.take_calls().await;
    let expected = [
        ("inboundStreams", 1.0),
        ("outboundStreams", 1.0),
        ("unacceptedInbound", 1.0),
        ("streamsOpened", 1.0),
        ("streamsRejected", 1.0),
        // An open, a rejection and a data message.
        ("bytesSent", 5.0 + 2.0 + 8.0),
        ("bytesReceived", 8.0 + 7.0 + 10.0),
        ("payloadBytesSent", 4.0),
        ("payloadBytesReceived", 6.0),
        ("unreadBytes", 6.0),
        ("receiveWindow", 2.0 * 65_535.0),
        ("heartbeatsReceived", 1.0),
    ];
    assert_stats(&client, &expected);
}

#[wasm_bindgen_test]
async fn they_tell_what_both_ends_have_accepted_and_refused() {
    let socket = FakeSocket::new();
    let options = [("heartbeatTransmitInterval", 5_000.into())];
    let clock = Clock::stop().await;
    let client = Multiplexer::client_with(&socket, &options);
    // Streams of the peer's, both of which are accepted.
    socket.feed(&[1, 2, 9, 1, 4, 9]);
    client.accept().ok().await;
    client.accept().ok().await;
    // Of three of this end's the peer accepts one.
    let opens = [client.open(), client.open(), client.open()];
    socket.take_calls().await;
    socket.feed(&[6, 1, 2, 3, 9, 6, 5]);
    let [first, second, third] = opens;
    first.fault().await.assert_code("stream_rejected");
    second.ok().await;
    third.fault().await.assert_code("stream_rejected");
    for _ in 0..3 {
        clock.advance(5_000.0);
        socket.feed(&[0]);
        assert_eq!(socket.take_sent().await.last(), Some(&0));
    }
    let expected = [
        ("streamsOpened", 3.0),
        ("streamsAccepted", 2.0),
        ("opensRejected", 2.0),
        ("streamsRejected", 0.0),
        ("heartbeatsSent", 3.0),
        ("heartbeatsReceived", 3.0),
    ];
    for (name, number) in expected {
        assert_eq!(client.stat(name), number, "{name}");
    }
}

#[wasm_bindgen_test]
async fn they_tell_what_waits_here_and_in_the_socket() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, &[("maxUnacceptedOpens", 1.into())]);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let _opens = [client.open(), client.open(), client.open()];
    socket.take_calls().await;
    assert_eq!(client.stat("unacceptedOutbound"), 1.0);
    assert_eq!(client.stat("queuedOpens"), 2.0);
    socket.set("bufferedAmount", 1e6.into());
    stream.writer().write(b"four").ok().await;
    assert_eq!(client.stat("bufferedBytes"), 8.0);
    assert_eq!(client.stat("socketBufferedAmount"), 1e6);
    socket.set("bufferedAmount", 0.into());
    client.close().ok().await;
    // Also when all is over.
    assert_eq!(client.stat("bufferedBytes"), 0.0);
    assert_eq!(client.stat("payloadBytesSent"), 4.0);
}
