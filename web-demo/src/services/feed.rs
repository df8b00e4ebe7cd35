//! The service that reports on the server.

use std::time::Duration;

use strandmux::Error;
use tokio::time::{MissedTickBehavior, interval};

use super::channel::Channel;
use crate::hub::Hub;

const PERIOD: Duration = Duration::from_secs(1);

/// `FEED`: a line of statistics at once and then every second, until the client closes the stream or the
/// server stops.
pub(super) async fn feed(mut channel: Channel<'_>, hub: &Hub) -> Result<(), Error> {
    let mut ticks = interval(PERIOD);
    // A client that does not read gets no backlog of stale lines.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut registration = hub.register();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = registration.stopped() => return Ok(()),
        }
        // Names and numbers are all that JSON needs, and a vector takes every byte.
        let mut line = serde_json::to_vec(&hub.stats.snapshot()).expect("numbers under names");
        line.push(b'\n');
        channel.write_all(&line).await?;
    }
}
