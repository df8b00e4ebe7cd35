//! The examples do what they say. They are programs, built along with the tests.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use strandmux::{CloseInfo, CloseReason, Config, Multiplexer, Role, websocket_carrier};
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

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
    let mut stream = mux.open().await.expect("it accepts");
    stream.write_all(b"before").await.expect("writable");
    let mut echoed = [0; 6];
    stream.read_exact(&mut echoed).await.expect("it echoes");

    let told = Command::new("kill")
        .args(["-TERM", &server.process.id().to_string()])
        .status();
    assert!(told.expect("there is a kill").success());
    stream.write_all(b"after").await.expect("writable");
    stream.close_write();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("it finishes");
    assert_eq!(rest, b"after");
    let said = CloseInfo::new(1_001, "the server stops");
    assert_eq!(mux.closed().await, CloseReason::Remote(said));
    let status = server.process.wait().expect("it was started here");
    assert!(status.success(), "{status}");
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
