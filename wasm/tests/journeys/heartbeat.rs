//! Signs of life.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::globals::Clock;
use crate::common::socket::FakeSocket;
use crate::common::turns::until;
use crate::common::wire::NOTHING;

#[wasm_bindgen_test]
async fn heartbeats_leave_by_themselves() {
    let socket = FakeSocket::new();
    let options = [("heartbeatTransmitInterval", 2.into())];
    let _client = Multiplexer::client_with(&socket, &options);
    until("three heartbeats", || socket.sent_len() >= 3).await;
    let sent = socket.take_sent().await;
    assert!(sent.iter().all(|byte| *byte == 0), "{sent:?}");
}

/// In a hidden tab timers run once a minute, while messages arrive at once.
#[wasm_bindgen_test]
async fn a_heartbeat_that_is_due_leaves_when_a_message_comes() {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let _client = Multiplexer::client(&socket);
    for _ in 0..3 {
        clock.advance(4_999.0);
        socket.feed(&[0]);
        assert_eq!(socket.take_sent().await, NOTHING);
        clock.advance(1.0);
        socket.feed(&[0]);
        assert_eq!(socket.take_sent().await, [0]);
    }
}

#[wasm_bindgen_test]
async fn a_heartbeat_that_waits_to_be_read_counts() {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    // The page was busy for a minute; both lay in the queue.
    clock.advance(60_000.0);
    socket.feed(&[0]);
    assert!(client.closed().is_pending().await);
    assert_eq!(socket.take_sent().await, [0]);
}

#[wasm_bindgen_test]
async fn a_peer_that_falls_silent_is_noticed() {
    let socket = FakeSocket::new();
    let options = [("maxHeartbeatReceiveInterval", 5.into())];
    let client = Multiplexer::client_with(&socket, &options);
    let end = client.closed().fault().await;
    end.assert_code("heartbeat_timeout");
}
