//! A server that is killed, or stopped for a while.

use std::time::Duration;

use strandmux::{CloseReason, Config, Error, Stream};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::demo::{Demo, assert_serves};

/// A stream that sends this many bytes.
async fn source(demo: &Demo, config: Config, len: usize) -> (strandmux::Multiplexer, Stream) {
    let mux = demo.connect(config).await;
    let mut stream = mux.open().await.expect("it is accepted");
    let line = format!("SOURCE {len}\n");
    stream.write_all(line.as_bytes()).await.expect("it is read");
    (mux, stream)
}

/// Reads until `most` bytes or the end, checking each; how many there were, and how it ended.
async fn read(stream: &mut Stream, start: usize, most: usize) -> (usize, Result<(), Error>) {
    let mut buffer = vec![0; 50_000];
    let mut at = start;
    while at < start + most {
        match stream.read(&mut buffer).await {
            Ok(0) => break,
            Ok(len) => {
                let is_right = |(at, byte): (usize, &u8)| (at % 251) as u8 == *byte;
                assert!((at..).zip(&buffer[..len]).all(is_right), "wrong bytes");
                at += len;
            }
            Err(error) => return (at - start, Err(error)),
        }
    }
    (at - start, Ok(()))
}

#[tokio::test]
async fn a_server_that_is_killed() {
    let demo = Demo::start();
    let (mux, mut stream) = source(&demo, Config::default(), 1 << 40).await;
    let (len, ended) = read(&mut stream, 0, 1_000_000).await;
    assert!(len >= 1_000_000 && ended.is_ok());
    let accepting = tokio::spawn({
        let mux = mux.clone();
        async move { mux.accept().await.err() }
    });
    demo.signal("-KILL");
    let reason = mux.closed().await;
    // The system ends its connections, between messages or inside one.
    let is_expected = matches!(
        reason,
        CloseReason::Remote(_) | CloseReason::TruncatedMessage | CloseReason::Carrier(_)
    );
    assert!(is_expected, "{reason:?}");
    let closed = Error::MultiplexerClosed(reason);
    let (_, ended) = read(&mut stream, len, usize::MAX - len).await;
    assert_eq!(
        ended,
        Err(closed.clone()),
        "the end is not that of the data"
    );
    assert_eq!(stream.write(b"x").await, Err(closed.clone()));
    assert_eq!(mux.open().await.err(), Some(closed.clone()));
    assert_eq!(accepting.await.expect("no panic"), Some(closed));
    mux.finished().await;
}

/// A server that is told to end lets its streams finish, turns others away, and ends well.
#[tokio::test]
async fn a_server_that_is_told_to_end() {
    let mut demo = Demo::start();
    let (mux, mut download) = source(&demo, Config::default(), 1_000_000).await;
    let mut echo = mux.open().await.expect("it is accepted");
    echo.write_all(b"ECHO\nbefore").await.expect("it is read");
    let mut answer = [0; 6];
    echo.read_exact(&mut answer).await.expect("it echoes");
    demo.signal("-TERM");
    // Whoever comes now is refused, and with that the signal has been seen.
    while TcpStream::connect(demo.addrs.tcp).await.is_ok() {
        tokio::task::yield_now().await;
    }
    echo.write_all(b" and after").await.expect("it goes on");
    echo.close_write();
    let mut rest = Vec::new();
    echo.read_to_end(&mut rest).await.expect("it ends well");
    assert_eq!(rest, b" and after");
    assert_eq!(
        read(&mut download, 0, usize::MAX).await,
        (1_000_000, Ok(()))
    );
    download.close_write();
    assert!(mux.closed().await.is_graceful());
    demo.expect_success();
}

/// A server that stands still is given up after the heartbeat, and serves others when it goes on.
#[tokio::test]
async fn a_server_that_is_stopped() {
    let demo = Demo::start();
    let mut config = Config::default();
    // More than the server's interval.
    config.max_heartbeat_receive_interval = Duration::from_secs(6);
    let (mux, mut stream) = source(&demo, config, 1 << 40).await;
    let (len, _) = read(&mut stream, 0, 1_000_000).await;
    demo.signal("-STOP");
    assert_eq!(mux.closed().await, CloseReason::HeartbeatTimeout);
    let (_, ended) = read(&mut stream, len, usize::MAX - len).await;
    let closed = Error::MultiplexerClosed(CloseReason::HeartbeatTimeout);
    assert_eq!(ended, Err(closed));
    demo.signal("-CONT");
    let bystander = demo.connect(Config::default()).await;
    assert_serves(&bystander).await;
}

/// A server that stands still for less than that loses nothing.
#[tokio::test]
async fn a_server_that_is_stopped_and_continued() {
    const LEN: usize = 20_000_000;
    let demo = Demo::start();
    let (mux, mut stream) = source(&demo, Config::default(), LEN).await;
    let mut total = 0;
    for _ in 0..3 {
        let (len, ended) = read(&mut stream, total, LEN / 5).await;
        assert_eq!(ended, Ok(()));
        total += len;
        demo.signal("-STOP");
        tokio::time::sleep(Duration::from_millis(300)).await;
        demo.signal("-CONT");
    }
    let (len, ended) = read(&mut stream, total, usize::MAX - total).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(total + len, LEN);
    assert_eq!(mux.close_reason(), None);
}
