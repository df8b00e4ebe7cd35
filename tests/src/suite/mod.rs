//! The behavioural contract of a stream, over whatever carrier: what Go's `nettest.TestConn` asks of a
//! `net.Conn`, and what half-close, accept and close add to it.
//!
//! A case is an async function of a [`Duplex`]. [`conformance!`](crate::conformance) makes tests of them all
//! for one way to connect two multiplexers, each with either end opening the stream.

mod data;
mod deadlines;
mod endings;
mod muxes;
mod racing;
mod transfer;

use std::time::Duration;

use strandmux::{Multiplexer, Role, Stream};

pub use deadlines::{
    close_with_deadline, future_timeout, past_timeout, present_timeout, read_timeout, write_timeout,
};
pub use endings::{
    close_flushes, close_wakes_a_read, close_wakes_a_write, drop_closes, half_close,
    reads_drain_after_peer_close, write_after_peer_close,
};
pub use muxes::{
    addresses, hundred_opens_from_each_side, mux_close_ends_everything, mux_close_flushes,
};
pub use racing::{concurrent_methods, racy_read, racy_write};
pub use transfer::{basic_io, echo_by_tokio, empty_buffers, ping_pong, window_holds_a_writer};

/// A case that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// A stream, both its ends, and the multiplexers they belong to.
#[derive(Debug)]
pub struct Duplex {
    /// The end that opened the stream.
    pub near: Stream,
    /// The end that accepted it.
    pub far: Stream,
    /// The multiplexer of `near`.
    pub near_mux: Multiplexer,
    /// The multiplexer of `far`.
    pub far_mux: Multiplexer,
}

/// Runs a case over a pair of multiplexers, client and server, the one with the role `opener` opening the
/// stream.
///
/// # Panics
///
/// If the case does, or hangs.
pub async fn run(
    connect: impl AsyncFnOnce() -> (Multiplexer, Multiplexer),
    opener: Role,
    case: impl AsyncFnOnce(Duplex),
) {
    let (client, server) = connect().await;
    let (near_mux, far_mux) = match opener {
        Role::Client => (client, server),
        Role::Server => (server, client),
    };
    let checked = async {
        let (near, far) = tokio::join!(near_mux.open(), far_mux.accept());
        case(Duplex {
            near: near.expect("nothing rejects it"),
            far: far.expect("one was opened"),
            near_mux,
            far_mux,
        })
        .await;
    };
    let in_time = tokio::time::timeout(LIMIT, checked).await;
    in_time.expect("the case hangs");
}

/// Tests of every case: `conformance!(module, path::to::connect, test_attribute)`.
#[macro_export]
macro_rules! conformance {
    ($module:ident, $connect:path, $test:meta) => {
        $crate::conformance! {
            @ $module, $connect, $test;
            basic_io ping_pong window_holds_a_writer empty_buffers echo_by_tokio
            racy_read racy_write concurrent_methods
            read_timeout write_timeout past_timeout present_timeout future_timeout close_with_deadline
            half_close close_wakes_a_read close_wakes_a_write reads_drain_after_peer_close
            write_after_peer_close close_flushes drop_closes
            addresses hundred_opens_from_each_side mux_close_ends_everything mux_close_flushes
        }
    };
    (@ $module:ident, $connect:path, $test:meta; $($case:ident)*) => {
        mod $module {
            $(mod $case {
                #[$test]
                async fn client_opens() {
                    let opener = strandmux::Role::Client;
                    $crate::suite::run($connect, opener, $crate::suite::$case).await;
                }

                #[$test]
                async fn server_opens() {
                    let opener = strandmux::Role::Server;
                    $crate::suite::run($connect, opener, $crate::suite::$case).await;
                }
            })*
        }
    };
}
