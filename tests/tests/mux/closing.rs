//! How a multiplexer ends, and what still gets through.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use strandmux::carrier::tokio::IoCarrier;
use strandmux::{
    Carrier, CarrierError, CarrierErrorKind, CloseInfo, CloseReason, Config, Error,
    MAX_DATA_MESSAGE, Multiplexer, Role,
};
use strandmux_tests::wire::{Message, Part};
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tungstenite::protocol::Role as SocketRole;

use super::{is_waiting, local, remote};
use strandmux_tests::peer::client;

#[tokio::test(start_paused = true)]
async fn the_last_handle_or_stream_closes_it() {
    let (mux, driver, mut peer) = client(Config::default());
    let driver = tokio::spawn(driver);
    peer.send(Message::Open(2, 10));
    let stream = mux.accept().await.expect("one was opened");
    assert_eq!(peer.message().await, Message::Accept(2, 65_535));
    drop(mux.clone());
    drop(mux);
    let (read, mut write) = stream.into_split();
    drop(read);
    assert_eq!(write.write(b"x").await, Ok(1));
    drop(write);
    assert_eq!(peer.message().await, Message::Data(2, 1));
    assert_eq!(peer.receive().await, Some(Part::Payload(2, vec![b'x'])));
    assert_eq!(peer.message().await, Message::CloseWrite(2));
    assert_eq!(peer.message().await, Message::Close(2));
    assert_eq!(peer.receive().await, None);
    assert_eq!(driver.await.expect("no panic"), local());
}

#[tokio::test(start_paused = true)]
async fn the_driver_says_why_it_ended() {
    let (mux, driver, mut peer) = client(Config::default());
    peer.send_bytes(&[9]);
    let reason = driver.await;
    assert_eq!(reason.code(), "unknown_kind");
    assert_eq!(mux.close_reason(), Some(reason));
}

