//! Failures at the end of a connection.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use strandmux::carrier::memory::{self, MemoryCarrier};
use strandmux::tokio::TokioTimer;
use strandmux::{Carrier, CarrierError, CloseInfo, CloseReason, Config, Error, Multiplexer, Role};
use strandmux_tests::peer::client;
use strandmux_tests::wire::Message;
use tokio::time::{Instant, Sleep};

/// The original loses the message in 198 of 200 runs.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_and_half_closed_before_a_close_arrives() {
    for run in 0..200 {
        let (here, there) = memory::pair();
        let client = strandmux::tokio::spawn(here, Role::Client, Config::default());
        let server = strandmux::tokio::spawn(there, Role::Server, Config::default());
        let sending = tokio::spawn(async move {
            let mut stream = client.open().await.expect("it is accepted");
            stream
                .write_all(b"last words")
                .await
                .expect("there is window");
            stream.close_write();
            client.close().await;
        });
        let mut stream = server.accept().await.expect("one was opened");
        let (mut received, mut buffer) = (Vec::new(), [0; 4]);
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) => break,
                Ok(len) => received.extend_from_slice(&buffer[..len]),
                Err(error) => panic!("run {run}: {error}"),
            }
        }
        assert_eq!(received, b"last words", "run {run}");
        sending.await.expect("no panic");
    }
}

/// The original calls it an internal error.
#[tokio::test(start_paused = true)]
async fn the_peers_clean_close_is_no_error() {
    let (mux, driver, mut peer) = client(Config::default());
    let driver = tokio::spawn(driver);
    peer.send(Message::Heartbeat);
    peer.end().await;
    assert_eq!(
        mux.closed().await,
        CloseReason::Remote(CloseInfo::default())
    );
    assert_eq!(mux.internal_error(), None);
    assert_eq!(
        driver.await.expect("no panic"),
        CloseReason::Remote(CloseInfo::default())
    );
}

/// A carrier that takes ten seconds to close.
#[derive(Debug)]
struct SlowToClose {
    inner: MemoryCarrier,
    closing: Option<Pin<Box<Sleep>>>,
}

impl Carrier for SlowToClose {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        self.inner.poll_receive(cx)
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        self.inner.poll_ready(cx)
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        self.inner.send(output)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        self.inner.poll_flush(cx)
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        _: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        let closing = self
            .closing
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_secs(10))));
        closing.as_mut().poll(cx).map(Ok)
    }
}

/// In the original everyone who waits for the multiplexer waits for its carrier's close.
#[tokio::test(start_paused = true)]
async fn a_carrier_that_is_slow_to_close_holds_up_nobody() {
    let (here, _there) = memory::pair();
    let carrier = SlowToClose {
        inner: here,
        closing: None,
    };
    let (mux, driver) =
        Multiplexer::new(carrier, TokioTimer::new(), Role::Client, Config::default());
    tokio::spawn(driver);
    let start = Instant::now();
    let waiting = [0, 1].map(|which| {
        let mux = mux.clone();
        tokio::spawn(async move {
            match which {
                0 => mux.open().await.err(),
                _ => mux.accept().await.err(),
            }
        })
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let closing = mux.close();
    let reason = CloseReason::Local(CloseInfo::default());
    assert_eq!(mux.closed().await, reason);
    for waiting in waiting {
        let error = waiting.await.expect("no panic");
        assert_eq!(error, Some(Error::MultiplexerClosed(reason.clone())));
    }
    assert_eq!(start.elapsed(), Duration::from_secs(1));
    // Who asks for the carrier's end waits for it, within bounds.
    closing.await;
    let waited = start.elapsed() - Duration::from_secs(1);
    assert!(waited >= Duration::from_secs(5), "{waited:?}");
    assert!(waited <= Duration::from_millis(5_010), "{waited:?}");
}
