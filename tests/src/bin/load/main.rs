//! Puts a demo server under load and looks at what it leaves behind:
//!
//! ```text
//! load SERVER CONNECTIONS STREAMS SECONDS
//! ```
//!
//! SERVER is the demo's program, which this starts and ends. For so many SECONDS it holds so many CONNECTIONS over
//! WebSockets, each with so many STREAMS at a time that carry all kinds of traffic, some of it after pauses; some
//! connections leave and others come. Everything that comes back is verified. No operation may fail and no task of the
//! server panic, the server's memory may not grow once it is warm, and when the clients have gone it holds no file,
//! socket, connection or stream more than before. The full run, in about six minutes, beside nothing else:
//!
//! ```text
//! cargo build --release -p web-demo -p strandmux-tests --bin web-demo --bin load
//! target/release/load target/release/web-demo 2000 10 300
//! ```

mod server;
mod traffic;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use server::Server;
use strandmux_tests::random::{Random, seed};
use tokio::task::JoinSet;
use traffic::{Totals, Traffic};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Looks at the server's memory during a run.
const SAMPLES: u32 = 20;
/// The first of them are for warming up, ...
const WARM_UP: usize = 10;
/// ... and the last for what has become of it.
const AT_THE_END: usize = 4;
/// What may be added to the server's memory once it is warm: a part of it, and bytes.
const GROWTH: (usize, usize) = (100, 4 << 20);
/// Connections under way at a time, so that the server's queue of them does not overflow.
const CONNECTING: usize = 50;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Option<Vec<u64>> = arguments.iter().skip(1).map(|n| n.parse().ok()).collect();
    let (Some(program), Some(&[connections, streams, seconds])) =
        (arguments.first(), numbers.as_deref())
    else {
        eprintln!("Usage: load SERVER CONNECTIONS STREAMS SECONDS");
        return ExitCode::from(2);
    };
    match run(program, connections as usize, streams as usize, seconds).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(program: &str, connections: usize, streams: usize, seconds: u64) -> Outcome {
    let mut server = Server::start(program, 2 * connections).await?;
    // Whatever the server opens once is open before.
    traffic::statistics(&server.url).await?;
    let files = server.files()?;

    let end = Instant::now() + Duration::from_secs(seconds);
    let traffic = Arc::new(Traffic::new(&server.url, streams, end, CONNECTING));
    let mut random = Random::new(seed());
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        clients.spawn(Arc::clone(&traffic).client(random.fork()));
    }
    let mut memory = Vec::new();
    let pause = Duration::from_secs(seconds) / SAMPLES;
    while memory.len() < SAMPLES as usize {
        tokio::time::sleep(pause).await;
        memory.push(server.memory()?);
        println!(
            "{}, server {} KiB",
            traffic.totals,
            memory[memory.len() - 1] >> 10
        );
        fail_early(&mut clients)?;
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    has_done_everything(&traffic.totals)?;
    stays_flat(&memory)?;
    is_as_before(&server, files).await?;
    server.stop().await?;
    println!("no error, and nothing is left");
    Ok(())
}

/// Ends the run if a client has.
fn fail_early(clients: &mut JoinSet<Outcome>) -> Outcome {
    while let Some(client) = clients.try_join_next() {
        client??;
    }
    Ok(())
}

fn has_done_everything(totals: &Totals) -> Outcome {
    let missing = totals.missing();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("there was no {missing:?}: the run is too short").into())
}

/// At the end the memory is what it was after warming up.
fn stays_flat(memory: &[usize]) -> Outcome {
    let before = memory.iter().take(WARM_UP).copied().max().unwrap_or(0);
    let after = memory.iter().rev().take(AT_THE_END).copied().min();
    let after = after.unwrap_or(usize::MAX);
    println!("server memory: {before} bytes after warming up, {after} at the end");
    if after > before + before / GROWTH.0 + GROWTH.1 {
        return Err(format!("the server's memory grew from {before} to {after} bytes").into());
    }
    Ok(())
}

/// When all have gone, the server has noticed soon.
async fn is_as_before(server: &Server, files: usize) -> Outcome {
    const PATIENCE: u32 = 300;
    let mut held = String::new();
    for _ in 0..PATIENCE {
        let statistics = traffic::statistics(&server.url).await?;
        let (connections, streams) = (&statistics["connections"], &statistics["open_streams"]);
        held = format!(
            "{connections} connections, {streams} streams, {} files",
            server.files()?
        );
        // The asking one is still there.
        if held == format!("1 connections, 1 streams, {files} files") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("the server still has {held}, and had {files} files").into())
}
