//! The demo server in this process, and a client's part of its services.

use std::net::SocketAddr;

use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Config, Multiplexer, Role, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web_demo::{Args, Limits, Server};

/// A demo server in this process.
pub(crate) struct Demo {
    pub(crate) http: SocketAddr,
    pub(crate) tcp: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) running: JoinHandle<()>,
}

impl Demo {
    pub(crate) async fn start(test_services: bool) -> Self {
        Self::start_with(test_services, |_| {}).await
    }

    pub(crate) async fn start_with(test_services: bool, change: impl FnOnce(&mut Args)) -> Self {
        let mut args = Args {
            port: 0,
            host: "localhost".to_owned(),
            tcp: Some("127.0.0.1:0".to_owned()),
            test_services,
            no_build: true,
            allowed_origins: Vec::new(),
            limits: Limits::default(),
        };
        change(&mut args);
        let server = Server::bind(&args).await.expect("some ports are free");
        let http = server.http_addr().expect("it is bound");
        let tcp = server
            .tcp_addr()
            .expect("it was asked for")
            .expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            // The test's end is as good a reason.
            let _ = stopped.await;
        }));
        Self {
            http,
            tcp,
            stop,
            running,
        }
    }

    pub(crate) async fn over_tcp(&self) -> Multiplexer {
        let socket = TcpStream::connect(self.tcp).await.expect("it listens");
        strandmux::tokio::spawn(IoCarrier::new(socket), Role::Client, Config::default())
    }

    pub(crate) async fn over_websocket(&self) -> Multiplexer {
        let url = format!("ws://{}/mux", self.http);
        let (socket, _) = tokio_tungstenite::connect_async(url)
            .await
            .expect("it takes WebSockets");
        let carrier = strandmux_tests::tungstenite::carrier(socket);
        strandmux::tokio::spawn(carrier, Role::Client, Config::default())
    }

    /// The status line and headers, and the body, of the answer to a GET.
    pub(crate) async fn get(&self, path: &str) -> (String, String) {
        let mut socket = TcpStream::connect(self.http).await.expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n");
        socket
            .write_all(request.as_bytes())
            .await
            .expect("it reads requests");
        let mut answer = Vec::new();
        socket
            .read_to_end(&mut answer)
            .await
            .expect("it answers requests");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("it speaks HTTP");
        (head.to_ascii_lowercase(), body.to_owned())
    }
}

pub(crate) async fn call(mux: &Multiplexer, line: &str) -> Stream {
    let mut stream = mux.open().await.expect("the server accepts every stream");
    stream
        .write_all(line.as_bytes())
        .await
        .expect("there is window for a line");
    stream
}

pub(crate) async fn read_to_end(stream: &mut Stream) -> Vec<u8> {
    let mut all = Vec::new();
    stream
        .read_to_end(&mut all)
        .await
        .expect("the stream ends in good order");
    all
}

/// Sends all of `request`, half-closes, and expects all of `answer`.
pub(crate) async fn exchange(mux: &Multiplexer, request: &str, answer: &[u8]) {
    let mut stream = call(mux, request).await;
    stream.close_write();
    let answered = read_to_end(&mut stream).await;
    assert_eq!(
        String::from_utf8_lossy(&answered),
        String::from_utf8_lossy(answer),
        "the answer to {request:?}"
    );
}

/// The next line of a FEED.
pub(crate) async fn read_statistics(feed: &mut Stream) -> serde_json::Value {
    let mut line = Vec::new();
    loop {
        let byte = feed.read_u8().await.expect("the feed goes on");
        if byte == b'\n' {
            return serde_json::from_slice(&line).expect("a line of the feed is JSON");
        }
        line.push(byte);
    }
}
