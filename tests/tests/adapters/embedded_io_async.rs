//! The traits of embedded Rust.

use embedded_io_async::{Error as _, ErrorKind, Read, ReadExactError, Write};
use strandmux::{Error, ReadHalf, WriteHalf};

use super::{LEN, Operation, bytes, fail, streams};

/// What generic code of that world looks like.
async fn copy<R: Read, W: Write<Error = R::Error>>(
    read: &mut R,
    write: &mut W,
) -> Result<usize, R::Error> {
    let (mut buffer, mut copied) = ([0; 1_000], 0);
    loop {
        let len = read.read(&mut buffer).await?;
        if len == 0 {
            write.flush().await?;
            return Ok(copied);
        }
        write.write_all(&buffer[..len]).await?;
        copied += len;
    }
}

#[tokio::test(start_paused = true)]
async fn it_copies_both_ways_until_half_closed() {
    let (near, far, _muxes) = streams().await;
    let echo = tokio::spawn(async move {
        let (mut read, mut write) = far.into_split();
        // A dropped writer is half-closed.
        copy(&mut read, &mut write).await
    });
    let (mut read, mut write) = near.into_split();
    let writing = tokio::spawn(async move {
        Write::write_all(&mut write, &bytes()).await?;
        write.close_write();
        Ok::<_, Error>(write)
    });
    let mut echoed = vec![0; LEN];
    let exact = Read::read_exact(&mut read, &mut echoed).await;
    assert_eq!(exact, Ok(()));
    assert!(echoed == bytes());
    let beyond = Read::read_exact(&mut read, &mut [0]).await;
    assert_eq!(beyond, Err(ReadExactError::UnexpectedEof));
    assert_eq!(echo.await.expect("no panic"), Ok(LEN));
    let mut write = writing.await.expect("no panic").expect("writable");
    assert_eq!(
        Write::write(&mut write, b"more").await,
        Err(Error::WriteClosed)
    );
}

#[tokio::test(start_paused = true)]
async fn errors_are_this_crates_with_kinds() {
    fail(async |mut stream, operation, expected| {
        let result = match operation {
            Operation::Read => Read::read(&mut stream, &mut [0]).await,
            Operation::Write => Write::write(&mut stream, &[0]).await,
        };
        let error = result.expect_err("it fails");
        let kind = match expected {
            Error::StreamClosed => ErrorKind::NotConnected,
            Error::WriteClosed | Error::RemoteClosed => ErrorKind::BrokenPipe,
            Error::MultiplexerClosed(_) => ErrorKind::ConnectionAborted,
            Error::DeadlineExceeded => ErrorKind::TimedOut,
            ref other => panic!("no stream fails with {other:?}"),
        };
        assert_eq!(error.kind(), kind);
        assert_eq!(error, expected);
    })
    .await;
}

/// The halves can be handed to two tasks of an executor that moves tasks.
#[test]
fn the_halves_have_the_traits() {
    fn check_read<T: Read<Error = Error> + Send>() {}
    fn check_write<T: Write<Error = Error> + Send>() {}
    check_read::<ReadHalf>();
    check_write::<WriteHalf>();
}
