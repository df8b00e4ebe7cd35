//! What all connections share.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::args::Args;
use crate::limits::Limits;
use crate::origin::AllowedOrigin;
use crate::stats::Stats;

/// The state of the server, one for all its connections.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) stats: Stats,
    /// Whether the services that only tests want are offered.
    pub(crate) test_services: bool,
    pub(crate) allowed_origins: Vec<AllowedOrigin>,
    pub(crate) limits: Limits,
    /// Connections that may still be admitted.
    places: Arc<Semaphore>,
    stop: watch::Sender<bool>,
}

impl Hub {
    pub(crate) fn new(args: &Args) -> Self {
        let places = args.limits.max_connections.min(Semaphore::MAX_PERMITS);
        Self {
            stats: Stats::new(),
            test_services: args.test_services,
            allowed_origins: args.allowed_origins.clone(),
            limits: args.limits.clone(),
            places: Arc::new(Semaphore::new(places)),
            stop: watch::Sender::new(false),
        }
    }

    /// A connection's place among those that the limit allows, until the last clone of it is dropped; none if all
    /// are taken.
    pub(crate) fn admit(&self) -> Option<Place> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        Some(Place(Arc::new(place)))
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

/// A connection's place; see [`Hub::admit`].
#[derive(Debug, Clone)]
pub(crate) struct Place(
    #[expect(dead_code, reason = "held until it is dropped")] Arc<OwnedSemaphorePermit>,
);

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
