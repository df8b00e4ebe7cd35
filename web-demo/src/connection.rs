//! One connection: a multiplexer whose streams are given to the services.

use std::sync::Arc;
use std::time::Duration;

use strandmux::{Carrier, CloseInfo, Config, Multiplexer, Role};
use tokio::task::JoinSet;

use crate::hub::{Hub, Place};
use crate::limits::MAX_OWN_MESSAGE;
use crate::services;

/// Streams that may wait to be accepted. They are accepted at once, so this bounds how many opens may
/// arrive in one piece; clients that open without restraint, as the original does, send a hundred.
const ACCEPT_BACKLOG: usize = 1_024;

/// The WebSocket's code for a server that goes away.
const GOING_AWAY: u16 = 1_001;

/// Serves the streams of one carrier until it or the server ends.
pub(crate) async fn serve<C>(carrier: C, name: String, hub: Arc<Hub>, _place: Place)
where
    C: Carrier + Send + 'static,
{
    let mut registration = hub.register();
    let _open = hub.stats.connection_opened();
    let mut config = Config::default();
    config.accept_backlog = ACCEPT_BACKLOG;
    config.max_message_size = MAX_OWN_MESSAGE;
    let mux = strandmux::tokio::spawn(carrier, Role::Server, config);
    eprintln!("{name}: connected");
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            accepted = mux.accept() => match accepted {
                Ok(stream) => {
                    streams.spawn(services::serve(stream, mux.clone(), Arc::clone(&hub)));
                }
                Err(_) => break,
            },
            Some(_) = streams.join_next() => {}
            () = registration.stopped() => {
                let drain = Duration::from_secs(hub.limits.drain);
                // What has not finished by then is cut short.
                let _ = tokio::time::timeout(drain, finish(&mux, &mut streams)).await;
                mux.close_with(CloseInfo::new(GOING_AWAY, "the server stops")).await;
                break;
            }
        }
    }
    eprintln!("{name}: {}", mux.closed().await);
}

/// Lets the streams finish that there are, and turns others away.
async fn finish(mux: &Multiplexer, streams: &mut JoinSet<()>) {
    while !streams.is_empty() {
        tokio::select! {
            _ = streams.join_next() => {}
            accepted = mux.accept() => if accepted.is_err() {
                return;
            },
        }
    }
}
