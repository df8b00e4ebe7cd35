//! Small writes share a piece if the carrier has the patience.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use strandmux::tokio::TokioTimer;
use strandmux::{Carrier, CarrierError, CloseReason, Config, Multiplexer, Role, Stream};

/// A carrier that keeps what is sent and lets others go first.
struct Patient {
    input: VecDeque<Vec<u8>>,
    current: Vec<u8>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    patience: usize,
}

impl Carrier for Patient {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        match self.input.pop_front() {
            Some(input) => {
                self.current = input;
                Poll::Ready(Ok(Some(&self.current)))
            }
            None => Poll::Pending,
        }
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        self.sent.lock().expect("no panic").push(output);
        Ok(())
    }

    fn patience(&self) -> usize {
        self.patience
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }
}

type Sent = Arc<Mutex<Vec<Vec<u8>>>>;

/// A stream with an ample window, and what is sent from now on.
async fn stream(patience: usize) -> (Stream, Sent, Multiplexer) {
    let sent = Sent::default();
    let carrier = Patient {
        input: [vec![1, 2, 0x80, 0x80, 0x80, 1]].into(),
        current: Vec::new(),
        sent: sent.clone(),
        patience,
    };
    let (mux, driver) =
        Multiplexer::new(carrier, TokioTimer::new(), Role::Client, Config::default());
    tokio::spawn(driver);
    let stream = mux.accept().await.expect("one was opened");
    moment().await;
    assert_eq!(take(&sent), [[2, 2, 0xff, 0xff, 3]]);
    (stream, sent, mux)
}

/// As long as writes wait for each other at most.
async fn moment() {
    turns(5).await;
    tokio::time::advance(Duration::from_millis(1)).await;
    turns(5).await;
}

async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

fn take(sent: &Sent) -> Vec<Vec<u8>> {
    std::mem::take(&mut *sent.lock().expect("no panic"))
}

fn lens(sent: &Sent) -> Vec<usize> {
    take(sent).iter().map(Vec::len).collect()
}

#[tokio::test(start_paused = true)]
async fn writes_in_turns_that_follow_each_other_share_a_piece() {
    let (mut stream, sent, _mux) = stream(1_000).await;
    for byte in b"abcdef" {
        stream.write_all(&[*byte]).await.expect("room");
        turns(2).await;
    }
    assert_eq!(take(&sent), Vec::<Vec<u8>>::new());
    moment().await;
    let messages: Vec<u8> = b"abcdef"
        .iter()
        .flat_map(|byte| [3, 2, 0, 1, *byte])
        .collect();
    assert_eq!(take(&sent), [messages]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_stays_alone_leaves_without_time_passing() {
    let (mut stream, sent, _mux) = stream(3).await;
    stream.write_all(b"a").await.expect("room");
    turns(20).await;
    assert_eq!(take(&sent), [[3, 2, 0, 1, b'a']]);
}

#[tokio::test(start_paused = true)]
async fn a_carrier_without_patience_sends_at_once() {
    let (mut stream, sent, _mux) = stream(0).await;
    for byte in b"ab" {
        stream.write_all(&[*byte]).await.expect("room");
        turns(1).await;
    }
    turns(5).await;
    assert_eq!(take(&sent), [[3, 2, 0, 1, b'a'], [3, 2, 0, 1, b'b']]);
}

#[tokio::test(start_paused = true)]
async fn a_whole_piece_does_not_wait() {
    let (mut stream, sent, _mux) = stream(usize::MAX).await;
    stream.write_all(&[7; 100_000]).await.expect("room");
    turns(5).await;
    // Pieces are of this size until the carrier has taken many.
    assert_eq!(lens(&sent), [16_384; 6]);
    // The rest does, and shares a piece with what is written next. Each message has a header.
    stream.write_all(&[8; 50]).await.expect("room");
    moment().await;
    assert_eq!(lens(&sent), [100_000 + 7 * 4 - 6 * 16_384 + 4 + 50]);
}

#[tokio::test(start_paused = true)]
async fn writes_without_end_do_not_wait_for_longer_than_a_moment() {
    let (mut stream, sent, _mux) = stream(usize::MAX).await;
    stream.write_all(b"a").await.expect("room");
    turns(20).await;
    assert_eq!(take(&sent), Vec::<Vec<u8>>::new());
    moment().await;
    assert_eq!(take(&sent), [[3, 2, 0, 1, b'a']]);
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait() {
    let (mut stream, sent, mux) = stream(usize::MAX).await;
    stream.write_all(b"a").await.expect("room");
    turns(20).await;
    assert_eq!(take(&sent), Vec::<Vec<u8>>::new());
    mux.close().await;
    assert_eq!(take(&sent), [[3, 2, 0, 1, b'a']]);
}
