//! What the server does not let clients do, and how it stops.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use strandmux::{CloseInfo, CloseReason, Error, Multiplexer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use web_demo::AllowedOrigin;

use super::server::{Demo, call, exchange, read_to_end};

/// The status with which a WebSocket from this origin is refused, if it is.
async fn refusal(demo: &Demo, origin: Option<&str>) -> Option<u16> {
    let url = format!("ws://{}/mux", demo.http);
    let mut request = url.into_client_request().expect("a URL");
    if let Some(origin) = origin {
        let origin = origin.parse().expect("a value");
        request.headers_mut().insert("origin", origin);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok(_) => None,
        Err(SocketError::Http(answer)) => Some(answer.status().as_u16()),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn only_pages_of_allowed_origins_connect() {
    let demo = Demo::start(false).await;
    let own = format!("http://{}", demo.http);
    assert_eq!(refusal(&demo, None).await, None);
    assert_eq!(refusal(&demo, Some(&own)).await, None);
    for origin in ["http://evil.example", "null", &format!("{own}0")] {
        assert_eq!(refusal(&demo, Some(origin)).await, Some(403), "{origin}");
    }
    let demo = Demo::start_with(false, |args| {
        let friend = "https://friend.example".parse().expect("an origin");
        args.allowed_origins = vec![friend];
    })
    .await;
    assert_eq!(refusal(&demo, Some("https://friend.example")).await, None);
    assert_eq!(refusal(&demo, Some("http://evil.example")).await, Some(403));
    let demo = Demo::start_with(false, |args| {
        args.allowed_origins = vec![AllowedOrigin::Any]
    })
    .await;
    assert_eq!(refusal(&demo, Some("null")).await, None);
}

#[tokio::test]
async fn there_are_no_more_connections_than_the_limit() {
    let demo = Demo::start_with(false, |args| args.limits.max_connections = 2).await;
    let muxes = [demo.over_websocket().await, demo.over_tcp().await];
    for mux in &muxes {
        exchange(mux, "ECHO\nhello", b"hello").await;
    }
    let mut refused = TcpStream::connect(demo.http).await.expect("it listens");
    let mut answer = String::new();
    refused
        .read_to_string(&mut answer)
        .await
        .expect("it says no");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let mut refused = TcpStream::connect(demo.tcp).await.expect("it listens");
    assert_eq!(refused.read(&mut [0]).await.expect("it ends"), 0);

    // Those that are in are unharmed, and one that leaves makes room.
    for mux in &muxes {
        exchange(mux, "ECHO\nstill there", b"still there").await;
    }
    muxes[0].close().await;
    let answer = loop {
        let (answer, _) = demo.get("/").await;
        if !answer.starts_with("http/1.1 503 ") {
            break answer;
        }
        tokio::task::yield_now().await;
    };
    assert!(answer.starts_with("http/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_its_connection_alone() {
    /// What the server takes.
    const LONGEST: usize = 1_024 * 1_024;
    let demo = Demo::start(false).await;
    let bystander = demo.over_websocket().await;
    let url = format!("ws://{}/mux", demo.http);
    let connected = tokio_tungstenite::connect_async(url).await;
    let (mut socket, _) = connected.expect("it takes WebSockets");
    // Heartbeats, all of them well-formed: a message as long as may be, and one that is longer by a byte. That is in two
    // frames, so that the server has read everything when it says no, and what it says is not lost.
    let part = |len, code, is_last| {
        let code = OpCode::Data(code);
        Message::Frame(Frame::message(vec![0; len], code, is_last))
    };
    for message in [
        part(LONGEST, Data::Binary, true),
        part(LONGEST, Data::Binary, false),
        part(1, Data::Continue, true),
    ] {
        socket.send(message).await.expect("it is taken");
    }
    let said = loop {
        let message = socket.next().await.expect("it says why it ends");
        match message.expect("it ends in good order") {
            Message::Close(frame) => break frame.expect("it says why it ends"),
            other => assert!(other.is_binary(), "{other:?}"),
        }
    };
    assert_eq!(u16::from(said.code), 1_011);
    let words = "Message too long: 1048577 > 1048576";
    assert!(said.reason.contains(words), "{said}");
    exchange(&bystander, "ECHO\nstill there", b"still there").await;
}

#[tokio::test]
async fn an_upload_that_is_too_large_is_refused() {
    let demo = Demo::start_with(false, |args| args.limits.max_upload = 1_000).await;
    let mux = demo.over_websocket().await;
    let mut stream = call(&mux, "SINK\n").await;
    stream.write_all(&[7; 1_000]).await.expect("writable");
    stream.close_write();
    let receipt = read_to_end(&mut stream).await;
    assert!(receipt.starts_with(b"1000 "), "{receipt:?}");

    let mut stream = call(&mux, "SINK\n").await;
    stream
        .write_all(&[7; 1_001])
        .await
        .expect("there is window");
    assert_eq!(read_to_end(&mut stream).await, b"ERROR too large\n");
    assert_eq!(stream.write(&[7]).await, Err(Error::RemoteClosed));
    exchange(&mux, "ECHO\nstill there", b"still there").await;
}

/// In virtual time: it passes while nothing happens.
#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_come_is_not_waited_for() {
    let demo = Demo::start(false).await;
    for begin in ["", "GET /", "GET / HTTP/1.1\r\nHost: demo\r\n"] {
        let mut socket = TcpStream::connect(demo.http).await.expect("it listens");
        socket
            .write_all(begin.as_bytes())
            .await
            .expect("it is taken");
        let mut answer = Vec::new();
        // It may say so before it hangs up.
        let _ = socket.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

/// In virtual time, as above.
#[tokio::test(start_paused = true)]
async fn a_stream_that_names_no_service_is_not_waited_for() {
    let demo = Demo::start(false).await;
    let mux = demo.over_tcp().await;
    let start = tokio::time::Instant::now();
    let mut named = call(&mux, "ECHO\n").await;
    let mut silent = call(&mux, "").await;
    let mut hesitant = call(&mux, "EC").await;
    let mut dripping = call(&mux, "").await;
    let drip = async {
        // A byte now and then gains no time.
        while dripping.write(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
    };
    let (silent, hesitant, ()) =
        tokio::join!(read_to_end(&mut silent), read_to_end(&mut hesitant), drip);
    assert_eq!((silent, hesitant), (vec![], vec![]));
    let waited = start.elapsed().as_secs();
    assert!((30..36).contains(&waited), "{waited} s");

    // Who has said what the stream is for may take as long.
    named.write_all(b"late").await.expect("it goes on");
    named.close_write();
    assert_eq!(read_to_end(&mut named).await, b"late");
}

#[tokio::test]
async fn stopping_lets_streams_finish() {
    let demo = Demo::start(false).await;
    let muxes = [demo.over_websocket().await, demo.over_tcp().await];
    let mut calls = Vec::new();
    for mux in &muxes {
        let mut stream = call(mux, "ECHO\nbefore").await;
        let mut echoed = [0; 6];
        stream.read_exact(&mut echoed).await.expect("it echoes");
        calls.push(stream);
    }
    demo.stop.send(()).expect("the server is running");
    while TcpStream::connect(demo.http).await.is_ok() {
        tokio::task::yield_now().await;
    }
    for (mux, mut stream) in muxes.iter().zip(calls) {
        assert_turned_away(mux).await;
        stream.write_all(b"after").await.expect("it goes on");
        stream.close_write();
        assert_eq!(read_to_end(&mut stream).await, b"after");
    }
    let said = CloseInfo::new(1_001, "the server stops");
    assert_eq!(muxes[0].closed().await, CloseReason::Remote(said));
    assert!(muxes[1].closed().await.is_graceful());
    demo.running.await.expect("the server does not panic");
}

/// A stream that is opened while the server stops ends at once.
async fn assert_turned_away(mux: &Multiplexer) {
    match mux.open().await {
        Ok(mut stream) => assert_eq!(stream.read(&mut [0]).await, Ok(0)),
        Err(error) => assert_eq!(error, Error::StreamRejected),
    }
}

#[tokio::test]
async fn stopping_waits_for_streams_only_so_long() {
    let demo = Demo::start_with(false, |args| args.limits.drain = 0).await;
    let mux = demo.over_websocket().await;
    let mut stream = call(&mux, "ECHO\nnever finished").await;
    let mut echoed = [0; 14];
    stream.read_exact(&mut echoed).await.expect("it echoes");
    demo.stop.send(()).expect("the server is running");
    let closed = tokio::time::timeout(Duration::from_secs(60), mux.closed()).await;
    assert!(closed.expect("it is cut short").is_graceful());
    demo.running.await.expect("the server does not panic");
}
