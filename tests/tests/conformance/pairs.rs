//! Connected multiplexers, client and server, over each carrier.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::time::Duration;

use ::axum::Router;
use ::axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use ::axum::routing::any;
use strandmux::carrier::futures_io;
use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Carrier, Config, Multiplexer, Role, websocket_carrier};
use strandmux_tests::random;
use strandmux_tests::sim::{LinkConfig, carrier};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::compat::TokioAsyncReadCompatExt as _;

/// A client on the one carrier and a server on the other.
fn spawn<C, S>(client: C, server: S) -> (Multiplexer, Multiplexer)
where
    C: Carrier + Send + 'static,
    S: Carrier + Send + 'static,
{
    (
        strandmux::tokio::spawn(client, Role::Client, Config::default()),
        strandmux::tokio::spawn(server, Role::Server, Config::default()),
    )
}

pub(crate) async fn memory() -> (Multiplexer, Multiplexer) {
    let (client, server) = strandmux::carrier::memory::pair();
    spawn(client, server)
}

/// Over a pipe too narrow for most messages.
pub(crate) async fn duplex() -> (Multiplexer, Multiplexer) {
    let (client, server) = tokio::io::duplex(1_000);
    spawn(IoCarrier::new(client), IoCarrier::new(server))
}

/// The same pipe, by the traits of the futures crates.
pub(crate) async fn futures() -> (Multiplexer, Multiplexer) {
    let (client, server) = tokio::io::duplex(1_000);
    spawn(
        futures_io::IoCarrier::new(client.compat()),
        futures_io::IoCarrier::new(server.compat()),
    )
}

/// Over a link with a latency, a capacity and random cuts, in virtual time.
pub(crate) async fn simulated() -> (Multiplexer, Multiplexer) {
    let link = LinkConfig {
        latency: Duration::from_millis(25),
        rate: Some(5_000_000),
        buffer: 20_000,
        max_chunk: 5_000,
    };
    let (client, server) = carrier::pair([link.clone(), link], random::seed());
    spawn(client, server)
}

pub(crate) async fn tcp() -> (Multiplexer, Multiplexer) {
    let (client, server) = sockets().await;
    spawn(IoCarrier::new(client), IoCarrier::new(server))
}

pub(crate) async fn tungstenite() -> (Multiplexer, Multiplexer) {
    let (client, server) = sockets().await;
    let (client, server) = tokio::join!(
        tokio_tungstenite::client_async("ws://localhost/", client),
        tokio_tungstenite::accept_async(server),
    );
    let (client, _) = client.expect("the server agrees");
    spawn(
        strandmux_tests::tungstenite::carrier(client),
        strandmux_tests::tungstenite::carrier(server.expect("the client agrees")),
    )
}

/// An axum server, and tokio-tungstenite as its client.
pub(crate) async fn axum() -> (Multiplexer, Multiplexer) {
    let (accepted, mut accepting) = mpsc::channel(1);
    let upgrade = async move |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async move |socket| {
            let carrier = websocket_carrier!(socket, Message, CloseFrame);
            let server = strandmux::tokio::spawn(carrier, Role::Server, Config::default());
            accepted.send(server).await.expect("it is waited for");
        })
    };
    let listener = TcpListener::bind(ANY).await.expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    let app = Router::new().route("/mux", any(upgrade));
    tokio::spawn(async move { ::axum::serve(listener, app).await });
    let url = format!("ws://{addr}/mux");
    let client = tokio_tungstenite::connect_async(url).await;
    let (client, _) = client.expect("the server agrees");
    let carrier = strandmux_tests::tungstenite::carrier(client);
    let client = strandmux::tokio::spawn(carrier, Role::Client, Config::default());
    let server = poll_fn(|cx| accepting.poll_recv(cx)).await;
    (client, server.expect("the client has connected"))
}

/// Loopback, any port.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Two ends of a TCP connection.
async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(ANY).await.expect("a port is free");
    let addr = listener.local_addr().expect("it is bound");
    let (client, server) = tokio::join!(TcpStream::connect(addr), listener.accept());
    let (client, (server, _)) = (client.expect("it listens"), server.expect("one connects"));
    for socket in [&client, &server] {
        socket.set_nodelay(true).expect("a socket has that");
    }
    (client, server)
}
