//! An echo over TCP, both ends:
//!
//! ```text
//! cargo run -p strandmux --features tokio --example echo_tcp -- serve 127.0.0.1:7000
//! cargo run -p strandmux --features tokio --example echo_tcp -- 127.0.0.1:7000 hello world
//! ```
//!
//! The client opens a stream for each word, all at once. At the other end may be any program that speaks the protocol,
//! one in Go with mutagen's package for instance.

use std::error::Error;
use std::time::Duration;

use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Config, Multiplexer, Role};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

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

async fn serve(listener: TcpListener) -> Outcome {
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let mux = strandmux::tokio::spawn(IoCarrier::new(socket), Role::Server, Config::default());
        tokio::spawn(async move {
            while let Ok(stream) = mux.accept().await {
                let (mut read, mut write) = stream.into_split();
                // The writer half-closes the stream when it is dropped.
                tokio::spawn(async move { tokio::io::copy(&mut read, &mut write).await });
            }
        });
    }
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
