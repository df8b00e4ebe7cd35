//! The protocol without any runtime: a client on a blocking socket, in one thread.
//!
//! ```text
//! cargo run -p strandmux --example sans_io -- 127.0.0.1:7000 hello
//! ```
//!
//! At that address is an echo, such as the example `echo_tcp serve`. The same loop drives the protocol on a
//! microcontroller, in a simulation, or inside another event loop.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::task::Poll;
use std::time;

use strandmux::proto::Connection;
use strandmux::{Config, Instant, Role};

/// A connection and what it runs on.
struct Link {
    connection: Connection,
    socket: TcpStream,
    start: time::Instant,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(addr), Some(word)) = (arguments.next(), arguments.next()) else {
        return Err("say `ADDR WORD`".into());
    };
    let mut link = Link {
        connection: Connection::new(Role::Client, Config::default(), Instant::ZERO),
        socket: TcpStream::connect(addr)?,
        start: time::Instant::now(),
    };
    link.socket.set_nodelay(true)?;

    let id = link.wait_for(Connection::open)??;
    link.wait_for(|connection| connection.poll_opened(id))??;
    let mut rest = word.as_bytes();
    while !rest.is_empty() {
        let len = link.wait_for(|connection| connection.write(id, rest))??;
        rest = &rest[len..];
    }
    link.connection.close_write(id);
    let (mut answer, mut buffer) = (Vec::new(), [0; 1_024]);
    loop {
        match link.wait_for(|connection| connection.read(id, &mut buffer))?? {
            0 => break,
            len => answer.extend_from_slice(&buffer[..len]),
        }
    }
    println!("{}", String::from_utf8_lossy(&answer));

    link.connection.close();
    link.transmit()?;
    link.socket.shutdown(Shutdown::Write)?;
    Ok(())
}

impl Link {
    /// Runs the connection until the operation is ready. It fails with the rest when the connection closes.
    fn wait_for<T>(
        &mut self,
        mut operation: impl FnMut(&mut Connection) -> Poll<T>,
    ) -> io::Result<T> {
        loop {
            if let Poll::Ready(result) = operation(&mut self.connection) {
                return Ok(result);
            }
            self.turn()?;
        }
    }

    /// Output, then input or the time, whichever comes first.
    fn turn(&mut self) -> io::Result<()> {
        self.transmit()?;
        let timeout = self.connection.poll_timeout();
        let left = timeout.map(|at| at.saturating_duration_since(self.now()));
        // Zero would wait for ever.
        let left = left.map(|left| left.max(time::Duration::from_millis(1)));
        self.socket.set_read_timeout(left)?;
        let mut buffer = [0; 16 * 1_024];
        match self.socket.read(&mut buffer) {
            Ok(0) => self.connection.handle_end(),
            Ok(len) => self.connection.handle_input(self.now(), &buffer[..len]),
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        self.connection.handle_timeout(self.now());
        // They name what is worth trying again; here that is the one operation.
        while self.connection.poll_event().is_some() {}
        Ok(())
    }

    fn transmit(&mut self) -> io::Result<()> {
        while let Some(bytes) = self.connection.poll_transmit() {
            self.socket.write_all(&bytes)?;
        }
        Ok(())
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }
}

fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock | Interrupted)
}
