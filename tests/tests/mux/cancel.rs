//! Futures that are dropped before they are ready.

use strandmux::{Config, Error};
use strandmux_tests::wire::Message;

use super::{is_waiting, poll_once};
use strandmux_tests::peer::client;

const WINDOW: u64 = 65_535;

#[tokio::test(start_paused = true)]
async fn an_open_dropped_before_it_is_sent_is_never_heard_of() {
    let (mux, driver, mut peer) = client(Config::default());
    let mut open = mux.open();
    assert!(is_waiting(&mut open).await);
    drop(open);
    let driver = tokio::spawn(driver);
    let mut second = mux.open();
    assert!(is_waiting(&mut second).await);
    assert_eq!(peer.message().await, Message::Open(3, WINDOW));
    peer.send(Message::Accept(3, 10));
    assert_eq!(second.await.map(|stream| stream.id()), Ok(3));
    assert_eq!(peer.message().await, Message::Close(3));
    drop(mux);
    driver.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn an_open_dropped_after_it_was_sent_is_closed() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    let mut open = mux.open();
    assert!(is_waiting(&mut open).await);
    assert_eq!(peer.message().await, Message::Open(1, WINDOW));
    drop(open);
    assert_eq!(peer.message().await, Message::Close(1));
    // What the peer sent before it heard of that is nothing to the next one.
    peer.send(Message::Accept(1, 10));
    peer.send_bytes(&[3, 1, 0, 2, 7, 7, 4, 1, 5, 5, 1, 6, 1]);
    let mut second = mux.open();
    assert!(is_waiting(&mut second).await);
    assert_eq!(peer.message().await, Message::Open(3, WINDOW));
    peer.send(Message::Accept(3, 10));
    assert_eq!(second.await.map(|stream| stream.id()), Ok(3));
    assert_eq!(mux.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn an_open_dropped_when_its_answer_has_come_is_closed() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    let mut open = mux.open();
    assert!(is_waiting(&mut open).await);
    assert_eq!(peer.message().await, Message::Open(1, WINDOW));
    peer.send(Message::Accept(1, 10));
    tokio::task::yield_now().await;
    drop(open);
    assert_eq!(peer.message().await, Message::Close(1));
}

#[tokio::test(start_paused = true)]
async fn an_open_that_gives_up_its_place_lets_the_next_one_go() {
    let mut config = Config::default();
    config.max_unaccepted_opens = 1;
    let (mux, driver, mut peer) = client(config);
    tokio::spawn(driver);
    let mut opens: Vec<_> = (0..4).map(|_| mux.open()).collect();
    for open in &mut opens {
        assert!(is_waiting(open).await);
    }
    assert_eq!(peer.message().await, Message::Open(1, WINDOW));
    // One from the middle of the line, and then the one that has just been told to go.
    drop(opens.remove(1));
    peer.send(Message::Accept(1, 10));
    let first = opens.remove(0).await;
    assert_eq!(first.as_ref().map(|stream| stream.id()), Ok(1));
    drop(opens.remove(0));
    let last = opens.remove(0);
    let answered = async {
        let Message::Open(id, _) = peer.message().await else {
            panic!("the last in line has not opened");
        };
        peer.send(Message::Accept(id, 10));
        id
    };
    let (last, id) = tokio::join!(last, answered);
    assert_eq!(last.map(|stream| stream.id()), Ok(id));
}

#[tokio::test(start_paused = true)]
async fn an_accept_that_is_dropped_loses_no_stream() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    let mut first = mux.accept();
    let mut second = mux.accept();
    let mut third = mux.accept();
    for accept in [&mut first, &mut second, &mut third] {
        assert!(is_waiting(accept).await);
    }
    peer.send(Message::Open(2, 10));
    peer.send(Message::Open(4, 10));
    tokio::task::yield_now().await;
    // Told that there is something, it goes without looking.
    drop(first);
    assert_eq!(second.await.map(|stream| stream.id()), Ok(2));
    assert_eq!(third.await.map(|stream| stream.id()), Ok(4));
}

#[tokio::test(start_paused = true)]
async fn streams_are_accepted_in_the_order_of_the_accepts() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    let mut first = mux.accept();
    let mut second = mux.accept();
    assert!(is_waiting(&mut first).await && is_waiting(&mut second).await);
    peer.send(Message::Open(2, 10));
    peer.send(Message::Open(4, 10));
    // Whichever is polled first, the first gets the first.
    let (second, first) = tokio::join!(second, first);
    assert_eq!(first.map(|stream| stream.id()), Ok(2));
    assert_eq!(second.map(|stream| stream.id()), Ok(4));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_dropped_loses_no_byte() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    peer.send(Message::Open(2, 10));
    let mut stream = mux.accept().await.expect("one was opened");
    let mut buffer = [0; 8];
    let mut read = Box::pin(stream.read(&mut buffer));
    assert!(is_waiting(&mut read).await);
    peer.send_bytes(&[3, 2, 0, 3, 1, 2, 3]);
    tokio::task::yield_now().await;
    drop(read);
    assert_eq!(stream.read(&mut buffer).await, Ok(3));
    assert_eq!(buffer[..3], [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_dropped_while_it_waits_writes_nothing() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    peer.send(Message::Open(2, 3));
    let mut stream = mux.accept().await.expect("one was opened");
    assert_eq!(peer.message().await, Message::Accept(2, WINDOW));
    assert_eq!(stream.write(b"abcdef").await, Ok(3));
    let mut write = Box::pin(stream.write(b"def"));
    assert!(is_waiting(&mut write).await);
    drop(write);
    peer.send(Message::WindowIncrement(2, 100));
    tokio::task::yield_now().await;
    assert_eq!(stream.write(b"ghi").await, Ok(3));
    assert_eq!(peer.message().await, Message::Data(2, 3));
    peer.receive().await;
    assert_eq!(peer.message().await, Message::Data(2, 3));
    let payload = strandmux_tests::wire::Part::Payload(2, b"ghi".to_vec());
    assert_eq!(peer.receive().await, Some(payload));
}

#[tokio::test(start_paused = true)]
async fn a_rejected_open_says_so_and_the_next_one_goes() {
    let mut config = Config::default();
    config.max_unaccepted_opens = 1;
    let (mux, driver, mut peer) = client(config);
    tokio::spawn(driver);
    let mut opens = [mux.open(), mux.open()];
    for open in &mut opens {
        assert!(is_waiting(open).await);
    }
    assert_eq!(peer.message().await, Message::Open(1, WINDOW));
    peer.send(Message::Close(1));
    let [first, mut second] = opens;
    assert_eq!(first.await.err(), Some(Error::StreamRejected));
    assert!(poll_once(&mut second).await.is_pending());
    assert_eq!(peer.message().await, Message::Open(3, WINDOW));
    peer.send(Message::Accept(3, 1));
    assert_eq!(second.await.map(|stream| stream.id()), Ok(3));
}
