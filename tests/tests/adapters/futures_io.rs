//! The traits of the futures crates, called by their names, as the streams' own methods come first.

use std::io;
use std::time::Duration;

use futures_util::io::{AsyncReadExt, AsyncWriteExt, copy};
use strandmux::Error;

use super::{LEN, Operation, bytes, fail, streams};

#[tokio::test(start_paused = true)]
async fn it_copies_both_ways_until_half_closed() {
    let (near, far, _muxes) = streams().await;
    let echo = tokio::spawn(async move {
        let (mut read, mut write) = far.into_split();
        let copied = copy(&mut read, &mut write).await.expect("it echoes");
        AsyncWriteExt::close(&mut write)
            .await
            .expect("closing does not fail");
        copied
    });
    let (mut read, mut write) = near.into_split();
    let writing = tokio::spawn(async move {
        AsyncWriteExt::write_all(&mut write, &bytes())
            .await
            .expect("writable");
        write.flush().await.expect("flushing does not fail");
        AsyncWriteExt::close(&mut write)
            .await
            .expect("closing does not fail");
        // Half-closed, not closed: it goes on being read from.
        write
    });
    let mut echoed = Vec::new();
    read.read_to_end(&mut echoed).await.expect("readable");
    assert!(echoed == bytes());
    assert_eq!(echo.await.expect("no panic"), LEN as u64);
    let mut write = writing.await.expect("no panic");
    let error = AsyncWriteExt::write(&mut write, b"more")
        .await
        .expect_err("it is half-closed");
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}

#[tokio::test(start_paused = true)]
async fn a_whole_stream_is_read_and_written_too() {
    let (mut near, mut far, _muxes) = streams().await;
    AsyncWriteExt::write_all(&mut near, b"question")
        .await
        .expect("writable");
    AsyncWriteExt::close(&mut near)
        .await
        .expect("closing does not fail");
    let mut question = String::new();
    far.read_to_string(&mut question).await.expect("readable");
    assert_eq!(question, "question");
    AsyncWriteExt::write_all(&mut far, b"answer")
        .await
        .expect("writable");
    let mut answer = [0; 6];
    near.read_exact(&mut answer).await.expect("readable");
    assert_eq!(&answer, b"answer");
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_kinds_of_standard_io() {
    fail(async |mut stream, operation, expected| {
        let result = match operation {
            Operation::Read => AsyncReadExt::read(&mut stream, &mut [0]).await,
            Operation::Write => AsyncWriteExt::write(&mut stream, &[0]).await,
        };
        super::tokio::assert_is(&result.expect_err("it fails"), &expected);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_has_passed_loses_nothing() {
    let (mut near, mut far, muxes) = streams().await;
    near.set_read_deadline(Some(muxes[0].now() + Duration::from_millis(5)));
    let error = AsyncReadExt::read(&mut near, &mut [0; 8])
        .await
        .expect_err("nothing comes");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    let inner = error.into_inner().expect("the error itself is inside");
    assert_eq!(inner.downcast_ref(), Some(&Error::DeadlineExceeded));
    AsyncWriteExt::write_all(&mut far, b"late")
        .await
        .expect("writable");
    near.set_read_deadline(None);
    let mut late = [0; 4];
    near.read_exact(&mut late).await.expect("readable");
    assert_eq!(&late, b"late");
}
