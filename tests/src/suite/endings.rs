//! How streams end.

use strandmux::Error;
use tokio::io::AsyncReadExt as _;

use super::Duplex;
use super::data::{check, read_all, send};

/// After a half-close one direction goes on, and the other has ended for good.
pub async fn half_close(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    near.write_all(b"question").await.expect("writable");
    near.close_write();
    near.close_write();
    assert_eq!(near.write(b"more").await, Err(Error::WriteClosed));
    let mut question = String::new();
    far.read_to_string(&mut question).await.expect("readable");
    assert_eq!(question, "question");
    assert_eq!(far.read(&mut [0; 8]).await, Ok(0));
    // Only now, with the one direction over, does the other carry anything.
    far.write_all(b"answer").await.expect("writable");
    drop(far);
    let mut answer = String::new();
    near.read_to_string(&mut answer).await.expect("readable");
    assert_eq!(answer, "answer");
    assert_eq!(near.read(&mut [0; 8]).await, Ok(0));
    near.close();
    near.close();
    assert_eq!(near.read(&mut [0; 8]).await, Err(Error::StreamClosed));
}

/// A read that waits fails when its stream is closed here.
pub async fn close_wakes_a_read(duplex: Duplex) {
    let (mut read, write) = duplex.near.into_split();
    let reader = tokio::spawn(async move { read.read(&mut [0; 8]).await });
    tokio::task::yield_now().await;
    write.close();
    assert_eq!(reader.await.expect("no panic"), Err(Error::StreamClosed));
}

/// A write that waits fails when its stream is closed here.
pub async fn close_wakes_a_write(duplex: Duplex) {
    let (read, mut write) = duplex.near.into_split();
    let writer = tokio::spawn(async move { write.write_all(&vec![0; 1 << 20]).await });
    tokio::task::yield_now().await;
    read.close();
    assert_eq!(writer.await.expect("no panic"), Err(Error::StreamClosed));
    // What was written is still there to read, and then the end.
    let (mut far_read, _far_write) = duplex.far.into_split();
    assert!(read_all(&mut far_read).await.len() <= 65_535);
}

/// What was received before the peer closed can be read, then comes the end of the stream.
pub async fn reads_drain_after_peer_close(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    near.write_all(&[9; 50_000]).await.expect("writable");
    near.close();
    while far.write(b"?").await.is_ok() {
        tokio::task::yield_now().await;
    }
    let (mut read, _write) = far.into_split();
    assert_eq!(read_all(&mut read).await, vec![9; 50_000]);
    assert_eq!(read.read(&mut [0; 8]).await, Ok(0));
}

/// Writes fail once the peer has closed, one that waits too.
pub async fn write_after_peer_close(duplex: Duplex) {
    let mut near = duplex.near;
    let writer = tokio::spawn(async move {
        let result = near.write_all(&vec![0; 1 << 20]).await;
        (near, result)
    });
    let mut far = duplex.far;
    far.read_exact(&mut [0; 1_000]).await.expect("readable");
    far.close();
    let (mut near, result) = writer.await.expect("no panic");
    assert_eq!(result, Err(Error::RemoteClosed));
    assert_eq!(near.write(b"x").await, Err(Error::RemoteClosed));
    near.close_write();
    assert_eq!(near.write(b"x").await, Err(Error::WriteClosed));
    assert_eq!(near.read(&mut [0; 8]).await, Ok(0));
}

/// A close directly after a write loses nothing of it.
pub async fn close_flushes(duplex: Duplex) {
    const LEN: usize = 300_000;
    let (near_read, near_write) = duplex.near.into_split();
    let sender = tokio::spawn(async move {
        let sent = send(near_write, 3, LEN).await;
        near_read.close();
        sent
    });
    let (mut far_read, _far_write) = duplex.far.into_split();
    assert_eq!(check(&mut far_read, 3).await, LEN);
    assert_eq!(sender.await.expect("no panic"), Ok(()));
}

/// Dropping a stream closes it; dropping a writing half half-closes it.
pub async fn drop_closes(duplex: Duplex) {
    let (mut near, far) = (duplex.near, duplex.far);
    let (far_read, far_write) = far.into_split();
    drop(far_write);
    assert_eq!(near.read(&mut [0; 8]).await, Ok(0));
    near.write_all(b"still read").await.expect("writable");
    drop(far_read);
    while near.write(b"?").await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert_eq!(near.write(b"?").await, Err(Error::RemoteClosed));
}
