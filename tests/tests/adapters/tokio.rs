//! The traits of tokio, and the kinds that standard I/O has for errors.

use std::io;

use strandmux::{Error, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};

use super::{LEN, Operation, bytes, fail, streams};

#[tokio::test(start_paused = true)]
async fn it_copies_both_ways_until_half_closed() {
    let (near, far, _muxes) = streams().await;
    let echo = tokio::spawn(async move {
        let (mut read, mut write) = far.into_split();
        let copied = copy(&mut read, &mut write).await.expect("it echoes");
        write.shutdown().await.expect("closing does not fail");
        copied
    });
    let (mut read, mut write) = near.into_split();
    let writing = tokio::spawn(async move {
        AsyncWriteExt::write_all(&mut write, &bytes())
            .await
            .expect("writable");
        write.flush().await.expect("flushing does not fail");
        write.shutdown().await.expect("closing does not fail");
    });
    let mut echoed = Vec::new();
    read.read_to_end(&mut echoed).await.expect("readable");
    assert!(echoed == bytes());
    assert_eq!(echo.await.expect("no panic"), LEN as u64);
    writing.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_kinds_of_standard_io() {
    fail(async |mut stream: Stream, operation, expected| {
        let result = match operation {
            Operation::Read => AsyncReadExt::read(&mut stream, &mut [0]).await,
            Operation::Write => AsyncWriteExt::write(&mut stream, &[0]).await,
        };
        assert_is(&result.expect_err("it fails"), &expected);
    })
    .await;
}

/// It is this error, and of the kind that standard I/O has for it.
pub(super) fn assert_is(error: &io::Error, expected: &Error) {
    let kind = match expected {
        Error::StreamClosed => io::ErrorKind::NotConnected,
        Error::WriteClosed | Error::RemoteClosed => io::ErrorKind::BrokenPipe,
        Error::MultiplexerClosed(_) => io::ErrorKind::ConnectionAborted,
        Error::DeadlineExceeded => io::ErrorKind::TimedOut,
        other => panic!("no stream fails with {other:?}"),
    };
    assert_eq!(error.kind(), kind);
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    assert_eq!(inner, Some(expected));
}
