//! One connection: a multiplexer whose streams are given to the services.

use std::sync::Arc;

use strandmux::{Carrier, Config, Role};

use crate::hub::Hub;
use crate::services;

/// Streams that may wait to be accepted. They are accepted at once, so this bounds how many opens may
/// arrive in one piece; clients that open without restraint, as the original does, send a hundred.
const ACCEPT_BACKLOG: usize = 1_024;

/// Serves the streams of one carrier until it or the server ends.
pub(crate) async fn serve<C>(carrier: C, name: String, hub: Arc<Hub>)
where
    C: Carrier + Send + 'static,
{
    let mut registration = hub.register();
    let _open = hub.stats.connection_opened();
    let mut config = Config::default();
    config.accept_backlog = ACCEPT_BACKLOG;
    let mux = strandmux::tokio::spawn(carrier, Role::Server, config);
    eprintln!("{name}: connected");
    loop {
        tokio::select! {
            accepted = mux.accept() => match accepted {
                Ok(stream) => {
                    tokio::spawn(services::serve(stream, mux.clone(), Arc::clone(&hub)));
                }
                Err(_) => break,
            },
            () = registration.stopped() => {
                mux.close().await;
                break;
            }
        }
    }
    eprintln!("{name}: {}", mux.closed().await);
}
