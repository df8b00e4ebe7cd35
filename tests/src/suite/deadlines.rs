//! Deadlines: past, present and future.

use std::future::poll_fn;
use std::time::Duration;

use strandmux::{Error, Instant, Multiplexer, Stream};
use tokio::io::AsyncReadExt as _;

use super::Duplex;
use super::data::poll_once;

const TIMED_OUT: Result<usize, Error> = Err(Error::DeadlineExceeded);
/// A deadline that has passed.
const LONG_AGO: Instant = Instant::ZERO;

/// Bytes, and their echo.
async fn round_trip(near: &mut Stream, far: &mut Stream) {
    let data: Vec<u8> = (0..=255).collect();
    let mut buffer = vec![0; data.len()];
    near.write_all(&data).await.expect("writable");
    far.read_exact(&mut buffer).await.expect("readable");
    far.write_all(&buffer).await.expect("writable");
    buffer.fill(0);
    near.read_exact(&mut buffer).await.expect("readable");
    assert_eq!(buffer, data);
}

/// Writes until the window is used up, so that the next write waits.
async fn fill(stream: &mut Stream) {
    let block = vec![0; 100_000];
    while poll_once(&mut Box::pin(stream.write(&block)))
        .await
        .is_ready()
    {}
}

fn soon(mux: &Multiplexer) -> Option<Instant> {
    Some(mux.now() + Duration::from_millis(20))
}

/// Reads fail after their deadline; writes do not mind it.
pub async fn read_timeout(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    near.set_read_deadline(Some(LONG_AGO));
    assert_eq!(near.read(&mut [0; 10]).await, TIMED_OUT);
    assert_eq!(near.write(b"ok").await, Ok(2));
    assert_eq!(far.read(&mut [0; 10]).await, Ok(2));
}

/// Writes fail after their deadline; reads do not mind it.
pub async fn write_timeout(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    near.set_write_deadline(Some(LONG_AGO));
    assert_eq!(near.write(b"no").await, TIMED_OUT);
    assert_eq!(far.write(b"ok").await, Ok(2));
    assert_eq!(near.read(&mut [0; 10]).await, Ok(2));
    near.close_write();
    assert_eq!(far.read(&mut [0; 10]).await, Ok(0), "something was written");
}

/// A deadline that has passed and is then cleared leaves no trace.
pub async fn past_timeout(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    round_trip(&mut near, &mut far).await;
    near.set_deadline(Some(LONG_AGO));
    assert_eq!(near.write(&[0; 1_024]).await, TIMED_OUT);
    assert_eq!(near.read(&mut [0; 1_024]).await, TIMED_OUT);
    near.set_deadline(None);
    round_trip(&mut near, &mut far).await;
}

/// Operations that wait end when their deadline is set to now.
pub async fn present_timeout(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    fill(&mut near).await;
    let mux = duplex.near_mux;
    let (mut read, mut write) = near.into_split();
    // Set in the middle of a wait, which only a hand-written future can do.
    let mut buffer = [0; 10];
    let mut is_set = false;
    let waiting_read = poll_fn(|cx| {
        let result = read.poll_read(cx, &mut buffer);
        if !std::mem::replace(&mut is_set, true) {
            assert!(result.is_pending());
            read.set_read_deadline(Some(mux.now()));
        }
        result
    });
    let mut is_set = false;
    let waiting_write = poll_fn(|cx| {
        let result = write.poll_write(cx, &[0; 10]);
        if !std::mem::replace(&mut is_set, true) {
            assert!(result.is_pending());
            write.set_write_deadline(Some(mux.now()));
        }
        result
    });
    let results = tokio::join!(waiting_read, waiting_write);
    assert_eq!(results, (TIMED_OUT, TIMED_OUT));
    assert_eq!(far.write(b"alive").await, Ok(5));
    read.set_read_deadline(None);
    assert_eq!(read.read(&mut [0; 10]).await, Ok(5));
}

/// Operations that wait end when their deadline comes, and work again once it is moved.
pub async fn future_timeout(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    fill(&mut near).await;
    near.set_deadline(soon(&duplex.near_mux));
    let (mut read, mut write) = near.into_split();
    let mut buffer = [0; 10];
    let results = tokio::join!(read.read(&mut buffer), write.write(&[0; 10]));
    assert_eq!(results, (TIMED_OUT, TIMED_OUT));
    // Still, until it is moved.
    assert_eq!(read.read(&mut [0; 10]).await, TIMED_OUT);
    read.set_read_deadline(Some(duplex.near_mux.now() + Duration::from_secs(3_600)));
    write.set_write_deadline(None);
    far.write_all(b"late").await.expect("writable");
    assert_eq!(read.read(&mut [0; 10]).await, Ok(4));
    let drained = tokio::spawn(async move {
        let mut total = 0;
        let mut buffer = [0; 5_000];
        while let Ok(len @ 1..) = far.read(&mut buffer).await {
            total += len;
        }
        total
    });
    assert_eq!(write.write(&[0; 10]).await, Ok(10));
    drop((read, write));
    assert_eq!(drained.await.expect("no panic"), 65_535 + 10);
}

/// Closing ends an operation whose deadline is far away.
pub async fn close_with_deadline(duplex: Duplex) {
    let (near, _far) = (duplex.near, duplex.far);
    near.set_deadline(Some(duplex.near_mux.now() + Duration::from_secs(86_400)));
    let (mut read, write) = near.into_split();
    let mut buffer = [0; 10];
    let mut waiting = Box::pin(read.read(&mut buffer));
    assert!(poll_once(&mut waiting).await.is_pending());
    write.close();
    assert_eq!(waiting.await, Err(Error::StreamClosed));
}
