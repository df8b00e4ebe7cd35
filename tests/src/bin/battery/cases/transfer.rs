//! SINK and SOURCE: content and hashes of what is moved.

use futures_util::future::{try_join, try_join_all};
use strandmux::Multiplexer;

use super::{Case, MIB};
use crate::Outcome;
use crate::call::{Call, expect_ramp};
use crate::ramp::{RampCheck, ramp, receipt};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for size in [0, 1, 65_535, 65_536, 64 * MIB] {
        cases.push(Case::new(
            format!("SINK of {size} bytes"),
            async move |mux: Multiplexer| sink(&mux, "SINK", size).await,
        ));
        cases.push(Case::new(
            format!("SOURCE of {size} bytes"),
            async move |mux: Multiplexer| source(&mux, size).await,
        ));
    }
    cases.push(Case::new(
        "SINK and SOURCE of 16 MiB at once, and ping-pong",
        beside,
    ));
    cases.push(Case::new("8 times SINK and SOURCE of 2 MiB at once", crowd));
    cases.push(Case::new("SOURCE read in small and uneven pieces", uneven));
    cases.push(Case::new(
        "SOURCE to an end that is half-closed already",
        half_closed,
    ));
    cases
}

/// Sends a ramp and expects the receipt for it.
pub(super) async fn sink(mux: &Multiplexer, command: &str, size: usize) -> Outcome {
    let payload = ramp(size);
    let mut call = Call::open(mux, command).await?;
    call.write(&payload).await?;
    call.end();
    call.expect_text(&receipt(&payload)).await
}

async fn source(mux: &Multiplexer, size: usize) -> Outcome {
    let mut call = Call::open(mux, &format!("SOURCE {size}")).await?;
    call.expect_ramp(size).await
}

/// A bulk transfer each way, beside which a third stream must go on answering.
async fn beside(mux: Multiplexer) -> Outcome {
    let bulk = try_join(sink(&mux, "SINK", 16 * MIB), source(&mux, 16 * MIB));
    let mut bulk = std::pin::pin!(bulk);
    let mut call = Call::open(&mux, "ECHO").await?;
    let mut rounds = 0;
    loop {
        tokio::select! {
            done = &mut bulk => {
                done?;
                break;
            }
            pong = async { call.ping_pong(1).await } => {
                pong?;
                rounds += 1;
            }
        }
    }
    if rounds < 3 {
        return Err(format!("only {rounds} round trips beside the transfers").into());
    }
    Ok(())
}

async fn crowd(mux: Multiplexer) -> Outcome {
    let pairs = (0..8).map(|_| try_join(sink(&mux, "SINK", 2 * MIB), source(&mux, 2 * MIB)));
    try_join_all(pairs).await?;
    Ok(())
}

/// Credit returned in odd amounts.
async fn uneven(mux: Multiplexer) -> Outcome {
    let size = 300_000;
    let mut call = Call::open(&mux, &format!("SOURCE {size}")).await?;
    let mut check = RampCheck::default();
    let mut buffer = [0; 5_000];
    for len in [1, 3, 4_999, 17, 1_000].into_iter().cycle() {
        let count = call.reader.read(&mut buffer[..len]).await?;
        if count == 0 {
            break;
        }
        check.take(&buffer[..count])?;
    }
    check.finish(size)
}

async fn half_closed(mux: Multiplexer) -> Outcome {
    let mut call = Call::open(&mux, "SOURCE 200000").await?;
    call.end();
    expect_ramp(&mut call.reader, 200_000).await
}
