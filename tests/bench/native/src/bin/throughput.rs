//! How fast streams over one TCP connection on this machine are, with both ends in this process.
//!
//! Usage: `throughput raw|strandmux|yamux|qmux STREAMS BYTES`. Uploads `BYTES` over `STREAMS` streams at once,
//! through buffers of the same size for everyone, and prints `{"rate":BYTES_PER_SECOND}`. `raw` is a TCP
//! connection for each stream.

use std::net::SocketAddr;
use std::time::Instant;

use futures_util::future::{poll_fn, try_join_all};
use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Config, Role};
use strandmux_bench::pattern::{Checker, PIECE, piece};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::{FuturesAsyncReadCompatExt as _, TokioAsyncReadCompatExt as _};
use web_transport_trait::{RecvStream as _, SendStream as _, Session as _};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What is sent first, untimed, with every byte compared.
const WARM_UP: u64 = 16 * 1_024 * 1_024;

/// What the receiver reads into.
const BUFFER: usize = 4 * PIECE;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, streams, bytes] = arguments.as_slice() else {
        return Err("usage: throughput raw|strandmux|yamux|qmux STREAMS BYTES".into());
    };
    let (streams, bytes): (usize, u64) = (streams.parse()?, bytes.parse()?);
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let server = kind.clone();
    // A thread and a runtime for each end, as if they were two programs.
    std::thread::spawn(move || {
        // The listener belongs to the runtime that it is made in.
        runtime().block_on(async { serve(&server, TcpListener::from_std(listener)?).await })
    });
    runtime().block_on(async {
        upload(kind, address, 1, WARM_UP).await?;
        let start = Instant::now();
        let size = upload(kind, address, streams, bytes).await?;
        println!(
            "{{\"rate\":{}}}",
            size as f64 / start.elapsed().as_secs_f64()
        );
        Ok(())
    })
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime can be made")
}

/// Sends `bytes` in all; how many that were once each stream has its share.
async fn upload(
    kind: &str,
    address: SocketAddr,
    streams: usize,
    bytes: u64,
) -> Result<u64, Failure> {
    let share = bytes / streams as u64;
    match kind {
        "raw" => {
            let sockets = try_join_all((0..streams).map(|_| connect(address))).await?;
            all(sockets, share).await?;
        }
        "strandmux" => {
            let carrier = IoCarrier::new(connect(address).await?);
            let mux = strandmux::tokio::spawn(carrier, Role::Client, Config::default());
            let opened = try_join_all((0..streams).map(|_| mux.open())).await?;
            all(opened, share).await?;
        }
        "yamux" => {
            let socket = connect(address).await?.compat();
            let mut connection =
                yamux::Connection::new(socket, yamux::Config::default(), yamux::Mode::Client);
            let mut opened = Vec::new();
            for _ in 0..streams {
                opened.push(
                    poll_fn(|cx| connection.poll_new_outbound(cx))
                        .await?
                        .compat(),
                );
            }
            tokio::spawn(async move {
                while let Some(Ok(_)) = poll_fn(|cx| connection.poll_next_inbound(cx)).await {}
            });
            all(opened, share).await?;
        }
        "qmux" => {
            let session = qmux::tcp::Config::new(qmux::Version::QMux02)
                .connect(address)
                .await?;
            let opened = try_join_all((0..streams).map(|_| session.open_bi())).await?;
            let sent = opened
                .into_iter()
                .map(|(write, read)| tokio::spawn(send_qmux(write, read, share)));
            for result in try_join_all(sent).await? {
                result?;
            }
        }
        _ => return Err("no such contender".into()),
    }
    Ok(share * streams as u64)
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

async fn all<S>(streams: Vec<S>, share: u64) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let sent = streams
        .into_iter()
        .map(|stream| tokio::spawn(send(stream, share)));
    for result in try_join_all(sent).await? {
        result?;
    }
    Ok(())
}

/// Sends the size and as many bytes, and waits for the receiver to have them all.
async fn send<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, size: u64) -> Result<(), Failure> {
    stream.write_all(&size.to_le_bytes()).await?;
    let mut sent = 0;
    while sent < size {
        let bytes = piece(sent, size - sent);
        stream.write_all(bytes).await?;
        sent += bytes.len() as u64;
    }
    stream.flush().await?;
    stream.read_u8().await?;
    stream.shutdown().await?;
    Ok(())
}

async fn send_qmux(
    mut write: qmux::SendStream,
    mut read: qmux::RecvStream,
    size: u64,
) -> Result<(), Failure> {
    write.write_all(&size.to_le_bytes()).await?;
    let mut sent = 0;
    while sent < size {
        let bytes = piece(sent, size - sent);
        write.write_all(bytes).await?;
        sent += bytes.len() as u64;
    }
    read.read(&mut [0])
        .await?
        .ok_or("ended before its answer")?;
    write.finish()?;
    Ok(())
}

async fn serve(kind: &str, listener: TcpListener) -> Result<(), Failure> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        match kind {
            "raw" => drop(tokio::spawn(receive(socket))),
            "strandmux" => {
                let mux =
                    strandmux::tokio::spawn(IoCarrier::new(socket), Role::Server, server_config());
                tokio::spawn(async move {
                    while let Ok(stream) = mux.accept().await {
                        tokio::spawn(receive(stream));
                    }
                });
            }
            "yamux" => {
                let config = yamux::Config::default();
                let mut connection =
                    yamux::Connection::new(socket.compat(), config, yamux::Mode::Server);
                tokio::spawn(async move {
                    while let Some(Ok(stream)) =
                        poll_fn(|cx| connection.poll_next_inbound(cx)).await
                    {
                        tokio::spawn(receive(stream.compat()));
                    }
                });
            }
            _ => {
                let session = qmux::tcp::Config::new(qmux::Version::QMux02)
                    .accept(socket)
                    .await?;
                tokio::spawn(async move {
                    while let Ok((write, read)) = session.accept_bi().await {
                        tokio::spawn(receive_qmux(write, read));
                    }
                });
            }
        }
    }
}

/// Room for all the streams that are opened at once.
fn server_config() -> Config {
    let mut config = Config::default();
    config.accept_backlog = 1_024;
    config
}

async fn receive<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> Result<(), Failure> {
    let size = stream.read_u64_le().await?;
    let mut checker = Checker::new(size == WARM_UP);
    let mut buffer = vec![0; BUFFER];
    while checker.count() < size {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err("ended early".into());
        }
        checker.add(&buffer[..count]);
    }
    stream.write_all(&[0]).await?;
    stream.flush().await?;
    // Until the sender ends: some close a stream as soon as it is dropped.
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

async fn receive_qmux(
    mut write: qmux::SendStream,
    mut read: qmux::RecvStream,
) -> Result<(), Failure> {
    let mut size = [0; 8];
    let mut filled = 0;
    while filled < size.len() {
        filled += read.read(&mut size[filled..]).await?.ok_or("ended early")?;
    }
    let size = u64::from_le_bytes(size);
    let mut checker = Checker::new(size == WARM_UP);
    let mut buffer = vec![0; BUFFER];
    while checker.count() < size {
        let count = read.read(&mut buffer).await?.ok_or("ended early")?;
        checker.add(&buffer[..count]);
    }
    write.write_all(&[0]).await?;
    while read.read(&mut buffer).await?.is_some() {}
    Ok(())
}
