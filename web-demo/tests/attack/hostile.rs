//! Attacks, with raw bytes over TCP and WebSockets.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use strandmux::Config;

use super::demo::Demo;

const MIB: usize = 1 << 20;

/// Runs `attack` beside a connection that goes on to be served, and asserts that the server's memory never grows by
/// more than `bound` bytes. The server says `reason` at the end.
async fn withstands(
    bound: usize,
    reason: &str,
    attack: impl FnOnce(&Demo) -> io::Result<()> + Send + 'static,
) {
    let demo = Demo::start();
    let bystander = demo.connect(Config::default()).await;
    demo.assert_serves(&bystander).await;
    let before = demo.peak_memory();
    let attacking = tokio::task::spawn_blocking(move || {
        // That the server hangs up on it is what an attacker must expect.
        let _ = attack(&demo);
        demo
    });
    let demo = attacking.await.expect("no panic");
    demo.assert_serves(&bystander).await;
    let grown = demo.peak_memory() - before;
    println!("grew by {} KiB of {} MiB", grown / 1_024, bound / MIB);
    assert!(grown <= bound, "grew by {grown} bytes, more than {bound}");
    demo.expect_log(reason);
    demo.assert_serves(&bystander).await;
    assert_eq!(bystander.close_reason(), None);
}

fn uvarint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 128 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A message of a kind and some numbers.
fn message(kind: u8, numbers: &[u64]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(numbers.iter().flat_map(|number| uvarint(*number)));
    bytes
}

/// Writes pieces until the server hangs up or they are over, then reads to the end.
fn write_all(socket: &mut TcpStream, pieces: impl Iterator<Item = Vec<u8>>) -> io::Result<()> {
    let mut batch = Vec::new();
    for piece in pieces {
        batch.extend(piece);
        if batch.len() > 64 * 1_024 {
            socket.write_all(&batch)?;
            batch.clear();
        }
    }
    socket.write_all(&batch)
}

/// Waits for the server to hang up.
fn read_to_end(socket: &mut TcpStream) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut buffer = [0; 65_536];
    while socket.read(&mut buffer)? > 0 {}
    Ok(())
}

/// A WebSocket after its handshake.
fn websocket(addr: SocketAddr) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(addr)?;
    let request = format!(
        "GET /mux HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte)?;
        head.extend(byte);
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "no WebSocket");
    Ok(socket)
}

/// A frame of a WebSocket, masked with zeros: `first` is its first byte.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, 128 | 127];
    bytes.extend((payload.len() as u64).to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

#[tokio::test]
async fn a_million_opens_against_the_server() {
    withstands(16 * MIB, "rejected faster", |demo| {
        let mut socket = TcpStream::connect(demo.tcp)?;
        let opens = (0..1_000_000).map(|at| message(1, &[2 * at + 1, 100]));
        write_all(&mut socket, opens)?;
        read_to_end(&mut socket)
    })
    .await;
}

/// They come faster than they can be accepted or rejected, whatever is read. More than the backlog at once is what ends
/// it, as such a client does not wait for a single answer.
#[tokio::test]
async fn rapid_reset_against_the_server() {
    withstands(16 * MIB, "rejected faster", |demo| {
        let mut socket = TcpStream::connect(demo.tcp)?;
        let mut reader = socket.try_clone()?;
        let reading = std::thread::spawn(move || read_to_end(&mut reader));
        let resets = (0..200_000).map(|at| {
            let id = 2 * at + 1;
            // With a heartbeat, as it may take a while.
            [message(1, &[id, 100]), message(6, &[id]), vec![0]].concat()
        });
        write_all(&mut socket, resets)?;
        socket.shutdown(std::net::Shutdown::Write)?;
        reading.join().expect("no panic")
    })
    .await;
}

/// As many streams, but each waits for its answer. That is no attack, and costs nothing that stays.
#[tokio::test]
async fn streams_that_come_and_go_are_served() {
    let demo = Demo::start();
    let mux = demo.connect(Config::default()).await;
    let churn = async |count: usize| {
        for _ in 0..count {
            drop(mux.open().await.expect("it is accepted"));
        }
    };
    churn(5_000).await;
    let before = demo.peak_memory();
    churn(20_000).await;
    demo.assert_serves(&mux).await;
    let grown = demo.peak_memory() - before;
    assert!(grown <= 4 * MIB, "grew by {grown} bytes");
    assert_eq!(mux.close_reason(), None);
}

/// A download with a window without end, of which nothing is read.
#[tokio::test]
async fn a_download_that_is_never_read() {
    withstands(16 * MIB, "heartbeat", |demo| {
        let mut socket = TcpStream::connect(demo.tcp)?;
        let line = b"SOURCE 1000000000\n";
        socket.write_all(&message(1, &[1, u64::MAX]))?;
        // The accept, which must come first.
        let mut answer = [0; 2];
        socket.read_exact(&mut answer)?;
        socket.write_all(&[3, 1, 0, line.len() as u8])?;
        socket.write_all(line)?;
        // Without heartbeats it is over soon, if not for another reason.
        std::thread::sleep(Duration::from_secs(11));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_text_message() {
    withstands(16 * MIB, "the peer sent a text message", |demo| {
        let mut socket = websocket(demo.http)?;
        socket.write_all(&frame(0x81, b"hello"))?;
        read_to_end(&mut socket)
    })
    .await;
}

#[tokio::test]
async fn a_message_of_64_mebibytes() {
    withstands(16 * MIB, "carrier failed", |demo| {
        let mut socket = websocket(demo.http)?;
        // In frames of 8 MiB, as a single one would be refused at its header; and a byte more than may be.
        let part = vec![0; 8 * MIB];
        for at in 0..8 {
            let first = if at == 0 { 0x02 } else { 0x00 };
            socket.write_all(&frame(first, &part))?;
        }
        socket.write_all(&frame(0x80, &[0]))?;
        read_to_end(&mut socket)
    })
    .await;
}

#[tokio::test]
async fn garbage_against_the_server() {
    withstands(16 * MIB, "unknown kind", |demo| {
        let mut socket = TcpStream::connect(demo.tcp)?;
        let mut bytes = message(1, &[1, 100]);
        bytes.extend([0, 0, 0, 99, 1, 3, 5]);
        socket.write_all(&bytes)?;
        read_to_end(&mut socket)
    })
    .await;
}
