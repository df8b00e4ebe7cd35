//! The async handles, against a peer that is driven byte by byte.

mod cancel;
mod closing;
mod ended;
mod gathering;
mod priority;
mod settle;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use strandmux::{CloseInfo, CloseReason, Driver, Multiplexer, ReadHalf, Stream, WriteHalf};

/// Polls a future once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}

/// Whether a future waits.
async fn is_waiting<F: Future + Unpin>(future: &mut F) -> bool {
    poll_once(future).await.is_pending()
}

/// Closed here, with nothing said about it.
fn local() -> CloseReason {
    CloseReason::Local(CloseInfo::default())
}

/// Closed by the peer, which said nothing about it.
fn remote() -> CloseReason {
    CloseReason::Remote(CloseInfo::default())
}

#[test]
fn handles_can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    fn check_send<T: Send + 'static>() {}
    check::<Multiplexer>();
    check::<Stream>();
    check::<ReadHalf>();
    check::<WriteHalf>();
    check_send::<Driver<strandmux::carrier::memory::MemoryCarrier, strandmux::tokio::TokioTimer>>();
}
