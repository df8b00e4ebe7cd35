//! Silence, lateness, and clocks that jump.

use std::time::Duration;

use strandmux::carrier::tokio::IoCarrier;
use strandmux::proto::Connection;
use strandmux::{CloseInfo, CloseReason, Config, Error, Instant, Role};
use strandmux_tests::peer::client;
use strandmux_tests::wire::Message;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_stall_is_survived_up_to_the_heartbeat_and_no_longer() {
    let (mux, driver, mut peer) = client(Config::default());
    tokio::spawn(driver);
    peer.send(Message::Open(2, 9));
    let mut stream = mux.accept().await.expect("one was opened");
    // All that a stalled link holds back arrives at once.
    tokio::time::sleep(9 * SECOND).await;
    peer.send_bytes(&[0, 3, 2, 0, 1, b'x']);
    let mut buffer = [0; 9];
    assert_eq!(stream.read(&mut buffer).await, Ok(1));
    let closed = mux.closed();
    let start = tokio::time::Instant::now();
    assert_eq!(closed.await, CloseReason::HeartbeatTimeout);
    let waited = start.elapsed();
    assert!(waited >= 10 * SECOND && waited < 11 * SECOND, "{waited:?}");
    let error = Error::MultiplexerClosed(CloseReason::HeartbeatTimeout);
    assert_eq!(stream.read(&mut buffer).await, Err(error.clone()));
    assert_eq!(mux.accept().await.err(), Some(error));
}

/// The laptop was asleep: the clock has jumped, and what arrived meanwhile is taken before the peer is given up.
#[tokio::test(start_paused = true)]
async fn a_peer_whose_heartbeat_lies_waiting_survives_a_jump_of_the_clock() {
    for is_heartbeat_there in [true, false] {
        let (mux, driver, mut peer) = client(Config::default());
        tokio::spawn(driver);
        tokio::time::sleep(SECOND).await;
        if is_heartbeat_there {
            peer.send(Message::Heartbeat);
        }
        // Nobody is polled before the time is over.
        tokio::time::advance(3_600 * SECOND).await;
        tokio::time::sleep(SECOND / 10).await;
        let reason = (!is_heartbeat_there).then_some(CloseReason::HeartbeatTimeout);
        assert_eq!(mux.close_reason(), reason);
    }
}

/// A clock that goes back is against its contract, but no reason to panic, nor to declare the peer dead.
#[test]
fn a_clock_that_goes_back_ends_nothing() {
    let at = Instant::from_millis;
    let mut server = Connection::new(Role::Server, Config::default(), at(1_000_000));
    server.handle_timeout(at(1_005_000));
    assert_eq!(server.poll_transmit(), Some(vec![0]));
    server.handle_input(at(5), &[0, 1, 1, 9]);
    server.handle_timeout(at(0));
    assert_eq!(server.close_reason(), None);
    assert!(server.accept().is_ready());
    // From then on it goes by the clock as it is.
    server.handle_timeout(at(10_004));
    assert_eq!(server.close_reason(), None);
    server.handle_timeout(at(10_005));
    assert_eq!(server.close_reason(), Some(&CloseReason::HeartbeatTimeout));
}

/// A peer that shuts down its sending side says goodbye, and is not left hanging for an answer.
#[tokio::test]
async fn a_carrier_that_is_half_closed_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    let mut peer = TcpStream::connect(addr).await.expect("it listens");
    let (socket, _) = listener.accept().await.expect("one connects");
    let mux = strandmux::tokio::spawn(IoCarrier::new(socket), Role::Server, Config::default());
    peer.write_all(&[1, 1, 9]).await.expect("it takes bytes");
    let mut stream = mux.accept().await.expect("one was opened");
    let mut answer = [0; 5];
    peer.read_exact(&mut answer).await.expect("it answers");
    assert_eq!(answer, [2, 1, 0xff, 0xff, 3]);
    peer.write_all(&[3, 1, 0, 1, b'x'])
        .await
        .expect("it takes bytes");
    peer.shutdown().await.expect("it is there");
    let reason = CloseReason::Remote(CloseInfo::default());
    assert_eq!(mux.closed().await, reason);
    assert_eq!(peer.read(&mut answer).await.expect("a clean end"), 0);
    let mut buffer = [0; 9];
    assert_eq!(stream.read(&mut buffer).await, Ok(1));
    let error = Error::MultiplexerClosed(reason);
    assert_eq!(stream.read(&mut buffer).await, Err(error));
}
