//! The demo server's services over both its carriers, and what it does about clients that misbehave.

mod hygiene;
mod server;

use strandmux::{CloseReason, Error, Multiplexer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use server::{Demo, call, exchange, read_statistics, read_to_end};

async fn every_service(mux: Multiplexer) {
    exchange(&mux, "ECHO\nsome bytes\n", b"some bytes\n").await;
    // The hash of "abc", which is the example of the standard.
    exchange(
        &mux,
        "SINK\nabc",
        b"3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
    )
    .await;
    exchange(
        &mux,
        "SLOW 2\nabc",
        b"3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
    )
    .await;
    let ramp: Vec<u8> = (0..100_000).map(|i| (i % 251) as u8).collect();
    exchange(&mux, "SOURCE 100000\n", &ramp).await;
    exchange(&mux, "DROP\n", b"").await;

    let mut held = call(&mux, "HOLD 50\n").await;
    let written = held.write_all(&ramp).await;
    assert_eq!(written, Err(Error::RemoteClosed));
    assert_eq!(read_to_end(&mut held).await, b"");

    let mut feed = call(&mux, "FEED\n").await;
    let statistics = read_statistics(&mut feed).await;
    assert_eq!(statistics["connections"], 1);
    assert!(statistics["bytes_out"].as_u64() >= Some(100_000));
    for name in [
        "bytes_in",
        "connections_served",
        "open_streams",
        "streams_served",
        "uptime_ms",
    ] {
        assert!(statistics[name].is_u64(), "{name} in {statistics}");
    }
    dial(&mux).await;
}

async fn dial(mux: &Multiplexer) {
    let mut caller = call(mux, "DIAL 2 70000\n").await;
    for _ in 0..2 {
        let stream = mux.accept().await.expect("the server opens streams");
        let (mut reader, mut writer) = stream.into_split();
        let copied = tokio::io::copy(&mut reader, &mut writer).await;
        assert_eq!(copied.ok(), Some(70_000));
        writer.close_write();
    }
    assert_eq!(read_to_end(&mut caller).await, b"OK 2\n");

    let mut caller = call(mux, "DIAL 1 10\n").await;
    let mut stream = mux.accept().await.expect("the server opens streams");
    stream.write_all(b"wrong").await.expect("there is window");
    let answer = read_to_end(&mut caller).await;
    assert!(answer.starts_with(b"FAIL "), "{answer:?}");
}

#[tokio::test]
async fn every_service_answers_over_websocket() {
    let demo = Demo::start(true).await;
    every_service(demo.over_websocket().await).await;
}

#[tokio::test]
async fn every_service_answers_over_tcp() {
    let demo = Demo::start(true).await;
    every_service(demo.over_tcp().await).await;
}

#[tokio::test]
async fn anything_else_is_an_error() {
    let demo = Demo::start(false).await;
    let mux = demo.over_tcp().await;
    let unknown = b"ERROR unknown command\n";
    for line in ["NONSENSE\n", "\n", "echo\n", "ECHO", "", "SOURCE -1\n"] {
        exchange(&mux, line, unknown).await;
    }
    // Services for tests are not offered unless asked for.
    for line in ["HOLD 1\n", "SLOW 1\n", "DROP\n", "DIAL 1 1\n"] {
        exchange(&mux, line, unknown).await;
    }
    let longest = format!("{}\n", "x".repeat(1_024));
    exchange(&mux, &longest, unknown).await;
    exchange(&mux, &"x".repeat(60_000), unknown).await;
    // The connection survives it all.
    exchange(&mux, "ECHO\nstill there", b"still there").await;
}

#[tokio::test]
async fn streams_that_end_early_leave_nothing_behind() {
    let demo = Demo::start(true).await;
    let mux = demo.over_websocket().await;
    for line in ["SOURCE 1000000000\n", "ECHO\nx", "SINK\nx", "FEED\n", "HOL"] {
        drop(call(&mux, line).await);
    }
    let gone = demo.over_tcp().await;
    let _unread = call(&gone, "SOURCE 1000000000\n").await;
    gone.close().await;

    let mut feed = call(&mux, "FEED\n").await;
    loop {
        let statistics = read_statistics(&mut feed).await;
        let open = (&statistics["open_streams"], &statistics["connections"]);
        let served = (
            &statistics["streams_served"],
            &statistics["connections_served"],
        );
        // What the server has yet to notice is in a later line.
        if open == (&1.into(), &1.into()) && served == (&7.into(), &2.into()) {
            break;
        }
    }
}

#[tokio::test]
async fn garbage_ends_only_its_own_connection() {
    let demo = Demo::start(false).await;
    let bystander = demo.over_websocket().await;

    let mut socket = TcpStream::connect(demo.tcp).await.expect("it listens");
    // There is no message of kind 0x47.
    socket
        .write_all(b"GET / HTTP/1.1\r\n\r\n")
        .await
        .expect("it takes bytes");
    let mut answer = Vec::new();
    // Whether the end comes as such or as a reset is up to the system.
    let _ = socket.read_to_end(&mut answer).await;
    assert!(answer.iter().all(|&byte| byte == 0), "only heartbeats");

    for message in [Message::text("hello"), Message::binary(vec![9; 9])] {
        use futures_util::{SinkExt as _, StreamExt as _};
        let url = format!("ws://{}/mux", demo.http);
        let (mut socket, _) = tokio_tungstenite::connect_async(url)
            .await
            .expect("it takes WebSockets");
        socket.send(message).await.expect("it takes messages");
        while let Some(Ok(message)) = socket.next().await {
            let is_heartbeat =
                matches!(&message, Message::Binary(bytes) if bytes.iter().all(|&byte| byte == 0));
            assert!(is_heartbeat || message.is_close(), "{message:?}");
        }
    }
    exchange(&bystander, "ECHO\nstill there", b"still there").await;
}

#[tokio::test]
async fn stopping_closes_every_connection() {
    let demo = Demo::start(false).await;
    let muxes = [demo.over_tcp().await, demo.over_websocket().await];
    let mut calls = Vec::new();
    for mux in &muxes {
        calls.push(call(mux, "FEED\n").await);
    }
    demo.stop.send(()).expect("the server is running");
    for mux in &muxes {
        assert!(matches!(mux.closed().await, CloseReason::Remote(_)));
    }
    demo.running.await.expect("the server does not panic");
}

#[tokio::test]
async fn the_page_is_served_with_its_types() {
    let demo = Demo::start(false).await;
    let (head, body) = demo.get("/").await;
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    assert!(
        head.contains("content-type: text/html; charset=utf-8"),
        "{head}"
    );
    assert!(head.contains("cache-control: no-cache"), "{head}");
    assert!(body.contains("<title>strandmux"), "{body}");

    let (head, _) = demo.get("/app.js").await;
    assert!(head.contains("content-type: text/javascript"), "{head}");

    for path in [
        "/nothing",
        "/pkg/nothing.js",
        "/pkg/../../Cargo.toml",
        "/pkg/%2e%2e/%2e%2e/Cargo.toml",
        "/pkg/%2Fetc%2Fhostname",
        "/pkg/",
    ] {
        let (head, _) = demo.get(path).await;
        assert!(head.starts_with("http/1.1 404 "), "{path}: {head}");
    }
    let (head, _) = demo.get("/mux").await;
    assert!(head.starts_with("http/1.1 400 "), "{head}");
}
