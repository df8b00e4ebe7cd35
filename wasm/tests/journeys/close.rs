//! How a multiplexer ends on purpose.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::Multiplexer;
use crate::common::globals::Clock;
use crate::common::object;
use crate::common::socket::{Call, FakeSocket};
use crate::common::wire::{AMPLE_WINDOW, data, opened, pair, payload_of, stream_between};

fn with_code(code: u16, reason: &str) -> JsValue {
    object(&[("code", code.into()), ("reason", reason.into())])
}

#[wasm_bindgen_test]
async fn what_was_written_is_sent_before_the_socket_closes() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    let (bytes, writer) = (ramp(200_000), stream.writer());
    writer.write(&bytes).ok().await;
    client.close().ok().await;
    let mut calls = socket.take_calls().await;
    assert_eq!(calls.pop(), Some(Call::Close("1000 ".into())));
    let sent = calls.into_iter().flat_map(|call| match call {
        Call::Send(bytes) => bytes,
        Call::Close(_) => panic!("closed twice"),
    });
    let sent: Vec<u8> = sent.collect();
    assert_same(&payload_of(1, &sent), &bytes);
}

#[wasm_bindgen_test]
async fn what_was_written_waits_for_a_full_socket_when_closing() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    stream.writer().write(b"last").ok().await;
    let mut closing = client.close();
    assert!(closing.is_pending().await);
    assert_eq!(socket.take_calls().await, []);
    socket.set("bufferedAmount", 0.into());
    closing.ok().await;
    let sent = Call::Send(data(1, b"last"));
    let closed = Call::Close("1000 ".into());
    assert_eq!(socket.take_calls().await, [sent, closed]);
}

#[wasm_bindgen_test]
async fn code_and_reason_reach_both_ends() {
    let (client, server) = pair();
    let both = [client.closed(), server.closed()];
    client.close_with(&with_code(4_001, "enough")).ok().await;
    for end in [&client, &server] {
        assert_eq!(end.close_info().await, (4_001.0, "enough".into()));
        assert!(end.internal_error().is_undefined());
    }
    for closed in both {
        closed.ok().await;
    }
}

#[wasm_bindgen_test]
async fn the_default_is_a_normal_closure() {
    let (client, server) = pair();
    server.close().ok().await;
    assert_eq!(client.close_info().await, (1_000.0, String::new()));
    assert_eq!(server.close_info().await, (1_000.0, String::new()));
}

#[wasm_bindgen_test]
async fn the_first_close_counts() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let first = client.close_with(&with_code(4_001, "first"));
    let second = client.close_with(&with_code(4_002, "second"));
    first.ok().await;
    second.ok().await;
    client.close_with(&with_code(4_003, "third")).ok().await;
    let expected = [Call::Close("4001 first".into())];
    assert_eq!(socket.take_calls().await, expected);
    assert_eq!(client.close_info().await, (4_001.0, "first".into()));
}

#[wasm_bindgen_test]
async fn closing_after_the_peer_has_closed_changes_nothing() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    socket.finish(4_005, "theirs", true);
    assert_eq!(client.close_info().await, (4_005.0, "theirs".into()));
    client.close_with(&with_code(4_001, "ours")).ok().await;
    assert_eq!(client.close_info().await, (4_005.0, "theirs".into()));
    assert_eq!(socket.take_calls().await, []);
}

#[wasm_bindgen_test]
async fn closing_does_not_wait_forever_for_the_peer() {
    let socket = FakeSocket::with(&[("answersClose", false.into())]);
    let client = Multiplexer::client_with(&socket, &[("closeTimeout", 5.into())]);
    client.close_with(&with_code(4_001, "bye")).ok().await;
    assert_eq!(client.close_info().await, (4_001.0, "bye".into()));
}

#[wasm_bindgen_test]
async fn what_arrived_before_the_end_stays_readable() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    let (other, unfinished) = stream_between(&client, &server).await;
    let (finished, bytes) = (stream.writer(), ramp(60_000));
    finished.write(&bytes).ok().await;
    finished.close().ok().await;
    other.writer().write(b"half").ok().await;
    client.close().ok().await;
    server.closed().ok().await;
    let arrived = peer.reader().to_end().await.expect("all of it");
    assert_same(&arrived, &bytes);
    let reader = unfinished.reader();
    assert_eq!(reader.at_least(4).await, b"half");
    let end = reader.read().fault().await;
    end.assert_closed_by("eof_at_boundary");
}

#[wasm_bindgen_test]
async fn what_arrived_before_closing_here_stays_readable() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.feed(&data(1, b"early"));
    socket.take_sent().await;
    client.close().ok().await;
    let reader = stream.reader();
    assert_eq!(reader.at_least(5).await, b"early");
    reader.read().fault().await.assert_closed_by("local");
}

#[wasm_bindgen_test]
async fn a_multiplexer_nobody_holds_closes() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    client.free();
    stream.writer().write(b"still").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"still"));
    let other = FakeSocket::new();
    Multiplexer::client(&other).free();
    let expected = [Call::Close("1000 ".into())];
    assert_eq!(other.take_calls().await, expected);
}

