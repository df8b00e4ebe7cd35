//! Data goes through.

use strandmux::{ReadHalf, WriteHalf};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Duplex;
use super::data::{check, poll_once, read_all, send};

const MIB: usize = 1 << 20;

/// Eight mebibytes each way at once, in pieces of all sizes, arrive as they were sent.
pub async fn basic_io(duplex: Duplex) {
    let (mut near_read, near_write) = duplex.near.into_split();
    let (mut far_read, far_write) = duplex.far.into_split();
    let there = tokio::spawn(send(near_write, 1, 8 * MIB));
    let back = tokio::spawn(send(far_write, 2, 8 * MIB + 3));
    let near = tokio::spawn(async move { check(&mut near_read, 2).await });
    assert_eq!(check(&mut far_read, 1).await, 8 * MIB);
    assert_eq!(near.await.expect("no panic"), 8 * MIB + 3);
    for sent in [there, back] {
        assert_eq!(sent.await.expect("no panic"), Ok(()));
    }
}

/// Two ends answer each other with a number that counts down.
pub async fn ping_pong(duplex: Duplex) {
    async fn play(mut read: ReadHalf, mut write: WriteHalf) {
        let mut buffer = [0; 8];
        while read.read_exact(&mut buffer).await.is_ok() {
            let number = u64::from_le_bytes(buffer);
            if number == 0 {
                break;
            }
            let next = (number - 1).to_le_bytes();
            write.write_all(&next).await.expect("writable");
        }
    }
    let (near_read, mut near_write) = duplex.near.into_split();
    let (far_read, far_write) = duplex.far.into_split();
    near_write
        .write_all(&1_000u64.to_le_bytes())
        .await
        .expect("writable");
    let far = tokio::spawn(play(far_read, far_write));
    play(near_read, near_write).await;
    far.await.expect("no panic");
}

/// A writer goes as far as the window and no further until the peer reads.
pub async fn window_holds_a_writer(duplex: Duplex) {
    const WINDOW: usize = 65_535;
    let (_near_read, mut near_write) = duplex.near.into_split();
    let mut far = duplex.far;
    let writer = tokio::spawn(async move {
        let mut written = 0;
        while written < WINDOW {
            written += near_write.write(&vec![7; 100_000]).await.expect("writable");
        }
        assert_eq!(written, WINDOW);
        let mut more = Box::pin(near_write.write(b"more"));
        let early = poll_once(&mut more).await;
        assert!(early.is_pending(), "wrote beyond the window: {early:?}");
        // The peer reads nothing before it has seen this.
        assert_eq!(more.await, Ok(4));
    });
    far.read_exact(&mut vec![0; WINDOW + 4])
        .await
        .expect("readable");
    writer.await.expect("no panic");
}

/// Nothing is written by an empty write and read into an empty buffer, and neither waits.
pub async fn empty_buffers(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    assert_eq!(near.write(&[]).await, Ok(0));
    assert_eq!(near.read(&mut []).await, Ok(0));
    assert_eq!(near.write_all(&[]).await, Ok(()));
    near.write_all(b"x").await.expect("writable");
    assert_eq!(far.read(&mut []).await, Ok(0));
    let mut buffer = [0; 8];
    assert_eq!(far.read(&mut buffer).await, Ok(1));
    near.close_write();
    assert_eq!(far.read(&mut []).await, Ok(0));
    assert_eq!(far.read(&mut buffer).await, Ok(0));
}

/// Streams are tokio's streams: its `copy` echoes, its `shutdown` half-closes.
pub async fn echo_by_tokio(duplex: Duplex) {
    let echo = tokio::spawn(async move {
        let (mut read, mut write) = duplex.far.into_split();
        let copied = tokio::io::copy(&mut read, &mut write).await;
        write.shutdown().await.expect("half-closes");
        copied.expect("copies")
    });
    let (mut read, mut write) = duplex.near.into_split();
    let sender = tokio::spawn(async move {
        for _ in 0..100 {
            write.write_all(&[5; 3_000]).await.expect("writable");
        }
        write.shutdown().await.expect("half-closes");
    });
    assert_eq!(read_all(&mut read).await, vec![5; 300_000]);
    assert_eq!(echo.await.expect("no panic"), 300_000);
    sender.await.expect("no panic");
}
