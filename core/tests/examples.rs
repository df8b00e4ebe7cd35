//! The examples do what they say. They are programs, built along with the tests.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use futures_util::{SinkExt as _, StreamExt as _};
use strandmux::carrier::tokio::IoCarrier;
use strandmux::{CloseInfo, CloseReason, Config, Multiplexer, Role, Stream, websocket_carrier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A server that is killed when it is dropped.
struct Server {
    process: Child,
    addr: String,
}

impl Server {
    /// Starts an example, which says where it listens.
    fn start(example: &str, arguments: &[&str]) -> Self {
        let mut process = command(example)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("`cargo test` without a choice of targets builds the examples");
        let stdout = process.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says something");
        let addr = line.trim().strip_prefix("listening on ");
        let addr = addr.expect("it says where it listens").to_owned();
        Self { process, addr }
    }

    /// Sends it SIGTERM.
    #[cfg(unix)]
    fn terminate(&self) {
        let told = Command::new("kill")
            .args(["-TERM", &self.process.id().to_string()])
            .status();
        assert!(told.expect("there is a kill").success());
    }

    /// Waits for its end, which must be a good one.
    #[cfg(unix)]
    fn expect_success(&mut self) {
        let status = self.process.wait().expect("it was started here");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An example's program, which lies beside the folder of this test's.
fn command(example: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().expect("a test has a program");
    path.pop();
    path.pop();
    path.extend(["examples", example]);
    Command::new(path)
}

fn output(example: &str, arguments: &[&str]) -> String {
    let output = command(example)
        .args(arguments)
        .output()
        .expect("`cargo test` without a choice of targets builds the examples");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it says text")
}

#[test]
fn an_echo_over_tcp() {
    let server = Server::start("echo_tcp", &["serve", "127.0.0.1:0"]);
    let words = ["many", "streams", "at", "once"];
    let mut arguments = vec![server.addr.as_str()];
    arguments.extend(words);
    assert_eq!(output("echo_tcp", &arguments), "many\nstreams\nat\nonce\n");
}

/// A client of the echo over TCP.
async fn connect_tcp(addr: &str) -> Multiplexer {
    let socket = TcpStream::connect(addr).await.expect("it listens");
    strandmux::tokio::spawn(IoCarrier::new(socket), Role::Client, Config::default())
}

/// An echo that has said `text`.
async fn echo(mux: &Multiplexer, text: &[u8]) -> Stream {
    let mut stream = mux.open().await.expect("it accepts");
    stream.write_all(text).await.expect("writable");
    let mut echoed = vec![0; text.len()];
    stream.read_exact(&mut echoed).await.expect("it echoes");
    assert_eq!(echoed, text);
    stream
}

/// Half-closes a stream, which must end.
async fn finish(mut stream: Stream) {
    stream.close_write();
    let ended = stream.read(&mut [0]).await;
    assert_eq!(ended, Ok(0));
}

#[cfg(unix)]
#[tokio::test]
async fn an_echo_over_tcp_has_so_many_clients_and_stops_when_told_to() {
    const MAX_CONNECTIONS: usize = 64;
    let mut server = Server::start("echo_tcp", &["serve", "127.0.0.1:0"]);
    // One that goes at once, which must not be the server's end.
    drop(TcpStream::connect(&server.addr).await.expect("it listens"));
    let mut muxes = Vec::new();
    for _ in 0..MAX_CONNECTIONS {
        let mux = connect_tcp(&server.addr).await;
        finish(echo(&mux, b"hello").await).await;
        muxes.push(mux);
    }
    // One more is let in when another has gone.
    let waiting = connect_tcp(&server.addr).await;
    let mut late = std::pin::pin!(echo(&waiting, b"late"));
    tokio::select! {
        biased;
        _ = &mut late => panic!("it is served beside {MAX_CONNECTIONS} others"),
        () = finish(echo(&muxes[0], b"still there").await) => {}
    }
    muxes.swap_remove(0).close().await;
    let mut stream = late.await;

    server.terminate();
    while TcpStream::connect(&server.addr).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(b"after").await.expect("writable");
    stream.read_exact(&mut [0; 5]).await.expect("it goes on");
    finish(stream).await;
    for mux in muxes.iter().chain([&waiting]) {
        assert!(mux.closed().await.is_graceful());
    }
    server.expect_success();
}

#[test]
fn the_protocol_without_a_runtime() {
    let server = Server::start("echo_tcp", &["serve", "127.0.0.1:0"]);
    let arguments = [server.addr.as_str(), "hello"];
    assert_eq!(output("sans_io", &arguments), "hello\n");
    // More than a window.
    let long = "x".repeat(100_000);
    let arguments = [server.addr.as_str(), long.as_str()];
    assert_eq!(output("sans_io", &arguments), format!("{long}\n"));
}

/// Whose pages may connect to the server behind axum.
const ORIGIN: &str = "https://example.com";

/// A client of the server behind axum, as a page of this origin.
async fn connect(addr: &str, origin: &str) -> Result<Multiplexer, Error> {
    let mut request = format!("ws://{addr}/mux").into_client_request()?;
    let origin = origin.parse().expect("a value");
    request.headers_mut().insert("origin", origin);
    let (socket, _) = tokio_tungstenite::connect_async(request).await?;
    let carrier = websocket_carrier!(socket, Message, CloseFrame);
    let config = Config::default();
    Ok(strandmux::tokio::spawn(carrier, Role::Client, config))
}

/// The status with which the server refused to connect.
fn refusal<T>(connected: &Result<T, Error>) -> Option<u16> {
    match connected {
        Err(Error::Http(answer)) => Some(answer.status().as_u16()),
        _ => None,
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_behind_axum() {
    let arguments = ["127.0.0.1:0", "16", ORIGIN];
    let mut server = Server::start("axum_server", &arguments);
    let refused = connect(&server.addr, "https://evil.example").await;
    assert_eq!(refusal(&refused), Some(403), "{refused:?}");

    let mux = connect(&server.addr, ORIGIN).await;
    let mux = mux.expect("pages of this origin may connect");
    let mut stream = echo(&mux, b"before").await;
    server.terminate();
    stream.write_all(b"after").await.expect("writable");
    stream.close_write();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("it finishes");
    assert_eq!(rest, b"after");
    let said = CloseInfo::new(1_001, "the server stops");
    assert_eq!(mux.closed().await, CloseReason::Remote(said));
    server.expect_success();
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_behind_axum_that_is_full_says_so() {
    let server = Server::start("axum_server", &["127.0.0.1:0", "1", ORIGIN]);
    let mux = connect(&server.addr, ORIGIN).await.expect("there is room");
    let stream = mux.open().await.expect("it accepts");
    let refused = connect(&server.addr, ORIGIN).await;
    assert_eq!(refusal(&refused), Some(503), "{refused:?}");

    // The one that is there is unharmed, and makes room when it goes.
    drop(stream);
    drop(mux.open().await.expect("it accepts"));
    mux.close().await;
    let mux = loop {
        let connected = connect(&server.addr, ORIGIN).await;
        if refusal(&connected) != Some(503) {
            break connected.expect("there is room");
        }
    };
    drop(mux.open().await.expect("it accepts"));
}

/// A WebSocket of the server behind axum, without a multiplexer.
async fn connect_raw(addr: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let request = format!("ws://{addr}/mux");
    let connected = tokio_tungstenite::connect_async(request).await;
    connected.expect("there is room").0
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_behind_axum_takes_messages_and_uploads_up_to_a_size() {
    const MAX_MESSAGE: usize = 256 * 1_024;
    const MAX_UPLOAD: usize = 16 * 1_024 * 1_024;
    let server = Server::start("axum_server", &["127.0.0.1:0", "16", ORIGIN]);
    let mux = connect(&server.addr, ORIGIN).await.expect("there is room");

    // Heartbeats: as many as may be, and one more, in a frame of its own so that the server has read everything.
    let mut socket = connect_raw(&server.addr).await;
    let part = |len, code, is_last| {
        let code = OpCode::Data(code);
        Message::Frame(Frame::message(vec![0; len], code, is_last))
    };
    for message in [
        part(MAX_MESSAGE, Data::Binary, true),
        part(MAX_MESSAGE, Data::Binary, false),
        part(1, Data::Continue, true),
    ] {
        socket.send(message).await.expect("it is taken");
    }
    let said = loop {
        let message = socket.next().await.expect("it says why it ends");
        match message.expect("it ends in good order") {
            Message::Close(frame) => break frame.expect("it says why it ends"),
            other => assert!(other.is_binary(), "{other:?}"),
        }
    };
    assert!(said.reason.contains("Message too long"), "{said}");

    let (mut read, mut write) = mux.open().await.expect("it accepts").into_split();
    let writing = async {
        let written = write.write_all(&vec![7; 2 * MAX_UPLOAD]).await;
        assert_eq!(written, Err(strandmux::Error::RemoteClosed));
    };
    let reading = async {
        let mut echoed = Vec::new();
        read.read_to_end(&mut echoed).await.expect("it ends");
        assert_eq!(echoed.len(), MAX_UPLOAD);
    };
    tokio::join!(writing, reading);
    finish(echo(&mux, b"still there").await).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_behind_axum_does_not_wait_for_a_request() {
    let server = Server::start("axum_server", &["127.0.0.1:0", "1", ORIGIN]);
    for begin in ["", "GET /mux HTTP/1.1\r\nHost: example.com\r\n"] {
        // It takes the only place, until the server has lost its patience.
        let mut socket = TcpStream::connect(&server.addr).await.expect("it listens");
        let begun = socket.write_all(begin.as_bytes()).await;
        begun.expect("it is taken");
        let refused = connect(&server.addr, ORIGIN).await;
        assert_eq!(refusal(&refused), Some(503), "{refused:?}");
        let mut answer = Vec::new();
        // A reset is as good an end.
        let _ = socket.read_to_end(&mut answer).await;
        assert_eq!(String::from_utf8_lossy(&answer), "");
    }
    let mux = connect(&server.addr, ORIGIN).await.expect("there is room");
    finish(echo(&mux, b"hello").await).await;
}
