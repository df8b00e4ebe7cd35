//! The demo server as a process, and what the system knows of it.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::Outcome;

/// A server that ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    id: u32,
    /// Of its WebSocket.
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start(program: &str, max_connections: usize) -> Outcome<Self> {
        let mut process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0", "--no-build"])
            .args(["--max-connections", &max_connections.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let id = process.id().ok_or("it has ended")?;
        let stdout = process.stdout.take().ok_or("it has no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let line = line.ok_or("it does not say where it listens")?;
        let (_, address) = line.split_once("http://").ok_or("it names no address")?;
        let address = address.trim_end_matches('/');
        Ok(Self {
            process,
            id,
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
        if status.success() {
            return Ok(());
        }
        Err(format!("the server ended with {status}").into())
    }
}