#[tokio::test(start_paused = true)]
async fn closing_before_the_driver_runs_is_closing() {
    let (mux, driver, mut peer) = client(Config::default());
    let closing = mux.close();
    let open = mux.open().await;
    let closed = Error::MultiplexerClosed(local());
    assert_eq!(open.err(), Some(closed));
    assert_eq!(driver.await, local());
    closing.await;
    mux.close().await;
    assert_eq!(peer.receive().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_first_reason_stays() {
    let (mux, driver, mut peer) = client(Config::default());
    peer.send_bytes(&[9]);
    tokio::spawn(driver);
    let reason = mux.closed().await;
    mux.close().await;
    peer.end().await;
    assert_eq!(mux.close_reason(), Some(reason));
}

#[tokio::test(start_paused = true)]
async fn what_was_received_stays_readable() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    peer.send(Message::Open(2, 10));
    peer.send(Message::Open(4, 10));
    let mut half_closed = mux.accept().await.expect("one was opened");
    let mut cut_short = mux.accept().await.expect("one was opened");
    peer.send_bytes(&[3, 2, 0, 2, 1, 2, 5, 2, 3, 4, 0, 2, 3, 4]);
    peer.end().await;
    assert_eq!(mux.closed().await, remote());
    let mut received = Vec::new();
    half_closed
        .read_to_end(&mut received)
        .await
        .expect("it was ended");
    assert_eq!(received, [1, 2]);
    let mut buffer = [0; 8];
    assert_eq!(cut_short.read(&mut buffer).await, Ok(2));
    let closed = Error::MultiplexerClosed(remote());
    assert_eq!(cut_short.read(&mut buffer).await, Err(closed));
}

/// A peer that takes nothing holds up the closing no longer than the configuration says.
#[tokio::test(start_paused = true)]
async fn closing_waits_for_a_slow_carrier_within_bounds() {
    let mut config = Config::default();
    config.close_timeout = Duration::from_secs(3);
    config.max_heartbeat_receive_interval = Duration::ZERO;
    let (here, mut there) = tokio::io::duplex(100);
    let mux = strandmux::tokio::spawn(IoCarrier::new(here), Role::Client, config);
    let start = tokio::time::Instant::now();
    // Open 2 with a window of 2^28 bytes; the other end reads nothing.
    let open = [1, 2, 0x80, 0x80, 0x80, 0x80, 1];
    tokio::io::AsyncWriteExt::write_all(&mut there, &open)
        .await
        .expect("there is room");
    let mut stream = mux.accept().await.expect("one was opened");
    assert!(stream.write(&[0; 100_000]).await.is_ok());
    let mut closing = mux.close();
    assert!(is_waiting(&mut closing).await);
    closing.await;
    // Once for what was written, once for the carrier.
    assert!(start.elapsed() <= Duration::from_secs(6) + Duration::from_millis(10));
    assert!(start.elapsed() >= Duration::from_secs(3));
    assert_eq!(mux.close_reason(), Some(local()));
}

/// With a deadline of its own all of closing is done by then, however long the configuration would let it take.
#[tokio::test(start_paused = true)]
async fn closing_by_a_deadline_is_done_by_then() {
    let (here, mut there) = tokio::io::duplex(100);
    let mux = strandmux::tokio::spawn(IoCarrier::new(here), Role::Client, Config::default());
    let start = tokio::time::Instant::now();
    let open = [1, 2, 0x80, 0x80, 0x80, 0x80, 1];
    tokio::io::AsyncWriteExt::write_all(&mut there, &open)
        .await
        .expect("there is room");
    let mut stream = mux.accept().await.expect("one was opened");
    assert!(stream.write(&[0; 100_000]).await.is_ok());
    let info = CloseInfo::new(4_001, "first");
    let soon = mux.now() + Duration::from_millis(700);
    let closing = mux.close_by(info.clone(), soon);
    // The first close counts, its deadline too.
    let late = mux.now() + Duration::from_secs(60);
    let later = mux.close_by(CloseInfo::default(), late);
    closing.await;
    later.await;
    let took = start.elapsed();
    let bounds = Duration::from_millis(700)..Duration::from_millis(710);
    assert!(bounds.contains(&took), "{took:?}");
    assert_eq!(mux.close_reason(), Some(CloseReason::Local(info)));
}

/// What was written when it closed gets through to a peer that takes its time.
#[tokio::test(start_paused = true)]
async fn closing_flushes_to_a_slow_peer() {
    let (here, mut there) = tokio::io::duplex(1_000);
    let mux = strandmux::tokio::spawn(IoCarrier::new(here), Role::Client, Config::default());
    let open = [1, 2, 0x80, 0x80, 0x80, 0x80, 1];
    tokio::io::AsyncWriteExt::write_all(&mut there, &open)
        .await
        .expect("there is room");
    let mut stream = mux.accept().await.expect("one was opened");
    let mut written = 0;
    while written < 3 * MAX_DATA_MESSAGE {
        written += stream.write(&[7; 50_000]).await.expect("writable");
    }
    let closing = tokio::spawn(mux.close());
    let mut received = Vec::new();
    let mut buffer = [0; 700];
    loop {
        tokio::time::sleep(Duration::from_millis(10)).await;
        match there.read(&mut buffer).await.expect("readable") {
            0 => break,
            len => received.extend_from_slice(&buffer[..len]),
        }
    }
    closing.await.expect("no panic");
    let payload = received.iter().filter(|byte| **byte == 7).count();
    assert!(payload >= written, "{payload} of {written}");
}

/// A carrier whose peer has gone after sending its last bytes: writing fails, reading does not yet.
#[derive(Debug)]
struct Forsaken {
    input: VecDeque<Vec<u8>>,
    received: Vec<u8>,
}

impl Carrier for Forsaken {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        let Some(piece) = self.input.pop_front() else {
            return Poll::Ready(Ok(None));
        };
        self.received = piece;
        Poll::Ready(Ok(Some(&self.received)))
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Err(CarrierError::io("broken pipe")))
    }

    fn send(&mut self, _: Vec<u8>) -> Result<(), CarrierError> {
        Err(CarrierError::io("broken pipe"))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Err(CarrierError::io("broken pipe")))
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Err(CarrierError::io("broken pipe")))
    }
}

