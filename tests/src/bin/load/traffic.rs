//! What the clients do.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use strandmux::{Config, Multiplexer, Role, Stream};
use strandmux_tests::random::Random;
use strandmux_tests::tungstenite;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::sync::Semaphore;

use super::Outcome;

/// How long a stream pauses before the next thing at the most, in milliseconds.
const PAUSE: usize = 4_000;
/// A connection leaves after so many things on each of its streams at the most, and another comes.
const STAY: usize = 6;
/// Nothing takes so long unless it hangs.
const GUARD: Duration = Duration::from_secs(120);
/// Bytes of a download at the most.
const BULK: usize = 200_000;

/// What there is to do, and how often it was done.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    connections: AtomicU64,
    pings: AtomicU64,
    downloads: AtomicU64,
    uploads: AtomicU64,
    broken_off: AtomicU64,
}

impl Totals {
    fn all(&self) -> [(&'static str, u64); 5] {
        [
            ("connections", self.connections.load(Relaxed)),
            ("echoes", self.pings.load(Relaxed)),
            ("downloads", self.downloads.load(Relaxed)),
            ("uploads", self.uploads.load(Relaxed)),
            ("broken off", self.broken_off.load(Relaxed)),
        ]
    }

    /// What was never done.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let never = self.all().into_iter().filter(|(_, count)| *count == 0);
        never.map(|(name, _)| name).collect()
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.all().map(|(name, count)| format!("{name} {count}"));
        f.write_str(&all.join(", "))
    }
}

/// Clients of a server.
pub(crate) struct Traffic {
    url: String,
    streams: usize,
    end: Instant,
    connecting: Semaphore,
    upload: Vec<u8>,
    receipt: String,
    pub(crate) totals: Totals,
}

impl Traffic {
    pub(crate) fn new(url: &str, streams: usize, end: Instant, connecting: usize) -> Self {
        let upload: Vec<u8> = (0..BULK / 4).map(ramp).collect();
        let mut receipt = format!("{} ", upload.len());
        for byte in Sha256::digest(&upload) {
            // Writing to a string cannot fail.
            let _ = write!(receipt, "{byte:02x}");
        }
        receipt.push('\n');
        Self {
            url: url.to_owned(),
            streams,
            end,
            connecting: Semaphore::new(connecting),
            upload,
            receipt,
            totals: Totals::default(),
        }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }

    /// A client that connects, and connects again, until it is over.
    pub(crate) async fn client(self: Arc<Self>, mut random: Random) -> Outcome {
        while !self.is_over() {
            let mux = {
                let _turn = self.connecting.acquire().await?;
                connect(&self.url).await?
            };
            self.totals.connections.fetch_add(1, Relaxed);
            let mut streams = tokio::task::JoinSet::new();
            for _ in 0..self.streams {
                streams.spawn(Arc::clone(&self).calls(mux.clone(), random.fork()));
            }
            while let Some(stream) = streams.join_next().await {
                stream??;
            }
            mux.close().await;
        }
        Ok(())
    }

    /// One call after another.
    async fn calls(self: Arc<Self>, mux: Multiplexer, mut random: Random) -> Outcome {
        for _ in 0..random.within(1..STAY) {
            if self.is_over() {
                break;
            }
            self.pause(&mut random).await;
            let kind = random.within(0..20);
            let call = self.call(&mux, kind, &mut random);
            let outcome = tokio::time::timeout(GUARD, call).await;
            outcome
                .map_err(|_| format!("call {kind} hangs"))?
                .map_err(|error| format!("call {kind}: {error}"))?;
        }
        Ok(())
    }

    async fn call(&self, mux: &Multiplexer, kind: usize, random: &mut Random) -> Outcome {
        let count = match kind {
            0..16 => {
                self.echo(mux, random).await?;
                &self.totals.pings
            }
            16..18 => {
                download(mux, random.within(1..BULK)).await?;
                &self.totals.downloads
            }
            18 => {
                self.upload(mux).await?;
                &self.totals.uploads
            }
            _ => {
                break_off(mux).await?;
                &self.totals.broken_off
            }
        };
        count.fetch_add(1, Relaxed);
        Ok(())
    }

    async fn pause(&self, random: &mut Random) {
        let rest = self.end.saturating_duration_since(Instant::now());
        let pause = Duration::from_millis(random.within(0..PAUSE) as u64);
        tokio::time::sleep(pause.min(rest)).await;
    }

    /// An echo now and then.
    async fn echo(&self, mux: &Multiplexer, random: &mut Random) -> Outcome {
        let mut stream = open(mux, "ECHO").await?;
        for round in 0..random.within(1..4) {
            let sent = vec![round as u8; random.within(1..1_000)];
            let mut echoed = vec![0; sent.len()];
            stream.write_all(&sent).await?;
            stream.read_exact(&mut echoed).await?;
            if sent != echoed {
                return Err("wrong bytes".into());
            }
            self.pause(random).await;
        }
        stream.close_write();
        expect(&mut stream, b"").await
    }

    async fn upload(&self, mux: &Multiplexer) -> Outcome {
        let mut stream = open(mux, "SINK").await?;
        stream.write_all(&self.upload).await?;
        stream.close_write();
        expect(&mut stream, self.receipt.as_bytes()).await
    }
}

async fn download(mux: &Multiplexer, len: usize) -> Outcome {
    let mut stream = open(mux, &format!("SOURCE {len}")).await?;
    let mut buffer = [0; 16_384];
    let mut at = 0;
    loop {
        match stream.read(&mut buffer).await? {
            0 if at == len => return Ok(()),
            0 => return Err(format!("{at} bytes of {len}").into()),
            count => {
                let expected = (at..).map(ramp);
                if !expected
                    .zip(&buffer[..count])
                    .all(|(byte, got)| byte == *got)
                {
                    return Err("wrong bytes".into());
                }
                at += count;
            }
        }
    }
}

/// A download that is wanted no longer.
async fn break_off(mux: &Multiplexer) -> Outcome {
    let mut stream = open(mux, "SOURCE 1000000000").await?;
    stream.read_exact(&mut [0; 1_000]).await?;
    stream.close();
    Ok(())
}

/// The server's statistics, asked for over a connection of their own.
pub(crate) async fn statistics(url: &str) -> Outcome<serde_json::Value> {
    let mux = connect(url).await?;
    let mut line = String::new();
    let stream = open(&mux, "FEED").await?;
    BufReader::new(stream).read_line(&mut line).await?;
    mux.close().await;
    Ok(serde_json::from_str(&line)?)
}

async fn connect(url: &str) -> Outcome<Multiplexer> {
    let (socket, _) = tokio_tungstenite::connect_async_with_config(url, None, true).await?;
    let carrier = tungstenite::carrier(socket);
    Ok(strandmux::tokio::spawn(
        carrier,
        Role::Client,
        Config::default(),
    ))
}

async fn open(mux: &Multiplexer, service: &str) -> Outcome<Stream> {
    let mut stream = mux.open().await?;
    stream.write_all(format!("{service}\n").as_bytes()).await?;
    Ok(stream)
}

/// Reads to the end, which must be this.
async fn expect(stream: &mut Stream, expected: &[u8]) -> Outcome {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    if answer == expected {
        return Ok(());
    }
    Err(format!("the answer was {:?}", String::from_utf8_lossy(&answer)).into())
}

/// Byte `at` of everything that is sent in bulk.
fn ramp(at: usize) -> u8 {
    (at % 251) as u8
}
