//! The connection to the server: a multiplexer in the client's role.

use std::path::Path;
use std::str::FromStr;

use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Config, Multiplexer, Role};
use strandmux_tests::{tls, tungstenite};
use tokio::net::TcpStream;

use super::Outcome;

/// The variable that names the certificate to trust over TLS.
const CERTIFICATE: &str = "STRANDMUX_TEST_CERTIFICATE";

/// Where the server is.
#[derive(Debug)]
pub(crate) enum Address {
    /// A URL.
    WebSocket(String),
    /// Host and port.
    Tcp(String),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("ws://") || text.starts_with("wss://") {
            return Ok(Self::WebSocket(text.to_owned()));
        }
        match text.strip_prefix("tcp://") {
            Some(rest) => Ok(Self::Tcp(rest.trim_end_matches('/').to_owned())),
            None => Err(format!(
                "{text:?} is neither ws://HOST:PORT/PATH, wss://localhost:PORT/PATH nor tcp://HOST:PORT"
            )),
        }
    }
}

/// Opens a connection of its own to the server.
pub(crate) async fn connect(address: &Address) -> Outcome<Multiplexer> {
    let mut config = Config::default();
    // The original opens a hundred streams without waiting for the first to be accepted.
    config.accept_backlog = 256;
    match address {
        Address::WebSocket(url) if url.starts_with("wss://") => {
            let certificate = std::env::var_os(CERTIFICATE)
                .ok_or_else(|| format!("{CERTIFICATE} does not name a file"))?;
            let socket = tls::connect(url, Path::new(&certificate)).await?;
            let carrier = tungstenite::carrier(socket);
            Ok(strandmux::tokio::spawn(carrier, Role::Client, config))
        }
        Address::WebSocket(url) => {
            let (socket, _) = tokio_tungstenite::connect_async_with_config(url, None, true)
                .await
                .map_err(|error| format!("cannot connect to {url}: {error}"))?;
            let carrier = tungstenite::carrier(socket);
            Ok(strandmux::tokio::spawn(carrier, Role::Client, config))
        }
        Address::Tcp(address) => {
            let socket = TcpStream::connect(address)
                .await
                .map_err(|error| format!("cannot connect to {address}: {error}"))?;
            socket.set_nodelay(true)?;
            let carrier = IoCarrier::new(socket);
            Ok(strandmux::tokio::spawn(carrier, Role::Client, config))
        }
    }
}