/// A peer that said goodbye before it went did so, though telling it anything fails already.
#[tokio::test(start_paused = true)]
async fn last_words_are_heard() {
    let carrier = Forsaken {
        // More heartbeats than are taken at a time, and the end.
        input: vec![vec![0]; 200].into(),
        received: Vec::new(),
    };
    let timer = strandmux::tokio::TokioTimer::new();
    let (_mux, driver) = Multiplexer::new(carrier, timer, Role::Client, Config::default());
    assert_eq!(driver.await, remote());
}

/// A client over one end of a pipe, and a WebSocket on the other.
async fn over_websocket() -> (
    strandmux::Multiplexer,
    WebSocketStream<tokio::io::DuplexStream>,
) {
    let (here, there) = tokio::io::duplex(10_000);
    let here = WebSocketStream::from_raw_socket(here, SocketRole::Client, None).await;
    let there = WebSocketStream::from_raw_socket(there, SocketRole::Server, None).await;
    let carrier = strandmux_tests::tungstenite::carrier(here);
    let mux = strandmux::tokio::spawn(carrier, Role::Client, Config::default());
    (mux, there)
}

#[tokio::test(start_paused = true)]
async fn a_text_message_is_a_typed_error() {
    let (mux, mut socket) = over_websocket().await;
    let text = tungstenite::Message::text("hello");
    socket.send(text).await.expect("it is sent");
    let reason = mux.closed().await;
    assert_eq!(reason.code(), "message_not_bytes");
    let CloseReason::Carrier(error) = &reason else {
        panic!("{reason:?}");
    };
    assert_eq!(error.kind(), CarrierErrorKind::NotBytes);
    assert_eq!(
        reason.to_string(),
        "carrier failed: the peer sent a text message"
    );
    assert_eq!(
        mux.open().await.err(),
        Some(Error::MultiplexerClosed(reason))
    );
}

#[tokio::test(start_paused = true)]
async fn empty_messages_and_pings_of_a_websocket_mean_nothing() {
    let (mux, mut socket) = over_websocket().await;
    for message in [
        tungstenite::Message::Binary(Vec::new().into()),
        tungstenite::Message::Ping(Vec::new().into()),
        tungstenite::Message::Binary(vec![1].into()),
        tungstenite::Message::Binary(vec![2, 10].into()),
    ] {
        socket.send(message).await.expect("it is sent");
    }
    // An open in two messages.
    assert_eq!(mux.accept().await.map(|stream| stream.id()), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn the_closing_handshake_of_a_websocket_is_an_end() {
    let (mux, mut socket) = over_websocket().await;
    socket.close(None).await.expect("it is sent");
    assert_eq!(mux.closed().await, remote());
    assert_eq!(mux.internal_error(), None);
    let (mux, mut socket) = over_websocket().await;
    let reader = tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            if let tungstenite::Message::Close(_) = message {
                return true;
            }
        }
        false
    });
    mux.close().await;
    assert!(reader.await.expect("no panic"), "no closing handshake");
}

/// The close frame that the socket gets.
async fn close_frame(mut socket: WebSocketStream<tokio::io::DuplexStream>) -> (u16, String) {
    while let Some(message) = socket.next().await {
        if let tungstenite::Message::Close(frame) = message.expect("the socket is sound") {
            let frame = frame.expect("it says why");
            return (frame.code.into(), frame.reason.to_string());
        }
    }
    panic!("no closing handshake");
}

