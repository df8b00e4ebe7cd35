//! However a multiplexer ends, everything that waits ends with it, for the right reason.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::{Multiplexer, Reader, Step, Stream, Writer};
use crate::common::fault::Fault;
use crate::common::globals::Clock;
use crate::common::iteration::next;
use crate::common::op::Op;
use crate::common::socket::{Call, FakeSocket};
use crate::common::wire::opened;

/// A client whose every operation waits.
struct Waiting {
    socket: FakeSocket,
    client: Multiplexer,
    _stream: Stream,
    reader: Reader,
    writer: Writer,
    open: Op<Stream>,
    accept: Op<Stream>,
    read: Op<Step>,
    write: Op<JsValue>,
    next: Op<Step>,
    closed: Op<JsValue>,
}

impl Waiting {
    async fn new() -> Self {
        let socket = FakeSocket::new();
        let client = Multiplexer::client(&socket);
        let stream = opened(&socket, &client, &[2]).await;
        let (reader, writer) = (stream.reader(), stream.writer());
        let mut waiting = Self {
            open: client.open(),
            accept: client.accept(),
            read: reader.read(),
            write: writer.write(b"abcdef"),
            next: next(&client.iterator()),
            closed: client.closed(),
            socket,
            client,
            _stream: stream,
            reader,
            writer,
        };
        assert!(waiting.open.is_pending().await);
        assert!(waiting.accept.is_pending().await);
        assert!(waiting.read.is_pending().await);
        assert!(waiting.write.is_pending().await);
        assert!(waiting.next.is_pending().await);
        assert!(waiting.closed.is_pending().await);
        waiting.socket.take_sent().await;
        waiting
    }

    /// Everything has ended for the reason with this code, also what is begun only now. Gives the
    /// multiplexer's own end.
    async fn ends_by(self, cause: &str) -> Result<JsValue, Fault> {
        let closed = self.closed.await;
        self.open.fault().await.assert_closed_by(cause);
        self.accept.fault().await.assert_closed_by(cause);
        self.read.fault().await.assert_closed_by(cause);
        self.write.fault().await.assert_closed_by(cause);
        assert!(self.next.ok().await.done());
        self.client.open().fault().await.assert_closed_by(cause);
        self.client.accept().fault().await.assert_closed_by(cause);
        self.reader.read().fault().await.assert_closed_by(cause);
        let write = self.writer.write(b"d");
        write.fault().await.assert_closed_by(cause);
        assert!(next(&self.client.iterator()).ok().await.done());
        self.client.close().ok().await;
        let error = self.client.internal_error();
        match &closed {
            Ok(_) => assert!(error.is_undefined(), "{error:?}"),
            Err(fault) => {
                fault.assert_code(cause);
                Fault(error).assert_code(cause);
            }
        }
        closed
    }

    async fn fails_by(self, cause: &str) -> Fault {
        match self.ends_by(cause).await {
            Ok(_) => panic!("ended without an error"),
            Err(fault) => fault,
        }
    }
}

#[wasm_bindgen_test]
async fn closing_here_ends_everything() {
    let waiting = Waiting::new().await;
    waiting.client.close().ok().await;
    waiting.ends_by("local").await.expect("a graceful end");
}

#[wasm_bindgen_test]
async fn the_peers_close_ends_everything() {
    let waiting = Waiting::new().await;
    waiting.socket.finish(1_001, "going away", true);
    let end = waiting.ends_by("eof_at_boundary").await;
    end.expect("a graceful end");
}

#[wasm_bindgen_test]
async fn the_peers_close_inside_a_message_is_an_error() {
    let waiting = Waiting::new().await;
    waiting.socket.feed(&[3, 1, 0]);
    waiting.socket.finish(1_000, "", true);
    waiting.fails_by("eof_inside_message").await;
}

#[wasm_bindgen_test]
async fn a_connection_that_breaks_is_an_error() {
    let waiting = Waiting::new().await;
    waiting.socket.break_off();
    let fault = waiting.fails_by("carrier_failed").await;
    assert!(fault.message().contains("1006"), "{fault:?}");
}

#[wasm_bindgen_test]
async fn a_text_message_is_an_error() {
    let waiting = Waiting::new().await;
    let socket = waiting.socket.clone();
    socket.receive(&"words".into());
    let fault = waiting.fails_by("message_not_bytes").await;
    assert!(fault.message().contains("text"), "{fault:?}");
    let close = "4003 carrier failed: the peer sent a text message";
    assert_eq!(socket.take_calls().await, [Call::Close(close.into())]);
}

#[wasm_bindgen_test]
async fn a_message_that_is_not_bytes_is_an_error() {
    for message in [
        JsValue::NULL,
        7.into(),
        js_sys::Object::new().into(),
        js_sys::Array::of1(&7.into()).into(),
    ] {
        let waiting = Waiting::new().await;
        waiting.socket.receive(&message);
        waiting.fails_by("message_not_bytes").await;
    }
}

#[wasm_bindgen_test]
async fn garbage_is_an_error_and_closes_the_socket() {
    let waiting = Waiting::new().await;
    let socket = waiting.socket.clone();
    socket.feed(&[7]);
    waiting.fails_by("unknown_kind").await;
    let close = "4002 protocol violation: unknown kind";
    assert_eq!(socket.take_calls().await, [Call::Close(close.into())]);
}

#[wasm_bindgen_test]
async fn what_comes_before_garbage_counts_and_what_comes_after_does_not() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &[2]).await;
    socket.feed(b"\x03\x01\0\x02ok\x07\x03\x01\0\x02no");
    client.closed().fault().await.assert_code("unknown_kind");
    let reader = stream.reader();
    assert_eq!(reader.at_least(2).await, b"ok");
    let end = reader.read().fault().await;
    end.assert_closed_by("unknown_kind");
}

#[wasm_bindgen_test]
async fn a_socket_that_refuses_to_send_is_an_error() {
    let waiting = Waiting::new().await;
    let refusal = js_sys::Error::new("no more today");
    waiting.socket.set("failure", refusal.into());
    drop(waiting.client.open());
    let fault = waiting.fails_by("carrier_failed").await;
    assert!(fault.message().contains("no more today"), "{fault:?}");
}

#[wasm_bindgen_test]
async fn a_silent_peer_is_an_error() {
    let clock = Clock::stop().await;
    let waiting = Waiting::new().await;
    clock.advance(9_999.0);
    // Not a heartbeat, so no sign of life.
    waiting.socket.feed(&[4, 1, 1]);
    assert_eq!(waiting.socket.take_sent().await, b"\0\x03\x01\0\x01c");
    clock.advance(1.0);
    // Only an occasion to look at the time.
    waiting.socket.feed(&[]);
    waiting.fails_by("heartbeat_timeout").await;
}
