//! Runs nginx and HAProxy, with TLS, in front of a demo server, and looks at what goes through:
//!
//! ```text
//! proxies SERVER BATTERY NODE_BATTERY DIR [IDLE]
//! ```
//!
//! SERVER is the demo's address, HOST:PORT; BATTERY the program of the client battery, and NODE_BATTERY the script of the
//! one in Node; DIR a folder for the proxies'
//! files; IDLE for how many seconds a connection is to stay idle, by default more than twice the proxies' time-out.
//! Prints `ok NAME` or `FAILED NAME: why` for each check, and last `N passed, N failed`.

mod checks;
mod proxy;
mod silent;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use checks::Site;
use proxy::{Kind, Proxy};

/// A hang is a failure; nothing that works comes near this, however slow the machine.
const GUARD: Duration = Duration::from_secs(60);

/// The same for all cases of a battery together, which takes a few seconds.
const BATTERY_GUARD: Duration = Duration::from_secs(600);

/// How long a connection stays idle, in seconds: more than twice the proxies' time-out of 7 s.
const IDLE: u64 = 15;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What is the same for both proxies.
struct Setting {
    server: String,
    /// A server without heartbeats.
    silent: String,
    battery: PathBuf,
    node_battery: PathBuf,
    dir: PathBuf,
    idle: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some([server, battery, node_battery, dir]), Ok(idle)) = (
        arguments.first_chunk(),
        arguments.get(4).map_or(Ok(IDLE), |idle| idle.parse()),
    ) else {
        eprintln!("Usage: proxies SERVER BATTERY NODE_BATTERY DIR [IDLE]");
        return ExitCode::from(2);
    };
    let silent = match silent::start().await {
        Ok(addr) => addr,
        Err(error) => {
            eprintln!("there is no server: {error}");
            return ExitCode::FAILURE;
        }
    };
    let setting = Setting {
        server: server.clone(),
        silent,
        battery: PathBuf::from(battery),
        node_battery: PathBuf::from(node_battery),
        dir: PathBuf::from(dir),
        idle: Duration::from_secs(idle),
    };
    let (nginx, haproxy) = tokio::join!(run(Kind::Nginx, &setting), run(Kind::HaProxy, &setting),);
    let results = [nginx, haproxy].concat();
    let passed = results.iter().filter(|&&passed| passed).count();
    println!("{passed} passed, {} failed", results.len() - passed);
    if passed == results.len() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs a proxy and every check; whether each passed.
async fn run(kind: Kind, setting: &Setting) -> Vec<bool> {
    let name = kind.name();
    let dir = setting.dir.join(name);
    let started = Proxy::start(kind, &setting.server, &setting.silent, &dir).await;
    let mut proxy = match started {
        Ok(proxy) => proxy,
        Err(error) => return vec![report(name, "it starts", Err(error))],
    };
    let site = Arc::new(Site::new(&proxy));
    let batteries = async {
        let rust = guard(BATTERY_GUARD, site.transfers(&setting.battery)).await;
        let node = site.transfers_in_node(&setting.node_battery);
        (rust, guard(BATTERY_GUARD, node).await)
    };
    let ((rust, node), lives, cut, silent) = tokio::join!(
        batteries,
        guard(
            GUARD + setting.idle,
            site.an_idle_connection_lives(setting.idle)
        ),
        guard(GUARD, site.an_idle_connection_is_cut()),
        guard(GUARD, site.without_heartbeats_it_is_cut()),
    );
    let mut results = vec![
        report(
            name,
            "every case of the battery passes with default time-outs",
            rust,
        ),
        report(name, "so does every case in Node", node),
        report(name, "an idle connection outlives the time-out", lives),
        report(
            name,
            "without heartbeats it does not, which is a typed error",
            silent,
        ),
        report(
            name,
            "a time-out below the heartbeats' interval is a typed error",
            cut,
        ),
    ];
    let reloaded = guard(GUARD, site.ends_cleanly_when(async || proxy.reload())).await;
    results.push(report(name, "a reload ends connections cleanly", reloaded));
    let again = guard(GUARD, site.connects_again()).await;
    results.push(report(name, "after the reload others are taken", again));
    let stopped = guard(GUARD, site.ends_cleanly_when(async || proxy.stop())).await;
    results.push(report(name, "the proxy's end is a typed error", stopped));
    let refused = guard(GUARD, site.is_gone()).await;
    results.push(report(name, "without the proxy connecting fails", refused));
    results
}

async fn guard(limit: Duration, check: impl Future<Output = Outcome>) -> Outcome {
    tokio::time::timeout(limit, check)
        .await
        .unwrap_or_else(|_| Err(format!("still running after {} s", limit.as_secs()).into()))
}

/// Says how a check ended, and whether it passed.
fn report(proxy: &str, check: &str, outcome: Outcome) -> bool {
    match &outcome {
        Ok(()) => println!("ok {proxy}: {check}"),
        Err(error) => println!("FAILED {proxy}: {check}: {error}"),
    }
    outcome.is_ok()
}
