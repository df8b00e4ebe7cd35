//! Attacks, with raw bytes over TCP and WebSockets.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use strandmux::Config;

use super::demo::{Addrs, Demo, assert_serves};

const MIB: usize = 1 << 20;
/// The server's first window for each stream.
const WINDOW: usize = 65_535;

/// How often the bystander must have been served while attacks were under way, ...
const ECHOES: usize = 3;
/// ... of which there are no more than these, as many are over in a moment.
const ATTACKS: usize = 100;

/// Runs `attack` beside a connection that goes on to be served meanwhile, and asserts that the server's memory never
/// grows by more than `bound` bytes. The server says `reason` at the end of every attack.
async fn withstands(bound: usize, reason: &str, attack: fn(Addrs) -> io::Result<()>) {
    let demo = Demo::start();
    let bystander = demo.connect(Config::default()).await;
    assert_serves(&bystander).await;
    let before = demo.peak_memory();
    let (mut echoes, mut attacks) = (0, 0);
    while echoes < ECHOES {
        assert!(attacks < ATTACKS, "served {echoes} times meanwhile");
        attacks += 1;
        let addrs = demo.addrs;
        // That the server hangs up on it is what an attacker must expect.
        let attacking = tokio::task::spawn_blocking(move || attack(addrs).is_ok());
        while !attacking.is_finished() {
            assert_serves(&bystander).await;
            echoes += usize::from(!attacking.is_finished());
            if echoes > ECHOES {
                // The attack goes on, and need not be outdone.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        attacking.await.expect("no panic");
        demo.expect_log(reason);
    }
    assert_serves(&bystander).await;
    let grown = demo.peak_memory() - before;
    println!(
        "{attacks} attacks, {echoes} echoes, grew by {} KiB of {} MiB",
        grown / 1_024,
        bound / MIB
    );
    assert!(grown <= bound, "grew by {grown} bytes, more than {bound}");
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

/// A message of kind 3, which has its length in two bytes.
fn data(id: u64, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("it is short");
    [&message(3, &[id]), &len.to_be_bytes()[..], payload].concat()
}

/// Opens a stream that may be sent so many bytes, and waits until it is accepted.
fn open(socket: &mut TcpStream, id: u64, window: u64) -> io::Result<()> {
    // With a heartbeat, for whom opening many takes a while.
    socket.write_all(&[message(1, &[id, window]), vec![0]].concat())?;
    expect(socket, &message(2, &[id, WINDOW as u64]))
}

/// Reads a message that must be this one, apart from heartbeats.
fn expect(socket: &mut TcpStream, expected: &[u8]) -> io::Result<()> {
    let mut got = vec![0; expected.len()];
    while got[0] == 0 {
        socket.read_exact(&mut got[..1])?;
    }
    socket.read_exact(&mut got[1..])?;
    assert_eq!(got, expected);
    Ok(())
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

/// A connection whose every write leaves at once.
fn tcp(addrs: Addrs) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(addrs.tcp)?;
    socket.set_nodelay(true)?;
    Ok(socket)
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
    withstands(16 * MIB, "rejected faster", |addrs| {
        let mut socket = tcp(addrs)?;
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
    withstands(16 * MIB, "rejected faster", |addrs| {
        let mut socket = tcp(addrs)?;
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
    assert_serves(&mux).await;
    let grown = demo.peak_memory() - before;
    assert!(grown <= 4 * MIB, "grew by {grown} bytes");
    assert_eq!(mux.close_reason(), None);
}

/// Data a byte a message, as much as the windows hold, on streams that are read by nobody; and then one more.
#[tokio::test]
async fn data_of_a_byte_against_the_server() {
    const STREAMS: u64 = 32;
    withstands(16 * MIB, "receive window violation", |addrs| {
        let mut socket = tcp(addrs)?;
        let line = b"HOLD 60000\n";
        for id in (0..STREAMS).map(|at| 2 * at + 1) {
            open(&mut socket, id, 0)?;
            socket.write_all(&data(id, line))?;
        }
        let rest = WINDOW - line.len();
        // With heartbeats, as it may take a while.
        let round = |_| {
            let bytes = (0..STREAMS).map(|at| data(2 * at + 1, b"x"));
            bytes.chain([vec![0]])
        };
        write_all(&mut socket, (0..rest).flat_map(round))?;
        // What may have been read along with the line makes room again, but not for so much.
        write_all(&mut socket, (0..WINDOW).map(|_| data(1, b"x")))?;
        read_to_end(&mut socket)
    })
    .await;
}

/// Each pays for a byte of a download; the last for more than can be counted.
#[tokio::test]
async fn increments_against_the_server() {
    withstands(16 * MIB, "increment overflow", |addrs| {
        let mut socket = tcp(addrs)?;
        open(&mut socket, 1, 0)?;
        socket.write_all(&data(1, b"SOURCE 1000000000\n"))?;
        let mut reader = socket.try_clone()?;
        let reading = std::thread::spawn(move || read_to_end(&mut reader));
        // With heartbeats, as it may take a while.
        let increments = (0..200_000).map(|_| [message(4, &[1, 1]), vec![0]].concat());
        write_all(&mut socket, increments)?;
        // One of them may fit exactly; two cannot.
        let last = [u64::MAX; 2].map(|amount| message(4, &[1, amount]));
        socket.write_all(&last.concat())?;
        reading.join().expect("no panic")
    })
    .await;
}

#[tokio::test]
async fn the_last_identifiers_against_the_server() {
    withstands(16 * MIB, "open id not increasing", |addrs| {
        let mut socket = tcp(addrs)?;
        // From the last one down, which are no more than may be skipped.
        for at in 0..60 {
            open(&mut socket, u64::MAX - 2 * at, 100)?;
        }
        // The very last is one like all others.
        socket.write_all(&data(u64::MAX, b"SOURCE 3\n"))?;
        expect(&mut socket, &data(u64::MAX, &[0, 1, 2]))?;
        socket.write_all(&message(1, &[u64::MAX, 100]))?;
        read_to_end(&mut socket)
    })
    .await;
}

/// As many streams as there may be, of which none may ever send what it has read.
#[tokio::test]
async fn windows_of_zero_against_the_server() {
    withstands(16 * MIB, "heartbeat", |addrs| {
        let mut socket = tcp(addrs)?;
        for id in (0..1_000).map(|at| 2 * at + 1) {
            open(&mut socket, id, 0)?;
            socket.write_all(&data(id, b"ECHO\nnever to be seen"))?;
        }
        // Until the server has waited for a heartbeat in vain.
        read_to_end(&mut socket)
    })
    .await;
}

/// A download with a window without end, of which nothing is read.
#[tokio::test]
async fn a_download_that_is_never_read() {
    withstands(16 * MIB, "heartbeat", |addrs| {
        let mut socket = tcp(addrs)?;
        open(&mut socket, 1, u64::MAX)?;
        socket.write_all(&data(1, b"SOURCE 1000000000\n"))?;
        // Without heartbeats it is over soon, if not for another reason.
        std::thread::sleep(Duration::from_secs(11));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_text_message() {
    withstands(16 * MIB, "the peer sent a text message", |addrs| {
        let mut socket = websocket(addrs.http)?;
        socket.write_all(&frame(0x81, b"hello"))?;
        read_to_end(&mut socket)
    })
    .await;
}

#[tokio::test]
async fn a_message_of_64_mebibytes() {
    withstands(16 * MIB, "Message too long", |addrs| {
        let mut socket = websocket(addrs.http)?;
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
    withstands(16 * MIB, "unknown kind", |addrs| {
        let mut socket = tcp(addrs)?;
        let mut bytes = message(1, &[1, 100]);
        bytes.extend([0, 0, 0, 99, 1, 3, 5]);
        socket.write_all(&bytes)?;
        read_to_end(&mut socket)
    })
    .await;
}
