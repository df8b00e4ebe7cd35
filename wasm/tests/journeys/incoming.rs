//! The streams of the peer, as a `ReadableStream`.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::{Multiplexer, Stream};
use crate::common::iteration::next;
use crate::common::socket::FakeSocket;
use crate::common::wire::{DEFAULT_WINDOW, NOTHING, pair};

fn server() -> (FakeSocket, Multiplexer) {
    let socket = FakeSocket::new();
    let server = Multiplexer::server(&socket);
    (socket, server)
}

fn accept_of(id: u8) -> Vec<u8> {
    [&[2, id], &DEFAULT_WINDOW[..]].concat()
}

fn id_of(value: JsValue) -> u64 {
    let stream: Stream = value.unchecked_into();
    stream.id()
}

#[wasm_bindgen_test]
async fn it_gives_every_stream_and_ends_when_the_peer_closes() {
    let (client, server) = pair();
    let incoming = server.incoming();
    assert_eq!(incoming, server.incoming());
    let reader = incoming.reader();
    for id in [1, 3, 5] {
        let (open, read) = (client.open(), reader.read());
        assert_eq!(id_of(read.ok().await.value()), id);
        open.ok().await;
    }
    let last = reader.read();
    client.close().ok().await;
    assert!(last.ok().await.done());
    reader.closed().ok().await;
}

#[wasm_bindgen_test]
async fn it_accepts_nothing_that_is_not_read() {
    let (socket, server) = server();
    let reader = server.incoming().reader();
    socket.feed(&[1, 1, 9, 1, 3, 9]);
    assert_eq!(socket.take_sent().await, NOTHING);
    assert_eq!(id_of(reader.read().ok().await.value()), 1);
    assert_eq!(socket.take_sent().await, accept_of(1));
}

#[wasm_bindgen_test]
async fn cancelling_takes_no_more_streams() {
    let (socket, server) = server();
    let reader = server.incoming().reader();
    let mut read = reader.read();
    assert!(read.is_pending().await);
    reader.cancel().ok().await;
    assert!(read.ok().await.done());
    socket.feed(&[1, 1, 9]);
    assert_eq!(socket.take_sent().await, NOTHING);
    // Others still can.
    assert_eq!(server.accept().ok().await.id(), 1);
}

#[wasm_bindgen_test]
async fn streams_go_to_whoever_asked_first() {
    let (socket, server) = server();
    let (reader, iterator) = (server.incoming().reader(), server.iterator());
    let mut read = reader.read();
    assert!(read.is_pending().await);
    let accept = server.accept();
    let step = next(&iterator);
    socket.feed(&[1, 1, 9, 1, 3, 9, 1, 5, 9]);
    assert_eq!(id_of(read.ok().await.value()), 1);
    assert_eq!(accept.ok().await.id(), 3);
    assert_eq!(id_of(step.ok().await.value()), 5);
}

#[wasm_bindgen_test]
async fn an_error_of_the_multiplexer_is_its_error() {
    for reads in [true, false] {
        let (socket, server) = server();
        let reader = server.incoming().reader();
        let closed = reader.closed();
        let read = reads.then(|| reader.read());
        socket.feed(&[9]);
        if let Some(read) = read {
            read.fault().await.assert_closed_by("unknown_kind");
        }
        closed.fault().await.assert_closed_by("unknown_kind");
    }
}

#[wasm_bindgen_test]
async fn it_ends_with_the_multiplexer_although_nobody_reads() {
    let (_socket, server) = server();
    let closed = server.incoming().reader().closed();
    server.close().ok().await;
    closed.ok().await;
    // One that is first asked for afterwards, too.
    let (_socket, server) = self::server();
    server.close().ok().await;
    let reader = server.incoming().reader();
    assert!(reader.read().ok().await.done());
}
