//! The demo server as a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use strandmux::carrier::tokio::IoCarrier;
use strandmux::{Config, Multiplexer, Role};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addrs {
    pub(crate) http: SocketAddr,
    pub(crate) tcp: SocketAddr,
}

/// The process, ended when this is dropped.
pub(crate) struct Demo {
    process: Child,
    pub(crate) addrs: Addrs,
    log: Receiver<String>,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_web-demo"))
            .args(["--no-build", "--test-services"])
            .args(["--port", "0", "--tcp", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let mut addr = |scheme: &str| -> SocketAddr {
            let line = lines.next().expect("it says where it listens");
            let line = line.expect("its output is text");
            let (_, addr) = line.split_once(scheme).expect("the line names the scheme");
            let is_addr = |c: char| !(c.is_ascii_digit() || c == '.' || c == ':');
            let addr = addr.split(is_addr).next().expect("there is an address");
            addr.parse().expect("it is an address")
        };
        let addrs = Addrs {
            http: addr("http://"),
            tcp: addr("tcp://"),
        };
        let errors = BufReader::new(process.stderr.take().expect("it is piped"));
        let (sender, log) = mpsc::channel();
        thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                // The test may have ended.
                let _ = sender.send(line);
            }
        });
        Self {
            process,
            addrs,
            log,
        }
    }

    /// Waits until the server logs something with these words.
    pub(crate) fn expect_log(&self, words: &str) {
        let mut lines = Vec::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return,
                Ok(line) => lines.push(line),
                Err(error) => panic!("{error}: nothing about {words:?} in {lines:#?}"),
            }
        }
    }

    /// The most memory that the process has had, in bytes.
    pub(crate) fn peak_memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.process.id());
        let status = fs::read_to_string(path).expect("the process is there");
        let mut words = status.split_whitespace();
        words
            .find(|word| *word == "VmHWM:")
            .and_then(|_| words.next()?.parse::<usize>().ok())
            .expect("the system tells")
            * 1_024
    }

    /// Sends it a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let told = Command::new("kill")
            .args([name, &self.process.id().to_string()])
            .status()
            .expect("there is a kill");
        assert!(told.success());
    }

    pub(crate) async fn connect(&self, config: Config) -> Multiplexer {
        let socket = TcpStream::connect(self.addrs.tcp)
            .await
            .expect("it listens");
        socket.set_nodelay(true).expect("it is connected");
        strandmux::tokio::spawn(IoCarrier::new(socket), Role::Client, config)
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn expect_success(&mut self) {
        let status = self.process.wait().expect("it was started here");
        assert!(status.success(), "{status}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asserts that someone who has nothing to do with it all is served.
pub(crate) async fn assert_serves(bystander: &Multiplexer) {
    let exchange = async {
        let mut stream = bystander.open().await.expect("it is accepted");
        let request = b"ECHO\nstill there?";
        stream.write_all(request).await.expect("it is read");
        stream.close_write();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("it answers");
        assert_eq!(answer, b"still there?");
    };
    let answered = tokio::time::timeout(PATIENCE, exchange).await;
    answered.expect("nobody answers");
}
