//! The services of `services.mjs` in Rust, over bare WebSockets or over strandmux.
//!
//! Usage: `server bare|strandmux`. Prints `listening on PORT`, and ends with its standard input.

use std::io::Read as _;

use futures_util::{SinkExt as _, StreamExt as _};
use strandmux::{Config, MAX_DATA_MESSAGE, Role, Stream, websocket_carrier};
use strandmux_bench::pattern::{Checker, PIECE, piece};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Bytes, Message};

/// The longest line that asks for something, in bytes.
const MAX_COMMAND: usize = 64;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let is_bare = std::env::args().nth(1).as_deref() == Some("bare");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    loop {
        let (socket, _) = listener.accept().await?;
        // Pages end in the middle of things.
        tokio::spawn(async move {
            let _ = connection(socket, is_bare).await;
        });
    }
}

async fn connection(socket: TcpStream, is_bare: bool) -> Result<(), Failure> {
    socket.set_nodelay(true)?;
    let socket = tokio_tungstenite::accept_async(socket).await?;
    if is_bare {
        return bare(socket).await;
    }
    let carrier = websocket_carrier!(socket, Message, CloseFrame);
    let mut config = Config::default();
    config.accept_backlog = 1_024;
    config.max_message_size = 4 * MAX_DATA_MESSAGE;
    config.max_inbound_streams = 16_384;
    let mux = strandmux::tokio::spawn(carrier, Role::Server, config);
    // In the connection's task, as tasks of their own would take a stream two hundred bytes more.
    let serving = mux.incoming().for_each_concurrent(None, async |stream| {
        // Its failure is its own.
        let _ = serve(stream).await;
    });
    serving.await;
    Ok(())
}

/// What a stream asks for.
enum Command {
    Echo,
    Source { size: f64 },
    Sink { size: f64, step: f64, is_full: bool },
}

impl Command {
    fn parse(line: &[u8]) -> Result<Self, Failure> {
        let words: Vec<&str> = str::from_utf8(line)?.split(' ').collect();
        // `Infinity` is a number here as it is in JavaScript.
        match words.as_slice() {
            ["ECHO"] => Ok(Self::Echo),
            ["SOURCE", size] => Ok(Self::Source {
                size: size.parse()?,
            }),
            ["SINK", size, step, mode] => Ok(Self::Sink {
                size: size.parse()?,
                step: step.parse()?,
                is_full: *mode == "full",
            }),
            _ => Err("no such service".into()),
        }
    }
}

/// The command in what has arrived, and the bytes after it, once its line is whole.
fn split(arrived: &[u8]) -> Result<Option<(Command, Vec<u8>)>, Failure> {
    let Some(end) = arrived.iter().position(|&byte| byte == b'\n') else {
        return Ok(None);
    };
    Ok(Some((
        Command::parse(&arrived[..end])?,
        arrived[end + 1..].to_vec(),
    )))
}

/// Counts what a SINK receives, and says when that has to be reported.
struct Sink {
    checker: Checker,
    size: f64,
    step: f64,
    next: f64,
}

impl Sink {
    fn new(size: f64, step: f64, is_full: bool) -> Self {
        let checker = Checker::new(is_full);
        Self {
            checker,
            size,
            step,
            next: step.min(size),
        }
    }

    fn add(&mut self, chunk: &[u8]) -> Option<[u8; 8]> {
        self.checker.add(chunk);
        let count = self.checker.count() as f64;
        if count < self.next {
            return None;
        }
        self.next = (count + self.step).min(self.size.max(count + 1.0));
        Some(count.to_le_bytes())
    }
}

/// A stream that waits for its command is small; what serves it is made when something comes.
async fn serve(mut stream: Stream) -> Result<(), Failure> {
    let Some(first) = stream.read_chunk(MAX_COMMAND).await? else {
        return Ok(());
    };
    Box::pin(serve_all(stream, first.into())).await
}

async fn serve_all(mut stream: Stream, mut arrived: Vec<u8>) -> Result<(), Failure> {
    loop {
        if let Some((command, rest)) = split(&arrived)? {
            return work(stream, command, rest).await;
        }
        let space = MAX_COMMAND.saturating_sub(arrived.len());
        let Some(more) = stream.read_chunk(space).await? else {
            return Ok(());
        };
        arrived.extend(Vec::from(more));
    }
}

async fn work(mut stream: Stream, command: Command, rest: Vec<u8>) -> Result<(), Failure> {
    match command {
        Command::Source { size } => {
            let mut sent = 0;
            while (sent as f64) < size {
                let bytes = piece(sent, left(sent, size));
                stream.write_all(bytes).await?;
                sent += bytes.len() as u64;
            }
            stream.close_write();
            let mut ignored = [0; 64];
            while stream.read(&mut ignored).await? > 0 {}
        }
        Command::Echo => {
            stream.write_all(&rest).await?;
            let mut buffer = vec![0; PIECE];
            loop {
                let count = stream.read(&mut buffer).await?;
                if count == 0 {
                    break;
                }
                stream.write_all(&buffer[..count]).await?;
            }
        }
        Command::Sink {
            size,
            step,
            is_full,
        } => {
            let mut sink = Sink::new(size, step, is_full);
            let mut buffer = vec![0; 4 * PIECE];
            let mut report = sink.add(&rest);
            loop {
                if let Some(report) = report {
                    stream.write_all(&report).await?;
                }
                let count = stream.read(&mut buffer).await?;
                if count == 0 {
                    break;
                }
                report = sink.add(&buffer[..count]);
            }
        }
    }
    Ok(())
}

async fn bare(mut socket: WebSocketStream<TcpStream>) -> Result<(), Failure> {
    let Some((command, rest)) = split(&next(&mut socket).await?)? else {
        return Err("a command in two messages".into());
    };
    match command {
        Command::Source { size } => {
            let mut sent = 0;
            while (sent as f64) < size {
                let bytes = piece(sent, left(sent, size));
                socket
                    .send(Message::Binary(Bytes::from_static(bytes)))
                    .await?;
                sent += bytes.len() as u64;
            }
            next(&mut socket).await?;
        }
        Command::Echo => {
            let mut message = Bytes::from(rest);
            loop {
                if !message.is_empty() {
                    socket.send(Message::Binary(message)).await?;
                }
                message = next(&mut socket).await?;
            }
        }
        Command::Sink {
            size,
            step,
            is_full,
        } => {
            let mut sink = Sink::new(size, step, is_full);
            loop {
                if let Some(report) = sink.add(&next(&mut socket).await?) {
                    socket
                        .send(Message::Binary(Bytes::copy_from_slice(&report)))
                        .await?;
                }
            }
        }
    }
    Ok(())
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Bytes, Failure> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(bytes))) => return Ok(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(_)) | None => return Err("closed".into()),
            Some(Err(error)) => return Err(error.into()),
        }
    }
}

/// How many of `size` bytes are left.
fn left(sent: u64, size: f64) -> u64 {
    (size - sent as f64) as u64
}
