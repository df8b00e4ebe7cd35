//! An echo that sends no heartbeats and waits for none, to see what they are good for.

use std::time::Duration;

use strandmux::{Config, Role};
use strandmux_tests::tungstenite;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::Outcome;

/// How both of its ends are configured.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.heartbeat_transmit_interval = Duration::ZERO;
    config.max_heartbeat_receive_interval = Duration::ZERO;
    config
}

/// Serves WebSockets for as long as the program runs; where.
pub(crate) async fn start() -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket));
        }
    });
    Ok(addr.to_string())
}

async fn serve(socket: TcpStream) {
    // Something else than a WebSocket, such as a look at whether anyone listens.
    let Ok(socket) = tokio_tungstenite::accept_async(socket).await else {
        return;
    };
    let mux = strandmux::tokio::spawn(tungstenite::carrier(socket), Role::Server, config());
    while let Ok(stream) = mux.accept().await {
        tokio::spawn(async move {
            let (mut read, mut write) = stream.into_split();
            // As the demo has it, the first line names the service.
            read.read_exact(&mut [0; b"ECHO\n".len()]).await?;
            tokio::io::copy(&mut read, &mut write).await
        });
    }
}