#[wasm_bindgen_test]
async fn a_write_that_finds_room_is_sent_even_if_nobody_waits_for_it() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[9]).await;
    let writer = stream.writer();
    writer.write(b"first").ok().await;
    socket.take_sent().await;
    let write = writer.write(b"last");
    let closing = client.close();
    let last = Call::Send(b"\x03\x01\0\x04last".to_vec());
    assert_eq!(
        socket.take_calls().await,
        [last, Call::Close("1000 ".into())]
    );
    write.ok().await;
    closing.ok().await;
}

/// A client that has something to send and a socket that takes nothing.
async fn stuck() -> (FakeSocket, Multiplexer) {
    let socket = FakeSocket::with(&[("answersClose", false.into())]);
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    socket.set("bufferedAmount", (1 << 20).into());
    stream.writer().write(b"last").ok().await;
    (socket, client)
}

#[wasm_bindgen_test]
async fn a_deadline_bounds_all_of_closing() {
    for as_date in [true, false] {
        let clock = Clock::stop().await;
        let (socket, client) = stuck().await;
        let millis = JsValue::from(clock.date_in(60_000.0));
        let deadline = if as_date {
            js_sys::Date::new(&millis).into()
        } else {
            millis
        };
        let mut closing = client.close_with(&object(&[("deadline", deadline)]));
        // Longer than `closeTimeout`.
        clock.advance(59_999.0);
        socket.feed(&[0]);
        assert!(closing.is_pending().await);
        assert_eq!(socket.take_calls().await, []);
        clock.advance(1.0);
        socket.feed(&[0]);
        closing.ok().await;
        let closed = [Call::Close("1000 ".into())];
        assert_eq!(socket.take_calls().await, closed);
    }
}

#[wasm_bindgen_test]
async fn a_deadline_that_has_passed_drops_what_waits() {
    let (socket, client) = stuck().await;
    let options = [("deadline", 1.into()), ("code", 4_001.into())];
    client.close_with(&object(&options)).ok().await;
    let closed = [Call::Close("4001 ".into())];
    assert_eq!(socket.take_calls().await, closed);
    assert_eq!(client.close_info().await, (4_001.0, String::new()));
}

#[wasm_bindgen_test]
async fn the_first_close_counts_with_its_deadline() {
    let (socket, client) = stuck().await;
    let mut first = client.close();
    let mut second = client.close_with(&object(&[("deadline", 1.into())]));
    assert!(first.is_pending().await && second.is_pending().await);
    socket.set("bufferedAmount", 0.into());
    socket.set("answersClose", true.into());
    first.ok().await;
    second.ok().await;
    let sent = Call::Send(data(1, b"last"));
    let closed = Call::Close("1000 ".into());
    assert_eq!(socket.take_calls().await, [sent, closed]);
}

/// The code and reason that the socket is closed with, after the test has done something to it.
async fn closed_after(
    options: &[(&str, JsValue)],
    what: impl FnOnce(&FakeSocket),
) -> (String, Multiplexer) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client_with(&socket, options);
    what(&socket);
    client.closed().fault().await;
    match &socket.take_calls().await[..] {
        [.., Call::Close(close)] => (close.clone(), client),
        other => panic!("not closed: {other:?}"),
    }
}

#[wasm_bindgen_test]
async fn an_error_closes_the_socket_with_a_code_of_its_own() {
    let (close, _) = closed_after(&[], |socket| socket.feed(&[9])).await;
    assert_eq!(close, "4002 protocol violation: unknown kind");
    let (close, _) = closed_after(&[], |socket| socket.receive(&"text".into())).await;
    assert!(close.starts_with("4003 "), "{close}");
    let limit = [
        ("maxQueuedRejections", 0.into()),
        ("acceptBacklog", 1.into()),
    ];
    let (close, _) = closed_after(&limit, |socket| socket.feed(&[1, 2, 9, 1, 4, 9])).await;
    assert!(close.starts_with("4008 "), "{close}");
    let silence = [("maxHeartbeatReceiveInterval", 1.into())];
    let (close, client) = closed_after(&silence, |_| {}).await;
    assert!(close.starts_with("4011 "), "{close}");
    let error = crate::common::fault::Fault(client.internal_error());
    error.assert_code("heartbeat_timeout");
}

/// workerd leaves it to the program to answer the peer's closing handshake.
#[wasm_bindgen_test]
async fn a_close_that_the_platform_does_not_answer_is_answered() {
    for (code, answer) in [
        (4_005, "4005 bye"),
        (1_000, "1000 bye"),
        (1_001, "1001 bye"),
    ] {
        let socket = FakeSocket::new();
        let client = Multiplexer::client(&socket);
        let event = [
            ("code", code.into()),
            ("reason", "bye".into()),
            ("wasClean", true.into()),
        ];
        socket.emit("close", &object(&event));
        let (seen, reason) = client.close_info().await;
        assert_eq!((seen, &*reason), (f64::from(code), "bye"));
        let expected = [Call::Close(answer.into())];
        assert_eq!(socket.take_calls().await, expected);
    }
}
