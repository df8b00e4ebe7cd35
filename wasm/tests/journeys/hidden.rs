//! A page that is hidden, sleeps, is put away, or whose clock jumps.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::Multiplexer;
use crate::common::globals::{Clock, HiddenTab};
use crate::common::socket::FakeSocket;
use crate::common::wire::{AMPLE_WINDOW, NOTHING, opened, payload_of};

/// Three hours of them.
const HEARTBEATS: usize = 3 * 60 * 60 / 5;

/// The peer is as the original: it sends a heartbeat every 5 s and closes after 10 s without one.
#[wasm_bindgen_test]
async fn a_hidden_page_keeps_its_connection_for_hours() {
    let tab = HiddenTab::hide().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let mut silence = 0.0;
    for _ in 0..HEARTBEATS {
        tab.advance(5_000.0);
        silence += 5_000.0;
        socket.feed(&[0]);
        let sent = socket.take_sent().await;
        assert!(sent.iter().all(|byte| *byte == 0), "{sent:?}");
        if !sent.is_empty() {
            silence = 0.0;
        }
        assert!(
            silence < 10_000.0,
            "the peer has heard nothing for {silence} ms"
        );
    }
    assert!(client.internal_error().is_undefined());
    let sent = client.stat("heartbeatsSent");
    assert!((sent - HEARTBEATS as f64).abs() <= 1.0, "{sent}");
}

/// The heartbeats stay on time, and what the socket has no room for goes on when a message comes.
#[wasm_bindgen_test]
async fn a_hidden_page_goes_on_sending() {
    const LEN: usize = 2_000_000;
    let tab = HiddenTab::hide().await;
    let socket = FakeSocket::with(&[("keepsBuffered", true.into())]);
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let bytes = ramp(LEN);
    let _write = stream.writer().write(&bytes);
    let (mut data, mut heartbeats) = (Vec::new(), 0);
    for second in 1..=300 {
        // All that lay there has left.
        socket.set("bufferedAmount", 0.into());
        tab.advance(1_000.0);
        socket.feed(if second % 5 == 0 { &[0] } else { &[] });
        let sent = socket.take_sent().await;
        // A heartbeat goes ahead of what else a message holds.
        heartbeats += usize::from(sent.first() == Some(&0));
        let is_heartbeat = sent.first() == Some(&0);
        data.extend_from_slice(&sent[usize::from(is_heartbeat)..]);
    }
    assert_same(&payload_of(1, &data), &bytes);
    assert!(heartbeats >= 59, "{heartbeats}");
}

/// Without any message only the timers are left, and they come in time for a peer that is patient enough.
#[wasm_bindgen_test]
async fn a_hidden_page_sends_a_heartbeat_a_minute_by_itself() {
    let tab = HiddenTab::hide().await;
    let socket = FakeSocket::new();
    let options = [("maxHeartbeatReceiveInterval", 0.into())];
    let _client = Multiplexer::client_with(&socket, &options);
    socket.take_sent().await;
    for _ in 0..10 {
        tab.advance(60_000.0);
        assert_eq!(socket.take_sent().await, [0]);
    }
}

#[wasm_bindgen_test]
async fn a_clock_that_jumps_ahead_ends_nothing_if_the_peer_was_heard() {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    for _ in 0..3 {
        clock.advance(1e9);
        socket.feed(&[0]);
        assert_eq!(socket.take_sent().await, [0]);
        assert!(client.closed().is_pending().await);
    }
}

#[wasm_bindgen_test]
async fn a_clock_that_jumps_back_ends_nothing() {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    for millis in [-500.0, -1e9, 100.0, -1e12] {
        clock.advance(millis);
        socket.feed(&[0]);
        assert_eq!(socket.take_sent().await, NOTHING);
    }
    clock.advance(2e12);
    socket.feed(&[0]);
    assert_eq!(socket.take_sent().await, [0]);
    assert!(client.closed().is_pending().await);
}

/// A page that is put away loses its connection, and hears of it when it is brought back.
#[wasm_bindgen_test]
async fn a_page_that_was_put_away_hears_that_the_connection_is_gone() {
    let tab = HiddenTab::hide().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let (read, accept) = (stream.reader().read(), client.accept());
    // Hours later the timers fire all at once, and then the event comes.
    tab.advance(1e8);
    socket.break_off();
    for fault in [
        read.fault().await,
        accept.fault().await,
        client.open().fault().await,
    ] {
        fault.assert_code("multiplexer_closed");
    }
    let end = client.closed().fault().await.code();
    assert!(
        ["heartbeat_timeout", "carrier_failed"].contains(&&*end),
        "{end}"
    );
}
