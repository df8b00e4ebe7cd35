//! Writers wait for the peer's window and for the socket.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::Multiplexer;
use crate::common::globals::Clock;
use crate::common::socket::FakeSocket;
use crate::common::turns::{settle, until};
use crate::common::wire::{AMPLE_WINDOW, NOTHING, data, opened, payload_of};
use crate::common::{evaluate, get};

/// More than a client holds back for a socket that takes nothing: five buffers.
const LONG: usize = 1 << 20;

#[wasm_bindgen_test]
async fn nothing_is_sent_while_the_socket_is_full_and_it_goes_on_by_itself() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    let bytes = ramp(LONG);
    let mut write = stream.writer().write(&bytes);
    assert!(write.is_pending().await);
    assert_eq!(socket.take_sent().await, NOTHING);
    // No message comes that would bring the client to look.
    socket.set("bufferedAmount", 0.into());
    write.ok().await;
    until("the rest", || socket.sent_len() > LONG).await;
    assert_same(&payload_of(1, &socket.take_sent().await), &bytes);
}

#[wasm_bindgen_test]
async fn an_inbound_message_is_an_occasion_to_go_on() {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    stream.writer().write(b"waits").ok().await;
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.set("bufferedAmount", 0.into());
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.feed(&[0]);
    assert_eq!(socket.take_sent().await, data(1, b"waits"));
    drop(clock);
}

/// The package `ws` calls back when what was sent has left.
#[wasm_bindgen_test]
async fn a_socket_that_says_what_has_left_is_an_occasion_to_go_on() {
    let clock = Clock::stop().await;
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    stream.writer().write(b"waits").ok().await;
    let on_sent: Function = get(&socket, "onSent").unchecked_into();
    let call_back = || {
        on_sent
            .call0(&JsValue::UNDEFINED)
            .expect("it takes the news")
    };
    call_back();
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.set("bufferedAmount", 0.into());
    call_back();
    assert_eq!(socket.take_sent().await, data(1, b"waits"));
    // Also when all is over.
    client.close().ok().await;
    client.free();
    call_back();
    drop(clock);
}

/// Bun's sockets of a server have a method in place of the property.
#[wasm_bindgen_test]
async fn a_method_for_what_is_buffered_counts() {
    let clock = Clock::stop().await;
    let method = evaluate("return function () { return this.inBuffer }");
    let socket = FakeSocket::with(&[
        ("getBufferedAmount", method),
        ("bufferedAmount", 0.into()),
        ("inBuffer", 0.into()),
    ]);
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("inBuffer", (1 << 20).into());
    stream.writer().write(b"waits").ok().await;
    assert_eq!(socket.take_sent().await, NOTHING);
    socket.set("inBuffer", 0.into());
    socket.feed(&[0]);
    assert_eq!(socket.take_sent().await, data(1, b"waits"));
    drop(clock);
}

/// What lies in the socket is worth about 15 ms of what it sends, whatever that is.
#[wasm_bindgen_test]
async fn what_lies_in_the_socket_is_bounded_in_time() {
    for (rate, most) in [(1_000, 1 << 17), (50_000, 1_500_000)] {
        let clock = Clock::stop().await;
        let socket = FakeSocket::with(&[("keepsBuffered", true.into())]);
        let options = [("writeBufferCount", 1_000.into())];
        let client = Multiplexer::client_with(&socket, &options);
        let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
        let write = stream.writer().write(&ramp(rate * 200));
        let mut highest = 0.0_f64;
        for _ in 0..200 {
            settle().await;
            let level = get(&socket, "bufferedAmount").as_f64().expect("a number");
            highest = highest.max(level);
            // So many bytes leave in a millisecond.
            socket.set("bufferedAmount", (level - rate as f64).max(0.0).into());
            clock.advance(1.0);
            socket.feed(&[0]);
        }
        let most = f64::from(most);
        assert!(highest <= most, "{rate}: {highest}");
        // It is not starved either: three quarters of what could leave.
        let sent = socket.sent_len();
        assert!(sent * 4 > rate * 200 * 3, "{rate}: {sent}");
        drop((clock, write));
    }
}

#[wasm_bindgen_test]
async fn little_lies_in_the_socket_where_nothing_can_overtake_it() {
    let socket = FakeSocket::with(&[("keepsBuffered", true.into())]);
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let mut write = stream.writer().write(&ramp(LONG));
    assert!(write.is_pending().await);
    let before = socket.sent_len();
    // A message of the size that they have before it is known how fast the buffer empties.
    assert!((16_384..=262_144).contains(&before), "{before}");
    // A new stream's open goes ahead of the data that waits here.
    let open = client.open();
    socket.take_sent().await;
    socket.set("bufferedAmount", 0.into());
    until("more", || socket.sent_len() > 0).await;
    let sent = socket.take_sent().await;
    assert_eq!(sent[..5], [1, 3, 0xff, 0xff, 3]);
    socket.set("keepsBuffered", false.into());
    socket.set("bufferedAmount", 0.into());
    write.ok().await;
    drop(open);
}

#[wasm_bindgen_test]
async fn a_writer_waits_for_the_peers_window() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[3]).await;
    let mut write = stream.writer().write(b"abcdefg");
    assert!(write.is_pending().await);
    assert_eq!(socket.take_sent().await, data(1, b"abc"));
    socket.feed(&[4, 1, 2]);
    assert!(write.is_pending().await);
    assert_eq!(socket.take_sent().await, data(1, b"de"));
    socket.feed(&[4, 1, 0x80, 1]);
    write.ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"fg"));
}

#[wasm_bindgen_test]
async fn a_stream_without_window_sends_nothing() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[0]).await;
    let mut write = stream.writer().write(b"a");
    assert!(write.is_pending().await);
    assert_eq!(socket.take_sent().await, NOTHING);
}
