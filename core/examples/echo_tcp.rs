//! An echo over TCP, both ends:
//!
//! ```text
//! cargo run -p strandmux --features tokio --example echo_tcp -- serve 127.0.0.1:7000
//! cargo run -p strandmux --features tokio --example echo_tcp -- 127.0.0.1:7000 hello world
//! ```
//!
//! The server has a limit on connections, and lets streams finish when SIGTERM comes.
//! The client opens a stream for each word, all at once. At the other end may be any program that speaks the protocol,
//! one in Go with mutagen's package for instance.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Config, Multiplexer, Role, Stream};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How many connections are served at a time.
const MAX_CONNECTIONS: usize = 64;
/// How long streams get to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, addr] if command == "serve" => serve(TcpListener::bind(addr).await?).await,
        [addr, words @ ..] => talk(TcpStream::connect(addr).await?, words).await,
        [] => Err("say `serve ADDR`, or `ADDR WORD...`".into()),
    }
}

/// Accepts connections until SIGTERM comes, and then lets those finish that there are.
async fn serve(listener: TcpListener) -> Outcome {
    let mut terminate = signal(SignalKind::terminate())?;
    println!("listening on {}", listener.local_addr()?);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (stopping, stop) = watch::channel(false);
    let accepting = async {
        loop {
            // While all places are taken, who comes waits in the listener's queue.
            let place = Arc::clone(&places).acquire_owned().await?;
            match listener.accept().await {
                Ok((socket, _)) => {
                    tokio::spawn(connection(socket, stop.clone(), place));
                }
                // The client has gone already, or the system has no room for another one right now.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    tokio::select! {
        outcome = accepting => return outcome,
        _ = terminate.recv() => {}
    }
    drop(listener);
    drop(stop);
    stopping.send_replace(true);
    stopping.closed().await;
    Ok(())
}

/// Echoes the streams of one connection. Its heartbeats end it if the client goes silent.
async fn connection(
    socket: TcpStream,
    mut stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    // It fails only on a socket that is gone already, which the first read will notice.
    let _ = socket.set_nodelay(true);
    let mux = strandmux::tokio::spawn(IoCarrier::new(socket), Role::Server, Config::default());
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            accepted = mux.accept() => match accepted {
                Ok(stream) => { streams.spawn(echo(stream)); }
                Err(_) => return,
            },
            Some(_) = streams.join_next() => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
    let finished = async { while streams.join_next().await.is_some() {} };
    let _ = timeout(DRAIN_TIMEOUT, finished).await;
    mux.close().await;
}

async fn echo(stream: Stream) {
    let (mut read, mut write) = stream.into_split();
    // An error means that the client has closed the stream or gone. The writer half-closes the stream when it is dropped.
    let _ = tokio::io::copy(&mut read, &mut write).await;
}

async fn talk(socket: TcpStream, words: &[String]) -> Outcome {
    socket.set_nodelay(true)?;
    let mux = strandmux::tokio::spawn(IoCarrier::new(socket), Role::Client, Config::default());
    let calls: Vec<_> = words
        .iter()
        .map(|word| tokio::spawn(call(mux.clone(), word.clone())))
        .collect();
    for call in calls {
        println!("{}", call.await??);
    }
    mux.close().await;
    Ok(())
}

/// Sends the word on a stream of its own, and reads the answer.
async fn call(mux: Multiplexer, word: String) -> Outcome<String> {
    let mut stream = mux.open().await?;
    stream.set_deadline(Some(mux.now() + Duration::from_secs(10)));
    stream.write_all(word.as_bytes()).await?;
    stream.close_write();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
