//! Failures at opening and accepting.

use std::task::Poll;
use std::time::Duration;

use strandmux::proto::Connection;
use strandmux::{CloseReason, Config, Limit, Role};
use strandmux_tests::peer::client;
use strandmux_tests::wire::Message;

use super::{NOW, sent};

/// Opens at once from many threads leave the original out of order, and its peer takes that for an attack. A burst
/// of them overruns its backlog of ten, so that 89 of 100 are rejected.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_opens_at_once_leave_in_order_and_wait_their_turn() {
    let mut config = Config::default();
    config.heartbeat_transmit_interval = Duration::ZERO;
    config.max_heartbeat_receive_interval = Duration::ZERO;
    let (mux, driver, mut peer) = client(config);
    tokio::spawn(driver);
    let opening: Vec<_> = (0..100)
        .map(|_| {
            let mux = mux.clone();
            tokio::spawn(async move { mux.open().await })
        })
        .collect();
    let (mut last, mut unanswered) = (0, Vec::new());
    for _ in 0..100 {
        let open = tokio::time::timeout(Duration::from_millis(50), peer.message()).await;
        let id = match open {
            Ok(Message::Open(id, 65_535)) => id,
            Ok(other) => panic!("{other:?} instead of an open"),
            Err(_) => {
                // No more come until these are answered.
                for id in unanswered.drain(..) {
                    peer.send(Message::Accept(id, 1));
                }
                match peer.message().await {
                    Message::Open(id, 65_535) => id,
                    other => panic!("{other:?} instead of an open"),
                }
            }
        };
        assert!(id > last && id % 2 == 1, "{id} after {last}");
        last = id;
        unanswered.push(id);
        assert!(unanswered.len() < 10, "the peer's backlog overflows");
    }
    for id in unanswered {
        peer.send(Message::Accept(id, 1));
    }
    let mut ids = Vec::new();
    for opened in opening {
        let stream = opened.await.expect("no panic").expect("it is accepted");
        ids.push(stream.id());
    }
    ids.sort_unstable();
    assert!(ids.iter().copied().eq((1..200).step_by(2)));
    assert_eq!(mux.close_reason(), None);
}

/// The original returns such a stream in 189 of 400 runs.
#[test]
fn a_stream_whose_opener_has_gone_is_not_accepted() {
    let mut server = Connection::new(Role::Server, Config::default(), NOW);
    assert!(server.accept().is_pending());
    server.handle_input(NOW, &[1, 1, 5, 6, 1]);
    assert!(server.accept().is_pending());
    assert_eq!(sent(&mut server), [6, 1]);
    server.handle_input(NOW, &[1, 3, 5, 1, 5, 5, 6, 3]);
    let Poll::Ready(Ok(id)) = server.accept() else {
        panic!("stream 5 is there");
    };
    assert_eq!(id.value(), 5);
    assert_eq!(sent(&mut server), [6, 3, 2, 5, 0xff, 0xff, 3]);
}

/// The original answers each in memory: 76 MB after three million. How much memory it takes here is measured in
/// `hostile`.
#[test]
fn opens_from_a_peer_that_reads_nothing_end_the_connection() {
    let mut server = Connection::new(Role::Server, Config::default(), NOW);
    let mut opened = 0;
    for id in (1..6_000_000).step_by(2) {
        server.handle_input(NOW, &Message::Open(id, 65_535).encode());
        if server.close_reason().is_some() {
            break;
        }
        opened += 1;
    }
    // The backlog and the rejections that may wait.
    assert_eq!(opened, 10 + 1_024);
    let reason = CloseReason::Limit(Limit::QueuedRejections);
    assert_eq!(server.close_reason(), Some(&reason));
    assert_eq!(server.poll_transmit(), None);
}
