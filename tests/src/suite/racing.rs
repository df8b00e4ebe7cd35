//! Several tasks use a stream at once.

use std::sync::Arc;
use std::time::Duration;

use strandmux::{Error, Multiplexer, Stream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Duplex;
use super::data::{Data, read_all, send};

/// How long an operation may take that is likely to be cut short.
const MOMENT: Duration = Duration::from_millis(1);

/// Reads by ten tasks, many of them given up, lose and repeat nothing.
pub async fn racy_read(duplex: Duplex) {
    const LEN: usize = 2 << 20;
    let (_near_read, near_write) = duplex.near.into_split();
    let sender = tokio::spawn(send(near_write, 5, LEN));
    let expected = Data::new(5);
    let shared = Arc::new(Mutex::new((duplex.far, expected, 0)));
    let mut readers = JoinSet::new();
    for task in 0..10 {
        let shared = shared.clone();
        let clock = duplex.far_mux.clone();
        readers.spawn(async move {
            loop {
                let (far, expected, total) = &mut *shared.lock().await;
                let mut buffer = vec![0; 1_000 * (task + 1)];
                let read = read_somehow(&clock, far, &mut buffer, task).await;
                let Some(len) = read else { continue };
                if len == 0 {
                    break;
                }
                *total += len;
                assert!(buffer[..len] == expected.take(len), "wrong bytes");
            }
        });
    }
    readers.join_all().await;
    assert_eq!(shared.lock().await.2, LEN);
    assert_eq!(sender.await.expect("no panic"), Ok(()));
}

/// Reads with a deadline, or with a future that is dropped, or for as long as it takes.
async fn read_somehow(
    clock: &Multiplexer,
    stream: &mut Stream,
    buffer: &mut [u8],
    way: usize,
) -> Option<usize> {
    let read = match way % 3 {
        0 => {
            stream.set_read_deadline(Some(clock.now() + MOMENT));
            let read = stream.read(buffer).await;
            stream.set_read_deadline(None);
            read
        }
        1 => tokio::time::timeout(MOMENT, stream.read(buffer))
            .await
            .ok()?,
        _ => stream.read(buffer).await,
    };
    match read {
        Ok(len) => Some(len),
        Err(Error::DeadlineExceeded) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Writes by ten tasks, many of them given up: what is said to be written arrives, in order, and nothing
/// else.
pub async fn racy_write(duplex: Duplex) {
    let (mut far_read, _far_write) = duplex.far.into_split();
    let reader = tokio::spawn(async move { read_all(&mut far_read).await });
    let shared = Arc::new(Mutex::new((duplex.near, Vec::new())));
    let mut writers = JoinSet::new();
    for task in 0..10u8 {
        let shared = shared.clone();
        let clock = duplex.near_mux.clone();
        writers.spawn(async move {
            for _ in 0..20 {
                let (near, log) = &mut *shared.lock().await;
                let data = vec![task; 10_000 * (usize::from(task) + 1)];
                let written = match task % 3 {
                    0 => {
                        near.set_write_deadline(Some(clock.now() + MOMENT));
                        let written = near.write(&data).await;
                        near.set_write_deadline(None);
                        written
                    }
                    1 => match tokio::time::timeout(MOMENT, near.write(&data)).await {
                        Ok(written) => written,
                        Err(_) => continue,
                    },
                    _ => near.write(&data).await,
                };
                match written {
                    Ok(len) => log.extend_from_slice(&data[..len]),
                    Err(Error::DeadlineExceeded) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    writers.join_all().await;
    let (near, log) = &*shared.lock().await;
    near.close_write();
    let received = reader.await.expect("no panic");
    assert_eq!(received.len(), log.len());
    assert!(received == *log, "wrong bytes");
}

/// Everything that can be called on a stream is called from many tasks at once.
pub async fn concurrent_methods(duplex: Duplex) {
    let echo = tokio::spawn(async move {
        let (mut read, mut write) = duplex.far.into_split();
        // It ends when the other end closes, at whatever point.
        let _ = tokio::io::copy(&mut read, &mut write).await;
    });
    let (read, write) = duplex.near.into_split();
    let (read, write) = (Arc::new(Mutex::new(read)), Arc::new(Mutex::new(write)));
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (read, clock) = (read.clone(), duplex.near_mux.clone());
        tasks.spawn(async move {
            let mut read = read.lock().await;
            read.set_read_deadline(Some(clock.now() + MOMENT));
            let _ = (read.id(), read.local_addr(), read.remote_addr());
            let result = read.read(&mut [0; 1_024]).await;
            assert!(
                matches!(result, Ok(1..) | Err(Error::DeadlineExceeded)),
                "{result:?}"
            );
        });
        let (write, clock) = (write.clone(), duplex.near_mux.clone());
        tasks.spawn(async move {
            let mut write = write.lock().await;
            write.set_write_deadline(Some(clock.now() + MOMENT));
            let _ = (write.id(), write.local_addr(), write.remote_addr());
            let result = write.write(&[0; 1_024]).await;
            assert!(
                matches!(result, Ok(1..) | Err(Error::DeadlineExceeded)),
                "{result:?}"
            );
        });
    }
    tasks.join_all().await;
    drop((read, write));
    echo.await.expect("no panic");
}
