//! The demo server as a process, and what the system knows of it.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

use super::Outcome;

/// A server that ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    id: u32,
    /// Its log, in which it looks for panics until the server ends.
    panics: JoinHandle<Vec<String>>,
    /// Of its WebSocket.
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start(program: &str, max_connections: usize) -> Outcome<Self> {
        let mut process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0", "--no-build"])
            .args(["--max-connections", &max_connections.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let id = process.id().ok_or("it has ended")?;
        let stdout = process.stdout.take().ok_or("it has no output")?;
        let stderr = process.stderr.take().ok_or("it has no log")?;
        let panics = tokio::spawn(panics(BufReader::new(stderr)));
        let line = BufReader::new(stdout).lines().next_line().await?;
        let line = line.ok_or("it does not say where it listens")?;
        let (_, address) = line.split_once("http://").ok_or("it names no address")?;
        let address = address.trim_end_matches('/');
        Ok(Self {
            process,
            id,
            panics,
            url: format!("ws://{address}/mux"),
        })
    }

    /// The memory that it has at present, in bytes.
    pub(crate) fn memory(&self) -> Outcome<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kibibytes
            .ok_or("the system does not tell")?
            .parse::<usize>()?
            << 10)
    }

    /// Its open files, sockets among them, without the one that asks.
    pub(crate) fn files(&self) -> Outcome<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.id))?.count())
    }

    /// Tells it to end, which it must do well.
    pub(crate) async fn stop(&mut self) -> Outcome {
        let told = Command::new("kill")
            .arg(self.id.to_string())
            .status()
            .await?;
        if !told.success() {
            return Err("the server had ended".into());
        }
        let ended = tokio::time::timeout(Duration::from_secs(60), self.process.wait()).await;
        let status = ended.map_err(|_| "the server does not end")??;
        if !status.success() {
            return Err(format!("the server ended with {status}").into());
        }
        let panics = (&mut self.panics).await?;
        if panics.is_empty() {
            return Ok(());
        }
        // A task that panics takes no one else with it, so that only the log tells.
        Err(format!("the server panicked: {panics:#?}").into())
    }
}

/// The lines of a log that tell of panics.
async fn panics(log: BufReader<ChildStderr>) -> Vec<String> {
    let mut lines = log.lines();
    let mut panics = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains("panicked at") {
            panics.push(line);
        }
    }
    panics
}
