//! Two ends in virtual time: what is true of the protocol whatever the link and the traffic.
//!
//! `STRANDMUX_SEED=N` repeats a run.

mod fairness;
mod heartbeats;
mod limits;
mod priority;
mod traffic;
mod windows;

use std::time::Duration;

use strandmux::Config;
use strandmux_tests::sim::LinkConfig;

/// A link with a latency of `millis` milliseconds each way that carries `rate` bytes a second.
fn link(millis: u64, rate: u64) -> LinkConfig {
    LinkConfig {
        latency: Duration::from_millis(millis),
        rate: Some(rate),
        max_chunk: 1_460,
        ..LinkConfig::default()
    }
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
