//! What the server grants its clients.

use std::time::Duration;

use clap::Args;
use strandmux::MAX_DATA_MESSAGE;

/// How long a client may take over an HTTP request's head, and over the whole of an HTTP connection that does not
/// become a WebSocket.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for the whole connection: the page is a few files.
pub(crate) const HTTP_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a stream may take over its first line.
pub(crate) const LINE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest WebSocket message that is taken. The client's own are a little more than 64 KiB by default.
pub(crate) const MAX_MESSAGE: usize = 1_024 * 1_024;

/// The longest that is sent, which browsers do well with.
pub(crate) const MAX_OWN_MESSAGE: usize = 4 * MAX_DATA_MESSAGE;

/// Bytes that are read from a WebSocket's socket at a time. It has them for as long as it lives, and would take 128 KiB.
pub(crate) const READ_BUFFER: usize = 16 * 1_024;

/// Bytes that are gathered for a WebSocket before they are written out.
pub(crate) const WRITE_BUFFER: usize = 16 * 1_024;
/// The most that may wait in a WebSocket: what is gathered, and a message on top of it.
pub(crate) const MAX_WRITE_BUFFER: usize = 2 * MAX_OWN_MESSAGE;

/// Limits to choose on the command line.
#[derive(Debug, Clone, Args)]
pub struct Limits {
    /// Connections at a time, of every kind together; one more is told to come back later
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    pub max_connections: usize,

    /// The most bytes that a SINK takes
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 30)]
    pub max_upload: u64,

    /// Seconds that streams get to finish when the server stops
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub drain: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 1_024,
            max_upload: 16 << 30,
            drain: 5,
        }
    }
}
