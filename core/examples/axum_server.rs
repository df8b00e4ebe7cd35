//! An echo behind axum's WebSockets, for browsers: with a check of the page's origin, limits, time-outs, and an end on
//! SIGTERM that lets streams finish.
//!
//! ```text
//! cargo run -p strandmux --features tokio,websocket --example axum_server -- 127.0.0.1:7001 1000 https://example.com
//! ```
//!
//! The arguments are the address, how many connections there may be at a time, and the origins whose pages may connect.
//! Behind a proxy that speaks TLS this is a whole server; `web-demo` is a larger one that serves the page, too.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use strandmux::{CloseInfo, Config, MAX_DATA_MESSAGE, Role, Stream, websocket_carrier};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Clients beyond the limit that are told so at a time; others are let go without a word.
const MAX_REFUSALS: usize = 64;
/// The longest WebSocket message that is taken, in bytes. Clients send a little more than 64 KiB by default.
const MAX_MESSAGE: usize = 256 * 1_024;
/// The most that a stream echoes, in bytes. After that it ends.
const MAX_UPLOAD: u64 = 16 * 1_024 * 1_024;
/// The longest that is sent, in bytes: browsers do well with long messages.
const MAX_OWN_MESSAGE: usize = 4 * MAX_DATA_MESSAGE;
/// What waits in a WebSocket, in bytes: what was gathered, and a message on top of it.
const MAX_WRITE_BUFFER: usize = 2 * MAX_OWN_MESSAGE;
/// How long a client may take over its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long streams get to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection's place among those that there may be.
type Place = Arc<OwnedSemaphorePermit>;

#[derive(Clone)]
struct Server {
    origins: Arc<[String]>,
    /// Whether the server stops. Connections hold a receiver until they have ended.
    stop: watch::Receiver<bool>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(addr), Some(max_connections)) = (arguments.next(), arguments.next()) else {
        return Err("say `ADDR MAX_CONNECTIONS [ORIGIN...]`".into());
    };
    let places = Arc::new(Semaphore::new(max_connections.parse()?));
    let listener = TcpListener::bind(addr).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    println!("listening on {}", listener.local_addr()?);

    let (stopping, stop) = watch::channel(false);
    let server = Server {
        origins: arguments.collect(),
        stop,
    };
    tokio::select! {
        () = accept(listener, server, places) => {}
        _ = terminate.recv() => {}
    }
    stopping.send_replace(true);
    stopping.closed().await;
    Ok(())
}

async fn accept(listener: TcpListener, server: Server, places: Arc<Semaphore>) {
    let router = Router::new().route("/mux", any(upgrade)).with_state(server);
    let refusals = Arc::new(Semaphore::new(MAX_REFUSALS));
    let refusing = Router::new().fallback(refuse);
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // The system has no room for another one right now.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (router, place) = if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            (router.clone(), place)
        } else if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
            (refusing.clone(), place)
        } else {
            continue;
        };
        let router = router.layer(Extension(Arc::new(place)));
        // It ends as HTTP when it becomes a WebSocket.
        tokio::spawn(timeout(HANDSHAKE_TIMEOUT, shake_hands(socket, router)));
    }
}

async fn shake_hands(socket: TcpStream, router: Router) {
    // Batching is done already, and a keystroke must not wait for an acknowledgement.
    let _ = socket.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let http = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    let _ = http.with_upgrades().await;
}

async fn upgrade(
    upgrade: WebSocketUpgrade,
    State(server): State<Server>,
    Extension(place): Extension<Place>,
    headers: HeaderMap,
) -> Response {
    if !is_allowed(&headers, &server.origins) {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        // Each connection has them for as long as it lives; by default the first is of 128 KiB.
        .read_buffer_size(16 * 1_024)
        .write_buffer_size(16 * 1_024)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .on_upgrade(move |socket| serve(socket, server.stop, place))
}

/// There are as many connections as there may be.
async fn refuse() -> Response {
    let close = [(header::CONNECTION, "close")];
    (StatusCode::SERVICE_UNAVAILABLE, close).into_response()
}

/// Any page of any site can have a browser open a WebSocket here; only those of known origins may. A client without an
/// origin is no browser.
fn is_allowed(headers: &HeaderMap, origins: &[String]) -> bool {
    let mut sent = headers.get_all(header::ORIGIN).iter();
    match (sent.next(), sent.next()) {
        (None, _) => true,
        (Some(one), None) => origins.iter().any(|origin| origin.as_bytes() == one),
        _ => false,
    }
}

/// One connection. Its heartbeats end it if the client goes silent.
async fn serve(socket: WebSocket, mut stop: watch::Receiver<bool>, _place: Place) {
    let mut config = Config::default();
    config.max_inbound_streams = 256;
    config.max_message_size = MAX_OWN_MESSAGE;
    let carrier = websocket_carrier!(socket, Message, CloseFrame);
    let mux = strandmux::tokio::spawn(carrier, Role::Server, config);
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
    mux.close_with(CloseInfo::new(1_001, "the server stops"))
        .await;
}

async fn echo(stream: Stream) {
    let (read, mut write) = stream.into_split();
    let mut read = read.take(MAX_UPLOAD);
    // An error means that the client has closed the stream or gone.
    let _ = tokio::io::copy(&mut read, &mut write).await;
}