#[tokio::test(start_paused = true)]
async fn a_websocket_closes_with_what_the_user_says() {
    let (mux, socket) = over_websocket().await;
    let closing = mux.close_with(CloseInfo::new(4_321, "gone home"));
    assert_eq!(close_frame(socket).await, (4_321, "gone home".into()));
    closing.await;
    let reason = CloseReason::Local(CloseInfo::new(4_321, "gone home"));
    assert_eq!(mux.close_reason(), Some(reason));

    let (mux, socket) = over_websocket().await;
    mux.close_with(CloseInfo::new(1_006, &"x".repeat(200)))
        .await;
    assert_eq!(close_frame(socket).await, (1_000, "x".repeat(123)));
}

#[tokio::test(start_paused = true)]
async fn a_websocket_closes_with_the_code_of_the_error() {
    let (_mux, mut socket) = over_websocket().await;
    let violation = tungstenite::Message::Binary(vec![9].into());
    socket.send(violation).await.expect("it is sent");
    let (code, reason) = close_frame(socket).await;
    assert_eq!(code, 1_002);
    assert!(reason.starts_with("protocol violation: "), "{reason}");

    let (_mux, mut socket) = over_websocket().await;
    let text = tungstenite::Message::text("hello");
    socket.send(text).await.expect("it is sent");
    let frame = (1_003, "carrier failed: the peer sent a text message".into());
    assert_eq!(close_frame(socket).await, frame);

    // The clock runs while everything waits: no heartbeat comes.
    let (_mux, socket) = over_websocket().await;
    let frame = (1_011, "the peer's heartbeat did not come in time".into());
    assert_eq!(close_frame(socket).await, frame);

    let (_mux, mut socket) = over_websocket().await;
    // More opens than are accepted or answered, all in one message.
    let opens = (1..=2_000).flat_map(|number| Message::Open(2 * number, 0).encode());
    let opens = tungstenite::Message::Binary(opens.collect::<Vec<u8>>().into());
    socket.send(opens).await.expect("it is sent");
    let (code, reason) = close_frame(socket).await;
    assert_eq!(code, 1_008);
    assert!(reason.starts_with("limit exceeded: "), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn what_the_peer_says_in_its_close_frame_is_kept() {
    let (mux, mut socket) = over_websocket().await;
    let frame = tungstenite::protocol::CloseFrame {
        code: 4_001.into(),
        reason: "maintenance".into(),
    };
    socket.close(Some(frame)).await.expect("it is sent");
    let reason = mux.closed().await;
    assert_eq!(
        reason,
        CloseReason::Remote(CloseInfo::new(4_001, "maintenance"))
    );
    assert!(reason.is_graceful());
    assert_eq!(
        reason.to_string(),
        "closed by the peer with code 4001: maintenance"
    );
}

/// A peer that reads late, over a real socket, gets what was written before the close, though it had sent what nobody reads.
#[tokio::test]
async fn closing_does_not_reset_the_connection() {
    const LEN: usize = 300_000;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    let (there, accepted) = tokio::join!(tokio::net::TcpStream::connect(addr), listener.accept());
    let (mut there, (here, _)) = (there.expect("it listens"), accepted.expect("one connects"));
    let mux = strandmux::tokio::spawn(IoCarrier::new(here), Role::Server, Config::default());
    // Open 1 with a window of 2^28 bytes.
    let open = [1, 1, 0x80, 0x80, 0x80, 0x80, 1];
    tokio::io::AsyncWriteExt::write_all(&mut there, &open)
        .await
        .expect("there is room");
    let mut stream = mux.accept().await.expect("one was opened");
    stream.write_all(&[7; LEN]).await.expect("there is window");
    let closing = tokio::spawn(mux.close());
    mux.closed().await;
    // Heartbeats, more than are ever read.
    tokio::io::AsyncWriteExt::write_all(&mut there, &[0; 100_000])
        .await
        .expect("there is room");
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut received = Vec::new();
    there
        .read_to_end(&mut received)
        .await
        .expect("the connection ends in good order");
    let payload = received.iter().filter(|byte| **byte == 7).count();
    assert!(payload >= LEN, "{payload} of {LEN}");
    drop(there);
    closing.await.expect("no panic");
}
