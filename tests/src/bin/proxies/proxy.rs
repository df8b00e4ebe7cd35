//! A proxy as a process, with a configuration and a certificate made for it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::Outcome;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Nginx,
    HaProxy,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
        }
    }

    fn template(self) -> &'static str {
        match self {
            Self::Nginx => include_str!("../../../proxies/nginx.conf"),
            Self::HaProxy => include_str!("../../../proxies/haproxy.cfg"),
        }
    }

    /// The signal that makes it read its configuration again.
    fn reload_signal(self) -> &'static str {
        match self {
            Self::Nginx => "-HUP",
            Self::HaProxy => "-USR2",
        }
    }
}

/// A proxy that runs, until it is dropped.
pub(crate) struct Proxy {
    kind: Kind,
    process: Child,
    /// Where its time-outs are those that it has unless told otherwise.
    pub(crate) default_port: u16,
    /// Where its time-out is a little longer than the heartbeats' interval, ...
    pub(crate) port: u16,
    /// ... where it is as long, and the server sends no heartbeats, ...
    pub(crate) silent_port: u16,
    /// ... and where it is shorter.
    pub(crate) short_port: u16,
    pub(crate) certificate: PathBuf,
}

impl Proxy {
    /// Starts a proxy in front of `server`, and of one that is `silent`, with its files in `dir`.
    pub(crate) async fn start(kind: Kind, server: &str, silent: &str, dir: &Path) -> Outcome<Self> {
        fs::create_dir_all(dir)?;
        let dir = dir.canonicalize()?;
        make_certificate(&dir).await?;
        let [default_port, port, silent_port, short_port] = free_ports()?;
        let configuration = kind
            .template()
            .replace("@DIR@", &dir.to_string_lossy())
            .replace("@SERVER@", server)
            .replace("@SILENT_SERVER@", silent)
            .replace("@DEFAULT_PORT@", &default_port.to_string())
            .replace("@PORT@", &port.to_string())
            .replace("@SILENT_PORT@", &silent_port.to_string())
            .replace("@SHORT_PORT@", &short_port.to_string());
        let file = dir.join("configuration");
        fs::write(&file, configuration)?;
        let mut command = Command::new(kind.name());
        match kind {
            Kind::Nginx => command.arg("-c").arg(file).arg("-p").arg(&dir),
            // A master process that can be told to reload, in the foreground.
            Kind::HaProxy => command.args(["-W", "-db", "-f"]).arg(file),
        };
        let process = command.stdin(Stdio::null()).spawn()?;
        let proxy = Self {
            kind,
            process,
            default_port,
            port,
            silent_port,
            short_port,
            certificate: dir.join("certificate.pem"),
        };
        proxy.wait_until_it_listens().await?;
        Ok(proxy)
    }

    async fn wait_until_it_listens(&self) -> Outcome {
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", self.short_port))
                .await
                .is_ok()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("it does not listen".into())
    }

    /// Has it read its configuration again: what is connected is given a second.
    pub(crate) fn reload(&mut self) -> Outcome {
        self.signal(self.kind.reload_signal())
    }

    /// Has it end at once.
    pub(crate) fn stop(&mut self) -> Outcome {
        self.signal("-TERM")
    }

    fn signal(&self, signal: &str) -> Outcome {
        let id = self.process.id().ok_or("it has ended by itself")?;
        let status = std::process::Command::new("kill")
            .args([signal, &id.to_string()])
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("it cannot be sent {signal}").into())
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It ends its own children then, which a kill would leave behind.
        let _ = self.signal("-TERM");
    }
}

/// A certificate for `localhost` that is its own authority, its key, and both in one file.
async fn make_certificate(dir: &Path) -> Outcome {
    let (certificate, key) = (dir.join("certificate.pem"), dir.join("key.pem"));
    let output = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        // The client wants a server's certificate, not an authority's.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .await?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let both = [fs::read(certificate)?, fs::read(key)?].concat();
    fs::write(dir.join("both.pem"), both)?;
    Ok(())
}

/// Ports that nobody has right now.
fn free_ports() -> Outcome<[u16; 4]> {
    let mut ports = [0; 4];
    // All at once, so that they differ.
    let mut listeners = Vec::new();
    for port in &mut ports {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}
