//! The listeners, from the first connection to the last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use strandmux::carrier::tokio::IoCarrier;
use tokio::net::{TcpListener, TcpStream};

use crate::args::Args;
use crate::connection;
use crate::http;
use crate::hub::{Hub, Registration};

/// How long connections may take to end when the server stops. Longer than a multiplexer takes to
/// give up on a peer that reads nothing.
const STOP_TIMEOUT: Duration = Duration::from_secs(6);

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
        let hub = Arc::new(Hub::new(args.test_services));
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

    /// Serves until `stop` completes; then lets every connection send what it has and closes it.
    ///
    /// # Errors
    ///
    /// If the page can no longer be served.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { http, tcp, hub } = self;
        let mut listening = hub.register();
        let listener = http.tap_io(disable_nagle);
        let service =
            http::router(Arc::clone(&hub)).into_make_service_with_connect_info::<SocketAddr>();
        let pages = axum::serve(listener, service)
            .with_graceful_shutdown(async move { listening.stopped().await })
            .into_future();
        let mut pages = tokio::spawn(pages);
        if let Some(listener) = tcp {
            tokio::spawn(serve_tcp(listener, Arc::clone(&hub), hub.register()));
        }

        tokio::select! {
            () = stop => {}
            ended = &mut pages => return ended?,
        }
        let ended = tokio::time::timeout(STOP_TIMEOUT, async {
            hub.stop().await;
            pages.await?
        });
        ended.await.unwrap_or_else(|_| {
            eprintln!("some connections did not end in time");
            Ok(())
        })
    }
}

fn cannot_listen(addr: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}"))
}

/// Accepts connections of plain TCP until the server stops.
async fn serve_tcp(listener: TcpListener, hub: Arc<Hub>, mut registration: Registration) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = registration.stopped() => return,
        };
        match accepted {
            Ok((mut socket, peer)) => {
                disable_nagle(&mut socket);
                let carrier = IoCarrier::new(socket);
                let name = format!("tcp {peer}");
                tokio::spawn(connection::serve(carrier, name, Arc::clone(&hub)));
            }
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

/// A keystroke must not wait for the acknowledgement of the one before.
fn disable_nagle(socket: &mut TcpStream) {
    // It fails only on a socket that is gone already, which the first read will notice.
    let _ = socket.set_nodelay(true);
}
