//! Whatever ends a multiplexer, everything that waits ends with it, for that reason.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use strandmux::carrier::memory::{self, MemoryCarrier};
use strandmux::tokio::TokioTimer;
use strandmux::{
    Carrier, CarrierError, CarrierErrorKind, CloseReason, Config, Driver, Error, Multiplexer, Role,
    Stream, Violation,
};
use strandmux_tests::wire::Message;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{local, remote};
use strandmux_tests::peer::Peer;

/// A carrier in memory that fails when it is told to.
#[derive(Debug)]
struct Fragile {
    inner: MemoryCarrier,
    failure: oneshot::Receiver<()>,
}

impl Carrier for Fragile {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        if let Poll::Ready(Ok(())) = Future::poll(Pin::new(&mut self.failure), cx) {
            return Poll::Ready(Err(CarrierError::io("the cable is cut")));
        }
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
        reason: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        self.inner.poll_close(cx, reason)
    }
}

/// A multiplexer on which everything that can wait does.
struct Busy {
    mux: Multiplexer,
    peer: Peer,
    driver: JoinHandle<CloseReason>,
    failure: Option<oneshot::Sender<()>>,
    /// Operations on the multiplexer, and how each ended.
    waiting: Vec<JoinHandle<(&'static str, Option<Error>)>>,
}

impl Busy {
    async fn new() -> Self {
        let mut config = Config::default();
        config.max_unaccepted_opens = 1;
        let (here, there) = memory::pair();
        let (fail, failure) = oneshot::channel();
        let carrier = Fragile {
            inner: here,
            failure,
        };
        let timer = TokioTimer::new();
        let (mux, driver): (_, Driver<_, _>) =
            Multiplexer::new(carrier, timer, Role::Client, config);
        let mut busy = Self {
            mux: mux.clone(),
            peer: Peer::new(there),
            driver: tokio::spawn(driver),
            failure: Some(fail),
            waiting: Vec::new(),
        };
        busy.peer.send(Message::Open(2, 5));
        let stream = mux.accept().await.expect("one was opened");
        busy.wait_on_stream(stream);
        busy.wait_on_mux("open sent", |mux| async move { mux.open().await.err() });
        assert_eq!(busy.peer.message().await, Message::Accept(2, 65_535));
        while busy.peer.message().await != Message::Open(1, 65_535) {
            busy.peer.receive().await;
        }
        busy.wait_on_mux("open queued", |mux| async move { mux.open().await.err() });
        busy.wait_on_mux("accept", |mux| async move { mux.accept().await.err() });
        busy.wait_on_mux(
            "accept queued",
            |mux| async move { mux.accept().await.err() },
        );
        busy.wait_on_mux("incoming", |mux| async move {
            let next = mux.incoming().next().await;
            assert!(next.is_none());
            mux.open().await.err()
        });
        busy.wait_on_mux("closed", |mux| async move {
            let reason = mux.closed().await;
            Some(Error::MultiplexerClosed(reason))
        });
        busy.wait_on_mux("finished", |mux| async move {
            mux.finished().await;
            mux.accept().await.err()
        });
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        busy
    }

    fn wait_on_stream(&mut self, stream: Stream) {
        let (mut read, mut write) = stream.into_split();
        let reading = tokio::spawn(async move { ("read", read.read(&mut [0; 8]).await.err()) });
        let writing =
            tokio::spawn(async move { ("write", write.write_all(&[0; 100]).await.err()) });
        self.waiting.extend([reading, writing]);
    }

    fn wait_on_mux<F>(&mut self, what: &'static str, operation: impl FnOnce(Multiplexer) -> F)
    where
        F: Future<Output = Option<Error>> + Send + 'static,
    {
        let operation = operation(self.mux.clone());
        let waiting = tokio::spawn(async move { (what, operation.await) });
        self.waiting.push(waiting);
    }

    /// Everything has ended, or does now, for this reason.
    async fn assert_settles(self, reason: CloseReason) {
        for waiting in self.waiting {
            let (what, error) = waiting.await.expect("no panic");
            assert_eq!(
                error,
                Some(Error::MultiplexerClosed(reason.clone())),
                "{what}"
            );
        }
        assert_eq!(self.mux.close_reason(), Some(reason.clone()));
        assert_eq!(self.mux.closed().await, reason);
        let error = Some(reason).filter(|reason| !reason.is_graceful());
        assert_eq!(self.mux.internal_error(), error);
    }
}

#[tokio::test(start_paused = true)]
async fn on_a_local_close() {
    let busy = Busy::new().await;
    let closing = busy.mux.close();
    busy.assert_settles(local()).await;
    closing.await;
}

#[tokio::test(start_paused = true)]
async fn on_a_close_by_the_peer() {
    let mut busy = Busy::new().await;
    busy.peer.end().await;
    busy.assert_settles(remote()).await;
}

#[tokio::test(start_paused = true)]
async fn on_an_end_inside_a_message() {
    let mut busy = Busy::new().await;
    busy.peer.send_bytes(&[3, 2, 0]);
    busy.peer.end().await;
    busy.assert_settles(CloseReason::TruncatedMessage).await;
}

#[tokio::test(start_paused = true)]
async fn on_a_dropped_driver() {
    let busy = Busy::new().await;
    busy.driver.abort();
    busy.assert_settles(CloseReason::DriverDropped).await;
}

#[tokio::test(start_paused = true)]
async fn on_a_failure_of_the_carrier() {
    let mut busy = Busy::new().await;
    let failure = busy.failure.take().expect("it has not failed yet");
    failure.send(()).expect("the carrier is there");
    let error = CarrierError::io("the cable is cut");
    assert_eq!(error.kind(), CarrierErrorKind::Io);
    busy.assert_settles(CloseReason::Carrier(error)).await;
}

#[tokio::test(start_paused = true)]
async fn on_garbage_from_the_peer() {
    let garbage: [(&[u8], Violation); 4] = [
        (b"GET / HTTP/1.1\r\n\r\n", Violation::UnknownKind),
        (&[1, 3, 10], Violation::OpenWrongParity),
        (&[3, 2, 0, 0], Violation::ZeroLengthData),
        (&[0, 0, 6, 8], Violation::UnopenedInboundId),
    ];
    for (bytes, violation) in garbage {
        let mut busy = Busy::new().await;
        busy.peer.send_bytes(bytes);
        busy.assert_settles(CloseReason::Violation(violation)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn on_silence() {
    let busy = Busy::new().await;
    // The clock runs while everything waits.
    busy.assert_settles(CloseReason::HeartbeatTimeout).await;
}
