//! The listeners, from the first connection to the last.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use strandmux::carrier::tokio::IoCarrier;
use tokio::net::{TcpListener, TcpStream};

use crate::args::Args;
use crate::hub::{Hub, Place, Registration};
use crate::limits::{HEAD_TIMEOUT, HTTP_TIMEOUT};
use crate::{connection, http, socket};

/// How long connections may take to end after their streams when the server stops. Longer than a multiplexer takes to
/// give up on a peer that reads nothing.
const STOP_TIMEOUT: Duration = Duration::from_secs(6);

/// What an HTTP client is told when there are too many of them.
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// How long to wait before accepting again when the system has no room for another connection.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// The demo server, bound to its addresses.
///
/// [`bind`](Self::bind) it, then [`run`](Self::run) it.
#[derive(Debug)]
pub struct Server {
    http: TcpListener,
    tcp: Option<TcpListener>,
    hub: Arc<Hub>,
}

impl Server {
    /// Binds the addresses that the arguments name. From here on connections queue.
    ///
    /// # Errors
    ///
    /// If an address cannot be bound; the error says which.
    pub async fn bind(args: &Args) -> io::Result<Self> {
        let http = TcpListener::bind((args.host.as_str(), args.port))
            .await
            .map_err(|error| cannot_listen(&format!("{}:{}", args.host, args.port), &error))?;
        let tcp = match &args.tcp {
            Some(addr) => Some(
                TcpListener::bind(addr)
                    .await
                    .map_err(|error| cannot_listen(addr, &error))?,
            ),
            None => None,
        };
        let hub = Arc::new(Hub::new(args));
        Ok(Self { http, tcp, hub })
    }

    /// Where the page is served.
    ///
    /// # Errors
    ///
    /// If the system cannot tell.
    pub fn http_addr(&self) -> io::Result<SocketAddr> {
        self.http.local_addr()
    }

    /// Where plain TCP is served, if it is.
    pub fn tcp_addr(&self) -> Option<io::Result<SocketAddr>> {
        self.tcp.as_ref().map(TcpListener::local_addr)
    }

    /// Serves until `stop` completes. Then it takes no more connections, lets the streams finish that there are, for
    /// at most [`Limits::drain`](crate::Limits::drain), and closes every connection.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { http, tcp, hub } = self;
        let router = http::router(Arc::clone(&hub));
        tokio::spawn(accept(http, Arc::clone(&hub), BUSY, {
            let hub = Arc::clone(&hub);
            move |socket, peer, place| {
                serve_http(socket, peer, place, router.clone(), hub.register())
            }
        }));
        if let Some(listener) = tcp {
            tokio::spawn(accept(listener, Arc::clone(&hub), b"", {
                let hub = Arc::clone(&hub);
                move |socket, peer, place| {
                    let (carrier, name) = (IoCarrier::new(socket), format!("tcp {peer}"));
                    connection::serve(carrier, name, Arc::clone(&hub), place)
                }
            }));
        }
        stop.await;
        let bound = STOP_TIMEOUT + Duration::from_secs(hub.limits.drain);
        if tokio::time::timeout(bound, hub.stop()).await.is_err() {
            eprintln!("some connections did not end in time");
        }
    }
}

fn cannot_listen(addr: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}"))
}

/// Accepts connections until the server stops. Those beyond the limit get `refusal`.
async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    hub: Arc<Hub>,
    refusal: &'static [u8],
    serve: impl Fn(TcpStream, SocketAddr, Place) -> F,
) {
    let mut registration = hub.register();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = registration.stopped() => return,
        };
        match accepted {
            Ok((socket, peer)) => match hub.admit() {
                Some(place) => {
                    socket::prepare(&socket);
                    tokio::spawn(serve(socket, peer, place));
                }
                None => refuse(socket, refusal),
            },
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

/// Says no, as far as the socket takes it at once.
fn refuse(socket: TcpStream, refusal: &[u8]) {
    let _ = socket
        .into_std()
        .and_then(|mut socket| socket.write(refusal));
}

/// Serves the page, or a WebSocket's handshake, on one connection. It takes its time only within bounds.
async fn serve_http(
    socket: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: Router,
    mut registration: Registration,
) {
    let router = router
        .layer(Extension(ConnectInfo(peer)))
        .layer(Extension(place));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = pin!(connection);
    let serving = async {
        tokio::select! {
            _ = connection.as_mut() => {}
            () = registration.stopped() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    };
    // However it ended, the client knows.
    let _ = tokio::time::timeout(HTTP_TIMEOUT, serving).await;
}
