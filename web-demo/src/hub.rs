//! What all connections share.

use tokio::sync::watch;

use crate::stats::Stats;

/// The state of the server, one for all its connections.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) stats: Stats,
    /// Whether the services that only tests want are offered.
    pub(crate) test_services: bool,
    stop: watch::Sender<bool>,
}

impl Hub {
    pub(crate) fn new(test_services: bool) -> Self {
        Self {
            stats: Stats::new(),
            test_services,
            stop: watch::Sender::new(false),
        }
    }

    /// Registers a connection or a listener, until what is returned is dropped.
    pub(crate) fn register(&self) -> Registration {
        Registration(self.stop.subscribe())
    }

    /// Asks everything registered to end, and waits until it has.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        self.stop.closed().await;
    }
}

/// A part of the server that [`Hub::stop`] waits for.
#[derive(Debug)]
pub(crate) struct Registration(watch::Receiver<bool>);

impl Registration {
    /// Completes when the server is to stop.
    pub(crate) async fn stopped(&mut self) {
        // An error means that the hub is gone, which means the same.
        let _ = self.0.wait_for(|&stop| stop).await;
    }
}
