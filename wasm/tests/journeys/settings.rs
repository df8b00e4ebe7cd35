//! Every option does what it says.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::globals::Clock;
use crate::common::socket::{Call, FakeSocket};
use crate::common::wire::{AMPLE_WINDOW, NOTHING, data, opened};

fn client(name: &str, value: impl Into<JsValue>) -> (FakeSocket, Multiplexer) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, &[(name, value.into())]);
    (socket, client)
}

#[wasm_bindgen_test]
async fn stream_receive_window() {
    for (window, wire) in [
        (0.0, &[0][..]),
        (300.0, &[0xac, 2]),
        (34_359_738_368.0, &AMPLE_WINDOW),
    ] {
        let (socket, client) = client("streamReceiveWindow", window);
        let _open = client.open();
        assert_eq!(socket.take_sent().await, [&[1, 1], wire].concat());
    }
}

/// The window after the peer has used all of it a few times, 50 ms after it was granted each time, and all was read.
async fn window_after_use(options: &[(&str, JsValue)]) -> f64 {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, options);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let reader = stream.reader();
    for _ in 0..4 {
        clock.advance(50.0);
        socket.feed(&[0]);
        socket.feed(&data(1, &[7; 65_535]));
        reader.at_least(65_535).await;
        socket.take_sent().await;
    }
    client.stat("receiveWindow")
}

#[wasm_bindgen_test]
async fn max_stream_receive_window_and_receive_budget() {
    for option in ["maxStreamReceiveWindow", "receiveBudget"] {
        let fixed = window_after_use(&[(option, 0.into())]).await;
        assert_eq!(fixed, 65_535.0, "{option}");
        let bounded = window_after_use(&[(option, 100_000.into())]).await;
        assert!(bounded <= 100_000.0, "{option}: {bounded}");
    }
    assert!(window_after_use(&[]).await > 65_535.0);
}

#[wasm_bindgen_test]
async fn write_buffer_count() {
    for (count, waits) in [(1, true), (2, false)] {
        let (socket, client) = client("writeBufferCount", count);
        let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
        socket.set("bufferedAmount", (1 << 20).into());
        let mut write = stream.writer().write(&[7; 100_000]);
        assert_eq!(write.is_pending().await, waits, "{count} buffers");
    }
}

#[wasm_bindgen_test]
async fn accept_backlog() {
    let (socket, client) = client("acceptBacklog", 2);
    socket.feed(&[1, 2, 9, 1, 4, 9, 1, 6, 9]);
    assert_eq!(socket.take_sent().await, [6, 6]);
    assert_eq!(client.accept().ok().await.id(), 2);
}

#[wasm_bindgen_test]
async fn max_inbound_streams() {
    let (socket, client) = client("maxInboundStreams", 1);
    socket.feed(&[1, 2, 9]);
    client.accept().ok().await;
    socket.take_sent().await;
    socket.feed(&[1, 4, 9]);
    assert_eq!(socket.take_sent().await, [6, 4]);
}

#[wasm_bindgen_test]
async fn max_queued_rejections() {
    let socket = FakeSocket::new();
    let options = [
        ("maxQueuedRejections", 1.into()),
        ("acceptBacklog", 1.into()),
    ];
    let client = Multiplexer::client_with(&socket, &options);
    socket.feed(&[1, 2, 9, 1, 4, 9]);
    assert_eq!(socket.take_sent().await, [6, 4]);
    socket.feed(&[1, 6, 9, 1, 8, 9]);
    let end = client.closed().fault().await;
    end.assert_code("too_many_queued_rejections");
}

#[wasm_bindgen_test]
async fn max_unaccepted_opens() {
    let (socket, client) = client("maxUnacceptedOpens", 2);
    let _opens = [client.open(), client.open(), client.open()];
    let two = [1, 1, 0xff, 0xff, 3, 1, 3, 0xff, 0xff, 3];
    assert_eq!(socket.take_sent().await, two);
    // One is rejected, so that the third has its turn.
    socket.feed(&[6, 3]);
    assert_eq!(socket.take_sent().await, [1, 5, 0xff, 0xff, 3]);
}

