//! Priorities and statistics by way of the handles.

use strandmux::{Config, Multiplexer, Priority, Stream};
use strandmux_tests::wire::{Message, Part};

use super::{is_waiting, poll_once};
use strandmux_tests::peer::{Peer, client};

/// Opens a stream on which the peer takes much.
async fn open(mux: &Multiplexer, peer: &mut Peer, class: u8) -> Stream {
    let priority = Priority::new(class).expect("classes are 0 to 7");
    let mut open = mux.open().with_priority(priority);
    assert!(is_waiting(&mut open).await);
    let Message::Open(id, _) = peer.message().await else {
        panic!("an open was expected");
    };
    peer.send(Message::Accept(id, 1 << 30));
    open.await.expect("the peer accepted")
}

#[tokio::test(start_paused = true)]
async fn a_more_urgent_write_goes_first_once_there_is_room() {
    let (mux, driver, mut peer) = client(Config::default());
    let driver = tokio::spawn(driver);
    let mut background = open(&mux, &mut peer, 0).await;
    let mut urgent = open(&mux, &mut peer, 5).await;
    let stats = urgent.stats().expect("it is open");
    assert_eq!(stats.priority.class(), 5);

    // The driver is not polled while nothing is awaited, so the outbox fills up.
    let data = vec![0; 1 << 20];
    while poll_once(&mut Box::pin(background.write(&data)))
        .await
        .is_ready()
    {}
    assert!(mux.stats().buffered_bytes > 300_000);
    let data = [2; 200_000];
    let (mut late, mut sooner) = (
        Box::pin(background.write(&[1; 10])),
        Box::pin(urgent.write_all(&data)),
    );
    assert!(is_waiting(&mut late).await && is_waiting(&mut sooner).await);
    let received = async {
        let mut urgent_bytes = 0;
        loop {
            if let Some(Part::Payload(_, payload)) = peer.receive().await {
                urgent_bytes += payload.iter().filter(|byte| **byte == 2).count();
                if payload[0] == 1 {
                    return urgent_bytes;
                }
            }
        }
    };
    let (late, sooner, received) = tokio::join!(late, sooner, received);
    assert_eq!((late, sooner), (Ok(10), Ok(())));
    // The one that waited longer comes after all that the urgent one had.
    assert_eq!(received, data.len());
    urgent.set_priority(Priority::LOWEST);
    assert_eq!(
        urgent.stats().map(|stats| stats.priority),
        Some(Priority::LOWEST)
    );
    urgent.close();
    assert_eq!(urgent.stats(), None);
    drop((mux, urgent));
    driver.abort();
}

#[tokio::test(start_paused = true)]
async fn opens_that_wait_their_turn_are_counted() {
    let mut config = Config::default();
    config.max_unaccepted_opens = 1;
    let (mux, _driver, _peer) = client(config);
    let mut opens = [mux.open(), mux.open(), mux.open()];
    for open in &mut opens {
        assert!(is_waiting(open).await);
    }
    let stats = mux.stats();
    assert_eq!((stats.unaccepted_outbound, stats.queued_opens), (1, 2));
    drop(opens);
    let stats = mux.stats();
    assert_eq!((stats.unaccepted_outbound, stats.queued_opens), (0, 0));
}
