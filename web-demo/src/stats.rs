//! What the server counts, for its FEED.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use serde::Serialize;

/// The server's counters. They are read one by one, so a snapshot need not be of one instant.
#[derive(Debug)]
pub(crate) struct Stats {
    started: Instant,
    connections: AtomicU64,
    connections_served: AtomicU64,
    open_streams: AtomicU64,
    streams_served: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// The counters at some time: one line of the FEED.
#[derive(Debug, Serialize)]
pub(crate) struct Snapshot {
    /// Milliseconds since the server started.
    uptime_ms: u64,
    /// Open connections.
    connections: u64,
    /// Connections since the start, the open ones included.
    connections_served: u64,
    /// Open streams of all connections.
    open_streams: u64,
    /// Streams since the start, the open ones included.
    streams_served: u64,
    /// Payload read from streams since the start, in bytes.
    bytes_in: u64,
    /// Payload written to streams since the start, in bytes.
    bytes_out: u64,
}

impl Stats {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            connections: AtomicU64::new(0),
            connections_served: AtomicU64::new(0),
            open_streams: AtomicU64::new(0),
            streams_served: AtomicU64::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let uptime = self.started.elapsed().as_millis();
        Snapshot {
            uptime_ms: u64::try_from(uptime).unwrap_or(u64::MAX),
            connections: self.connections.load(Relaxed),
            connections_served: self.connections_served.load(Relaxed),
            open_streams: self.open_streams.load(Relaxed),
            streams_served: self.streams_served.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
        }
    }

    /// Counts a connection, as open until what is returned is dropped.
    pub(crate) fn connection_opened(&self) -> Open<'_> {
        self.connections_served.fetch_add(1, Relaxed);
        Open::new(&self.connections)
    }

    /// Counts a stream, as open until what is returned is dropped.
    pub(crate) fn stream_opened(&self) -> Open<'_> {
        self.streams_served.fetch_add(1, Relaxed);
        Open::new(&self.open_streams)
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    pub(crate) fn written(&self, bytes: usize) {
        self.bytes_out.fetch_add(bytes as u64, Relaxed);
    }
}

/// Something that counts as open for as long as it lives.
#[derive(Debug)]
#[must_use = "it counts as open only for as long as it lives"]
pub(crate) struct Open<'a>(&'a AtomicU64);

impl<'a> Open<'a> {
    fn new(gauge: &'a AtomicU64) -> Self {
        gauge.fetch_add(1, Relaxed);
        Self(gauge)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
