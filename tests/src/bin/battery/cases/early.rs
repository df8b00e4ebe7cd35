//! Ends that come early: streams closed with data in flight, opens taken back, connections dropped.

use std::sync::Arc;

use futures_util::future::{FutureExt as _, try_join_all};
use strandmux::{Error, Multiplexer};

use super::{Case, MIB};
use crate::Outcome;
use crate::call::Call;
use crate::connect::{self, Address};
use crate::ramp::ramp;

pub(super) fn cases(address: &Arc<Address>) -> Vec<Case> {
    let address = Arc::clone(address);
    vec![
        Case::new("SOURCE closed early with data in flight", source),
        Case::new(
            "SOURCE of which one half is dropped after the other",
            halves,
        ),
        Case::new("SINK and ECHO closed early with data in flight", upload),
        Case::new("ECHO never read and closed", unread_echo),
        Case::new("100 SOURCEs closed early at once", crowd),
        Case::new("opens taken back", opens_taken_back),
        Case::new("connections dropped in the middle of everything", |mux| {
            connections_dropped(mux, address)
        }),
    ]
}

fn big_source() -> String {
    format!("SOURCE {}", 64 * MIB)
}

async fn source(mux: Multiplexer) -> Outcome {
    for round in 0..20 {
        let mut call = Call::open(&mux, &big_source()).await?;
        call.skip(round * 20_000).await?;
        call.reader.close();
        match call.write(b"x").await {
            Err(Error::StreamClosed) => {}
            other => return Err(format!("a write after close ended in {other:?}").into()),
        }
    }
    Ok(())
}

async fn halves(mux: Multiplexer) -> Outcome {
    for round in 0..10 {
        let Call { reader, writer } = Call::open(&mux, &big_source()).await?;
        if round % 2 == 0 {
            drop(reader);
            drop(writer);
        } else {
            drop(writer);
            let mut reader = reader;
            reader.read(&mut [0; 100]).await?;
        }
    }
    Ok(())
}

async fn upload(mux: Multiplexer) -> Outcome {
    let payload = ramp(60_000);
    for round in 0..20 {
        let service = if round % 2 == 0 { "SINK" } else { "ECHO" };
        let mut call = Call::open(&mux, service).await?;
        call.write(&payload).await?;
        if round % 4 < 2 {
            call.end();
        }
    }
    Ok(())
}

/// The echo fills this end's window and then waits; the close must end that too.
async fn unread_echo(mux: Multiplexer) -> Outcome {
    for _ in 0..5 {
        let mut call = Call::open(&mux, "ECHO").await?;
        call.write(&ramp(100_000)).await?;
    }
    Ok(())
}

async fn crowd(mux: Multiplexer) -> Outcome {
    let calls = (0..100).map(async |_| {
        let mut call = Call::open(&mux, &big_source()).await?;
        call.skip(1).await
    });
    try_join_all(calls).await?;
    Ok(())
}

/// Some never leave, some are on the wire, some are answered by the time they are taken back.
async fn opens_taken_back(mux: Multiplexer) -> Outcome {
    for turns in 0..60 {
        let mut open = mux.open();
        for _ in 0..turns {
            if (&mut open).now_or_never().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(open);
    }
    // What was taken back lies in the peer's backlog still, ten in the original, and must not crowd this out.
    Call::open(&mux, "ECHO").await?.ping_pong(1).await
}

/// The server must notice, and go on serving others.
async fn connections_dropped(_: Multiplexer, address: Arc<Address>) -> Outcome {
    for _ in 0..5 {
        let mux = connect::connect(&address).await?;
        let mut source = Call::open(&mux, &big_source()).await?;
        source.skip(1).await?;
        let mut sink = Call::open(&mux, "SINK").await?;
        sink.write(&ramp(50_000)).await?;
        drop((source, sink, mux));
    }
    Ok(())
}
