//! What is expected of a connection through a proxy.

use std::path::{Path, PathBuf};
use std::time::Duration;

use strandmux::{CarrierErrorKind, CloseReason, Config, Error, Multiplexer, Role, Stream};
use strandmux_tests::{tls, tungstenite};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::proxy::Proxy;
use super::{Outcome, silent};

/// Where the proxy is, as its clients know it.
pub(crate) struct Site {
    default_url: String,
    url: String,
    silent_url: String,
    short_url: String,
    certificate: PathBuf,
}

impl Site {
    pub(crate) fn new(proxy: &Proxy) -> Self {
        let url = |port| format!("wss://localhost:{port}/mux");
        Self {
            default_url: url(proxy.default_port),
            url: url(proxy.port),
            silent_url: url(proxy.silent_port),
            short_url: url(proxy.short_port),
            certificate: proxy.certificate.clone(),
        }
    }

    async fn connect(&self, url: &str) -> Outcome<Multiplexer> {
        self.connect_with(url, Config::default()).await
    }

    async fn connect_with(&self, url: &str, config: Config) -> Outcome<Multiplexer> {
        let socket = tls::connect(url, &self.certificate).await?;
        let carrier = tungstenite::carrier(socket);
        Ok(strandmux::tokio::spawn(carrier, Role::Client, config))
    }

    /// The battery verifies what it transfers.
    pub(crate) async fn transfers(&self, battery: &Path) -> Outcome {
        self.run(&mut Command::new(battery)).await
    }

    /// The same with the npm package.
    pub(crate) async fn transfers_in_node(&self, battery: &Path) -> Outcome {
        self.run(Command::new("node").arg(battery)).await
    }

    async fn run(&self, battery: &mut Command) -> Outcome {
        let output = battery
            .arg(&self.default_url)
            .env("STRANDMUX_TEST_CERTIFICATE", &self.certificate)
            .env("NODE_EXTRA_CA_CERTS", &self.certificate)
            .kill_on_drop(true)
            .output()
            .await?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(String::from_utf8_lossy(&said).into())
    }

    /// Heartbeats keep it alive, both ways.
    pub(crate) async fn an_idle_connection_lives(&self, idle: Duration) -> Outcome {
        let mux = self.connect(&self.url).await?;
        let mut stream = echo(&mux, "before").await?;
        tokio::time::sleep(idle).await;
        if let Some(reason) = mux.close_reason() {
            return Err(format!("it closed: {reason}").into());
        }
        exchange(&mut stream, "after").await?;
        drop(echo(&mux, "another").await?);
        mux.close().await;
        Ok(())
    }

    /// The counterpart, which says that the proxy's time-out is what is measured.
    pub(crate) async fn an_idle_connection_is_cut(&self) -> Outcome {
        let mux = self.connect(&self.short_url).await?;
        is_cut(&mux).await
    }

    /// And with the same time-out, which says that it is the heartbeats that outlive it.
    pub(crate) async fn without_heartbeats_it_is_cut(&self) -> Outcome {
        let connected = self.connect_with(&self.silent_url, silent::config()).await;
        is_cut(&connected?).await
    }

    /// A connection on which much goes on ends when `happens`, with everything that waits.
    pub(crate) async fn ends_cleanly_when(
        &self,
        happens: impl AsyncFnOnce() -> Outcome,
    ) -> Outcome {
        let mux = self.connect(&self.url).await?;
        let mut idle = echo(&mux, "before").await?;
        let mut download = mux.open().await?;
        let endless = format!("SOURCE {}\n", u64::MAX);
        download.write_all(endless.as_bytes()).await?;
        let mut buffer = vec![0; 100_000];
        download.read_exact(&mut buffer).await?;
        happens().await?;
        let reading = async {
            loop {
                if let Err(error) = download.read(&mut buffer).await {
                    return error;
                }
            }
        };
        let mut byte = [0];
        let (read, accepted, downloaded) =
            tokio::join!(idle.read(&mut byte), mux.accept(), reading);
        ended(&mux, read.err())?;
        ended(&mux, accepted.err())?;
        ended(&mux, Some(downloaded))?;
        ended(&mux, mux.open().await.err())
    }

    /// Others are taken, by the proxy's next generation.
    pub(crate) async fn connects_again(&self) -> Outcome {
        let mux = self.connect(&self.url).await?;
        drop(echo(&mux, "hello").await?);
        mux.close().await;
        Ok(())
    }

    /// Nobody is there: connecting fails, and does not hang.
    pub(crate) async fn is_gone(&self) -> Outcome {
        for _ in 0..100 {
            if self.connect(&self.url).await.is_err() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("it still answers".into())
    }
}

/// The connection is left alone, and ends.
async fn is_cut(mux: &Multiplexer) -> Outcome {
    let mut stream = echo(mux, "before").await?;
    let read = stream.read(&mut [0]).await;
    ended(mux, read.err())
}

/// An echo that has said `text`.
async fn echo(mux: &Multiplexer, text: &str) -> Outcome<Stream> {
    let mut stream = mux.open().await?;
    stream.write_all(b"ECHO\n").await?;
    exchange(&mut stream, text).await?;
    Ok(stream)
}

async fn exchange(stream: &mut Stream, text: &str) -> Outcome {
    stream.write_all(text.as_bytes()).await?;
    let mut echoed = vec![0; text.len()];
    stream.read_exact(&mut echoed).await?;
    if echoed == text.as_bytes() {
        return Ok(());
    }
    Err(format!("{text:?} came back as {echoed:?}").into())
}

/// An operation failed because the connection has ended, by the carrier's failure or the peer's closing.
fn ended(mux: &Multiplexer, error: Option<Error>) -> Outcome {
    let reason = mux.close_reason().ok_or("it did not close")?;
    let is_typed = match &reason {
        CloseReason::Remote(_) | CloseReason::TruncatedMessage => true,
        CloseReason::Carrier(error) => error.kind() == CarrierErrorKind::Io,
        _ => false,
    };
    if is_typed && error == Some(Error::MultiplexerClosed(reason.clone())) {
        return Ok(());
    }
    Err(format!("it closed for {reason:?}, and an operation ended with {error:?}").into())
}