#[wasm_bindgen_test]
async fn max_message_size() {
    let (socket, client) = client("maxMessageSize", 100);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    stream.writer().write(&[7; 10_000]).ok().await;
    let sizes: Vec<usize> = (socket.take_calls().await.iter())
        .map(|call| match call {
            Call::Send(bytes) => bytes.len(),
            Call::Close(_) => panic!("closed"),
        })
        .collect();
    assert_eq!(sizes.iter().max(), Some(&100));
    assert!(sizes.iter().sum::<usize>() > 10_000, "{sizes:?}");
}

#[wasm_bindgen_test]
async fn heartbeat_transmit_interval() {
    let clock = Clock::stop().await;
    let (slow, _slow) = client("heartbeatTransmitInterval", 7_000);
    let (never, _never) = client("heartbeatTransmitInterval", 0);
    clock.advance(6_999.0);
    slow.feed(&[0]);
    assert_eq!(slow.take_sent().await, NOTHING);
    clock.advance(1.0);
    slow.feed(&[0]);
    never.feed(&[0]);
    assert_eq!(slow.take_sent().await, [0]);
    assert_eq!(never.take_sent().await, NOTHING);
}

#[wasm_bindgen_test]
async fn max_heartbeat_receive_interval() {
    let clock = Clock::stop().await;
    let (hasty, impatient) = client("maxHeartbeatReceiveInterval", 100);
    let (calm, patient) = client("maxHeartbeatReceiveInterval", 0);
    clock.advance(100.0);
    // Something that is no sign of life.
    hasty.feed(&[1, 2, 9]);
    let end = impatient.closed().fault().await;
    end.assert_code("heartbeat_timeout");
    clock.advance(1e9);
    calm.feed(&[1, 2, 9]);
    assert!(patient.closed().is_pending().await);
}

#[wasm_bindgen_test]
async fn any_input_is_life() {
    let clock = Clock::stop().await;
    let (socket, client) = client("anyInputIsLife", true);
    for id in [2, 4] {
        clock.advance(9_999.0);
        socket.feed(&[1, id, 9]);
        assert!(client.closed().is_pending().await);
    }
}

#[wasm_bindgen_test]
async fn tolerate_reordered_opens() {
    for tolerates in [true, false] {
        let (socket, client) = client("tolerateReorderedOpens", tolerates);
        socket.feed(&[1, 4, 9, 1, 2, 9]);
        if tolerates {
            assert_eq!(client.accept().ok().await.id(), 4);
            assert_eq!(client.accept().ok().await.id(), 2);
        } else {
            let end = client.closed().fault().await;
            end.assert_code("open_id_not_increasing");
        }
    }
}

#[wasm_bindgen_test]
async fn close_means_abort() {
    for aborts in [true, false] {
        let (socket, client) = client("closeMeansAbort", aborts);
        let stream = opened(&socket, &client, &[9]).await;
        socket.feed(&[data(1, b"a"), vec![6, 1]].concat());
        let reader = stream.reader();
        assert_eq!(reader.at_least(1).await, b"a");
        let end = reader.next().await;
        match end {
            Ok(end) => assert!(!aborts && end.is_none()),
            Err(fault) => fault.assert_code("aborted"),
        }
    }
}

#[wasm_bindgen_test]
async fn close_timeout() {
    let clock = Clock::stop().await;
    let (socket, client) = client("closeTimeout", 300);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    stream.writer().write(b"last").ok().await;
    let mut closing = client.close();
    clock.advance(299.0);
    socket.feed(&[0]);
    assert!(closing.is_pending().await);
    clock.advance(301.0);
    socket.feed(&[0]);
    closing.ok().await;
    // What was to be sent is given up.
    assert_eq!(socket.take_calls().await, [Call::Close("1000 ".into())]);
}
