//! Streams whose other end is the test, and what it sends.

use super::classes::{Multiplexer, Stream};
use super::socket::FakeSocket;

/// The default window, 65,535, as the wire has it.
pub(crate) const DEFAULT_WINDOW: [u8; 3] = [0xff, 0xff, 3];

/// A window of 2^35 bytes, which no test uses up.
pub(crate) const AMPLE_WINDOW: [u8; 6] = [0x80, 0x80, 0x80, 0x80, 0x80, 1];

/// What a client sends that has nothing to say.
pub(crate) const NOTHING: [u8; 0] = [];

/// A client's stream 1, which the test has accepted with this window.
pub(crate) async fn opened(socket: &FakeSocket, client: &Multiplexer, window: &[u8]) -> Stream {
    let open = client.open();
    assert_eq!(socket.take_sent().await, [1, 1, 0xff, 0xff, 3]);
    socket.feed(&[&[2, 1], window].concat());
    open.ok().await
}

/// A client that has opened stream 1, on which it may write plenty.
pub(crate) async fn client_stream() -> (FakeSocket, Multiplexer, Stream) {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    (socket, client, stream)
}

/// A data message; the identifier is below 128.
pub(crate) fn data(id: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("one message");
    [&[3, id], &len.to_be_bytes()[..], payload].concat()
}

/// The payload of data messages for the stream, and nothing else.
pub(crate) fn payload_of(id: u8, mut messages: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    while let [3, stream, high, low, rest @ ..] = messages {
        assert_eq!(*stream, id);
        let (data, after) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        payload.extend_from_slice(data);
        messages = after;
    }
    assert_eq!(messages, NOTHING, "something else than data");
    payload
}

/// Two ends of a connection, as client and server.
pub(crate) fn pair() -> (Multiplexer, Multiplexer) {
    let (one, other) = FakeSocket::pair();
    (Multiplexer::client(&one), Multiplexer::server(&other))
}

/// The two ends of a stream that the first end opens.
pub(crate) async fn stream_between(from: &Multiplexer, to: &Multiplexer) -> (Stream, Stream) {
    let (open, accept) = (from.open(), to.accept());
    (open.ok().await, accept.ok().await)
}
