//! What the multiplexers under the streams do.

use strandmux::{CloseInfo, CloseReason, Error, Multiplexer};
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinSet;

use super::Duplex;
use super::data::{check, send};

/// Addresses and identifiers are the original's, and of the right parity.
pub async fn addresses(duplex: Duplex) {
    let id = duplex.near.id();
    assert_eq!(duplex.far.id(), id);
    assert_eq!(id.is_multiple_of(2), duplex.near_mux.role().is_even());
    assert_eq!(duplex.near.local_addr().to_string(), format!("local:{id}"));
    assert_eq!(duplex.far.remote_addr().to_string(), format!("remote:{id}"));
    for mux in [&duplex.near_mux, &duplex.far_mux] {
        let parity = if mux.role().is_even() { "even" } else { "odd" };
        assert_eq!(mux.addr().to_string(), format!("multiplexer:{parity}"));
    }
    let (second, accepted) = tokio::join!(duplex.near_mux.open(), duplex.far_mux.accept());
    assert_eq!(second.map(|stream| stream.id()), Ok(id + 2));
    assert_eq!(accepted.map(|stream| stream.id()), Ok(id + 2));
}

/// A hundred streams opened at once from each side all arrive and all work.
pub async fn hundred_opens_from_each_side(duplex: Duplex) {
    let mut tasks = JoinSet::new();
    for mux in [&duplex.near_mux, &duplex.far_mux] {
        for number in 0..100u64 {
            let mux = mux.clone();
            tasks.spawn(async move {
                let stream = mux.open().await.expect("none is lost");
                let (mut read, write) = stream.into_split();
                let len = 100 * number as usize;
                send(write, number, len).await.expect("writable");
                assert_eq!(check(&mut read, number).await, len);
            });
        }
        let mux = mux.clone();
        tasks.spawn(async move {
            for _ in 0..100 {
                let stream = mux.accept().await.expect("none is lost");
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.into_split();
                    tokio::io::copy(&mut read, &mut write)
                        .await
                        .expect("echoes");
                });
            }
        });
    }
    tasks.join_all().await;
}

/// Closing a multiplexer ends what waits on both sides, for the right reason.
pub async fn mux_close_ends_everything(duplex: Duplex) {
    let local = Error::MultiplexerClosed(CloseReason::Local(CloseInfo::default()));
    let waiting = |mux: &Multiplexer, stream: strandmux::Stream| {
        let mux = mux.clone();
        tokio::spawn(async move {
            let (mut read, mut write) = stream.into_split();
            let mut buffer = [0; 8];
            let block = vec![0; 1 << 20];
            let results = tokio::join!(
                read.read(&mut buffer),
                write.write_all(&block),
                mux.accept(),
                mux.closed(),
            );
            let results = (results.0, results.1, results.2.err(), results.3);
            // Dropped, they would be closed, and the peer told so before the end.
            (results, (read, write))
        })
    };
    let near = waiting(&duplex.near_mux, duplex.near);
    let far = waiting(&duplex.far_mux, duplex.far);
    tokio::task::yield_now().await;
    duplex.near_mux.close().await;
    let ((read, write, accept, reason), _near) = near.await.expect("no panic");
    // Both wrote as far as the window, so the reads ended first.
    assert!(read.is_ok() || read == Err(local.clone()), "{read:?}");
    assert_eq!((write, accept), (Err(local.clone()), Some(local.clone())));
    assert_eq!(reason, CloseReason::Local(CloseInfo::default()));
    let ((_, write, accept, reason), _far) = far.await.expect("no panic");
    assert_closed_by_the_peer(&reason);
    let remote = Error::MultiplexerClosed(reason);
    assert_eq!((write, accept), (Err(remote.clone()), Some(remote.clone())));
    for (mux, error) in [(&duplex.near_mux, local), (&duplex.far_mux, remote)] {
        assert_eq!(mux.open().await.err(), Some(error.clone()));
        assert_eq!(mux.accept().await.err(), Some(error));
        assert_eq!(mux.internal_error(), None);
        mux.close().await;
    }
}

/// What was written when the multiplexer closes still arrives and stays readable.
pub async fn mux_close_flushes(duplex: Duplex) {
    let (mut near, mut far) = (duplex.near, duplex.far);
    near.write_all(&[4; 60_000]).await.expect("writable");
    near.close_write();
    duplex.near_mux.close().await;
    assert_closed_by_the_peer(&duplex.far_mux.closed().await);
    let mut received = Vec::new();
    far.read_to_end(&mut received).await.expect("readable");
    assert_eq!(received, vec![4; 60_000]);
}

/// It closed normally, and said so where the carrier has a place for it.
fn assert_closed_by_the_peer(reason: &CloseReason) {
    let CloseReason::Remote(info) = reason else {
        panic!("{reason:?}");
    };
    assert!(matches!(info.code(), None | Some(1_000)), "{info:?}");
    assert_eq!(info.reason(), "");
}
