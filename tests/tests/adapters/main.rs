//! Streams under the byte stream traits of others: copying, half-closing, errors, deadlines.

mod embedded_io_async;
mod futures_io;
mod tokio;

use std::future::Future;
use std::time::Duration;

use strandmux::{Config, Error, Multiplexer, Role, Stream};

/// More than a window, so that both directions wait for each other.
const LEN: usize = 200_000;

/// A client and a server, connected.
fn muxes() -> (Multiplexer, Multiplexer) {
    let (client, server) = strandmux::carrier::memory::pair();
    (
        strandmux::tokio::spawn(client, Role::Client, Config::default()),
        strandmux::tokio::spawn(server, Role::Server, Config::default()),
    )
}

/// The two ends of a stream, and what keeps them.
async fn streams() -> (Stream, Stream, [Multiplexer; 2]) {
    let (client, server) = muxes();
    let (near, far) = ::tokio::join!(client.open(), server.accept());
    let (near, far) = (near.expect("it is accepted"), far.expect("it is opened"));
    (near, far, [client, server])
}

/// Bytes that differ from their neighbours.
fn bytes() -> Vec<u8> {
    (0..LEN).map(|at| (at * 7 / 3) as u8).collect()
}

/// Makes a stream fail in every way that a stream can, and has `check` look at each error: from a
/// read, from a write.
async fn fail<F: Future<Output = ()>>(check: impl Fn(Stream, Operation, Error) -> F) {
    use Operation::{Read, Write};

    let (near, _far, _muxes) = streams().await;
    near.close();
    check(near, Read, Error::StreamClosed).await;

    let (near, _far, _muxes) = streams().await;
    near.close_write();
    check(near, Write, Error::WriteClosed).await;

    let (mut near, far, _muxes) = streams().await;
    drop(far);
    assert_eq!(near.read(&mut [0]).await, Ok(0));
    check(near, Write, Error::RemoteClosed).await;

    let (near, _far, [client, _server]) = streams().await;
    client.close().await;
    let reason = client.close_reason().expect("it is closed");
    check(near, Read, Error::MultiplexerClosed(reason)).await;

    for operation in [Read, Write] {
        let (mut near, _far, [client, _server]) = streams().await;
        near.set_read_deadline(Some(client.now() + Duration::from_millis(5)));
        near.set_write_deadline(Some(client.now()));
        if operation == Write {
            near.set_read_deadline(None);
        } else {
            near.set_write_deadline(None);
            assert_eq!(near.write(b"x").await, Ok(1));
        }
        check(near, operation, Error::DeadlineExceeded).await;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
}
