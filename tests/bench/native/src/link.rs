//! A link that takes its time, between TCP connections on this machine.
//!
//! Every byte arrives a fixed delay after it has left. With a rate, all connections share the link: their
//! packets leave one after the other, in the order in which they came, and a connection whose packets wait for
//! more than [`QUEUE`] is not read from until they have left, like one before a router with a short queue.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

/// How much may wait before the link, as time.
const QUEUE: Duration = Duration::from_millis(20);

/// What the link sends at a time if it has a rate: a packet.
const PACKET: usize = 1_448;

/// What it passes on at a time if it has none.
const CHUNK: usize = 64 * 1_024;

/// The most chunks or packets that are on their way in one direction of a connection.
const FLIGHT: usize = 4_096;

/// What the kernel keeps for a connection over a link with a rate. More would be a part of the path
/// that no real one has. Its segments are packets too: those of this machine are longer than the buffer, and wait for it to
/// empty.
const SOCKET_BUFFER: usize = 16 * 1_024;

/// How a link is.
#[derive(Debug, Clone, Copy)]
pub struct Properties {
    /// How long a byte travels, in either direction.
    pub delay: Duration,
    /// Bytes a second in either direction, if limited.
    pub rate: Option<u64>,
}

/// One direction of a link.
#[derive(Debug)]
struct Direction {
    properties: Properties,
    /// When everything before will have left.
    free: Mutex<Instant>,
}

impl Direction {
    fn new(properties: Properties) -> Self {
        let free = Mutex::new(Instant::now());
        Self { properties, free }
    }

    /// When `len` bytes that come now will have left.
    fn departure(&self, len: usize) -> Instant {
        let now = Instant::now();
        let Some(rate) = self.properties.rate else {
            return now;
        };
        let mut free = self.free.lock().expect("no holder panics");
        *free = (*free).max(now) + Duration::from_secs_f64(len as f64 / rate as f64);
        *free
    }
}

/// Passes connections to `listener` on to `to` for as long as the process lives.
pub fn run(listener: &TcpListener, to: SocketAddr, properties: Properties) -> io::Result<()> {
    let up = Arc::new(Direction::new(properties));
    let down = Arc::new(Direction::new(properties));
    if properties.rate.is_some() {
        // Before a connection arrives: it takes the size over, and cannot shrink what it has offered.
        let listener = SockRef::from(listener);
        listener.set_recv_buffer_size(SOCKET_BUFFER)?;
        listener.set_tcp_mss(PACKET as u32)?;
    }
    for near in listener.incoming() {
        let (near, far) = (near?, connect(to, properties)?);
        near.set_nodelay(true)?;
        far.set_nodelay(true)?;
        pipe(near.try_clone()?, far.try_clone()?, Arc::clone(&up));
        pipe(far, near, Arc::clone(&down));
    }
    Ok(())
}

fn connect(to: SocketAddr, properties: Properties) -> io::Result<TcpStream> {
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(to),
        socket2::Type::STREAM,
        None,
    )?;
    if properties.rate.is_some() {
        socket.set_recv_buffer_size(SOCKET_BUFFER)?;
        socket.set_tcp_mss(PACKET as u32)?;
    }
    socket.connect(&to.into())?;
    Ok(socket.into())
}

/// Moves bytes from one socket to another, in threads of its own until either fails or ends.
fn pipe(from: TcpStream, to: TcpStream, direction: Arc<Direction>) {
    let (sender, receiver) = sync_channel(FLIGHT);
    thread::spawn(move || take(from, &direction, &sender));
    thread::spawn(move || deliver(to, &receiver));
}

fn take(mut from: TcpStream, direction: &Direction, sender: &SyncSender<(Instant, Vec<u8>)>) {
    let size = direction.properties.rate.map_or(CHUNK, |_| PACKET);
    loop {
        let mut bytes = vec![0; size];
        let count = from.read(&mut bytes).unwrap_or(0);
        if count == 0 {
            return;
        }
        bytes.truncate(count);
        let departure = direction.departure(count);
        if sender
            .send((departure + direction.properties.delay, bytes))
            .is_err()
        {
            // The other side is gone, and so is whoever sends on this one.
            let _ = from.shutdown(Shutdown::Both);
            return;
        }
        if let Some(early) = departure.checked_duration_since(Instant::now() + QUEUE) {
            thread::sleep(early);
        }
    }
}

fn deliver(mut to: TcpStream, receiver: &Receiver<(Instant, Vec<u8>)>) {
    for (arrival, bytes) in receiver {
        if let Some(early) = arrival.checked_duration_since(Instant::now()) {
            thread::sleep(early);
        }
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link with an echo behind it.
    fn echo(properties: Properties) -> TcpStream {
        let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let to = server.local_addr().expect("it is bound");
        thread::spawn(move || {
            for socket in server.incoming().flatten() {
                thread::spawn(move || io::copy(&mut &socket, &mut &socket));
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        thread::spawn(move || run(&listener, to, properties));
        TcpStream::connect(address).expect("the link listens")
    }

    /// Sends `len` bytes and reads them back; how long it took.
    fn round_trip(socket: &TcpStream, len: usize) -> Duration {
        let sent: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
        let start = Instant::now();
        thread::scope(|scope| {
            scope.spawn(|| (&*socket).write_all(&sent));
            let mut received = vec![0; len];
            (&*socket)
                .read_exact(&mut received)
                .expect("the echo answers");
            assert!(received == sent, "the link changed bytes");
        });
        start.elapsed()
    }

    // A busy machine adds time and takes none away, so only the least is asserted.

    #[test]
    fn a_byte_takes_the_delay_there_and_back() {
        let delay = Duration::from_millis(30);
        let socket = echo(Properties { delay, rate: None });
        assert!(round_trip(&socket, 1) >= 2 * delay);
    }

    #[test]
    fn many_bytes_travel_at_once() {
        let delay = Duration::from_secs(3_600);
        let mut socket = echo(Properties { delay, rate: None });
        // A link that waited for each chunk to arrive would not take more than the kernel keeps.
        socket
            .set_write_timeout(Some(Duration::from_secs(60)))
            .expect("it is not zero");
        let written = socket.write_all(&vec![0; 64 * 1_024 * 1_024]);
        assert!(written.is_ok(), "{written:?}");
    }

    #[test]
    fn a_rate_is_kept() {
        let rate = 1_000_000;
        let delay = Duration::ZERO;
        let socket = echo(Properties {
            delay,
            rate: Some(rate),
        });
        let least = Duration::from_secs_f64(0.2);
        assert!(round_trip(&socket, rate as usize / 5) >= least);
    }

    #[test]
    fn connections_share_the_rate() {
        let direction = Direction::new(Properties {
            delay: Duration::ZERO,
            rate: Some(1_000),
        });
        let first = direction.departure(100);
        let second = direction.departure(100);
        assert!(second - first >= Duration::from_millis(100));
    }
}
