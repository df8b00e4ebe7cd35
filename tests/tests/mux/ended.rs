//! Those who wait for nothing but a direction's end hear of it.

use std::future::poll_fn;

use strandmux::{Config, Stream};
use strandmux_tests::wire::Message;
use tokio::task::JoinHandle;

use strandmux_tests::peer::{Peer, client};

/// A stream that the peer has opened.
async fn stream() -> (Stream, Peer) {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    peer.send(Message::Open(2, 5));
    let stream = mux.accept().await.expect("one was opened");
    assert_eq!(peer.message().await, Message::Accept(2, 65_535));
    (stream, peer)
}

/// Waits for both ends of a stream, each in a task of its own.
fn wait(stream: Stream) -> [JoinHandle<&'static str>; 2] {
    let stream = std::sync::Arc::new(stream);
    let other = stream.clone();
    let read = tokio::spawn(async move {
        poll_fn(|cx| other.poll_read_ended(cx)).await;
        "read"
    });
    let write = tokio::spawn(async move {
        poll_fn(|cx| stream.poll_write_ended(cx)).await;
        "write"
    });
    [read, write]
}

async fn is_over(task: &JoinHandle<&'static str>) -> bool {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    task.is_finished()
}

#[tokio::test(start_paused = true)]
async fn the_peers_half_close_ends_reading_and_its_close_writing() {
    let (stream, mut peer) = stream().await;
    let [read, write] = wait(stream);
    assert!(!is_over(&read).await && !is_over(&write).await);
    peer.send(Message::CloseWrite(2));
    assert!(is_over(&read).await && !is_over(&write).await);
    peer.send(Message::Close(2));
    assert!(is_over(&write).await);
}

#[tokio::test(start_paused = true)]
async fn the_peers_close_alone_ends_both() {
    let (stream, mut peer) = stream().await;
    let [read, write] = wait(stream);
    peer.send(Message::Close(2));
    assert!(is_over(&read).await && is_over(&write).await);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_no_end() {
    let (stream, mut peer) = stream().await;
    let [read, write] = wait(stream);
    peer.send_bytes(&[3, 2, 0, 1, 7, 4, 2, 9]);
    assert!(!is_over(&read).await && !is_over(&write).await);
    peer.send(Message::CloseWrite(2));
    // The byte can still be read, but no more is received.
    assert!(is_over(&read).await);
}

#[tokio::test(start_paused = true)]
async fn closing_here_ends_what_is_closed() {
    let (stream, _peer) = stream().await;
    let (read, write) = stream.into_split();
    let (read, write) = (std::sync::Arc::new(read), std::sync::Arc::new(write));
    let (reading, writing) = (read.clone(), write.clone());
    let read_end = tokio::spawn(async move {
        poll_fn(|cx| reading.poll_read_ended(cx)).await;
        "read"
    });
    let write_end = tokio::spawn(async move {
        poll_fn(|cx| writing.poll_write_ended(cx)).await;
        "write"
    });
    assert!(!is_over(&read_end).await && !is_over(&write_end).await);
    write.close_write();
    assert!(is_over(&write_end).await && !is_over(&read_end).await);
    read.close();
    assert!(is_over(&read_end).await);
}

#[tokio::test(start_paused = true)]
async fn the_multiplexers_end_is_every_streams() {
    let (stream, mut peer) = stream().await;
    let [read, write] = wait(stream);
    peer.end().await;
    assert!(is_over(&read).await && is_over(&write).await);
}
