//! ECHO: every size and cut, many at once, and for a long time.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use strandmux::Multiplexer;

use super::{Case, MIB};
use crate::Outcome;
use crate::call::{Call, expect_ramp};
use crate::ramp::ramp;

/// Longer than the 10 s after which either end gives up on a peer without heartbeats.
const IDLE: Duration = Duration::from_secs(12);

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("idle past the heartbeat interval, then echo", idle).aside(),
        Case::new("ping-pong, 1,000 times", async |mux: Multiplexer| {
            Call::open(&mux, "ECHO").await?.ping_pong(1_000).await
        }),
    ];
    for size in [
        0,
        1,
        2,
        100,
        65_534,
        65_535,
        65_536,
        65_537,
        300_000,
        4 * MIB,
    ] {
        cases.push(Case::new(
            format!("echo of {size} bytes"),
            async move |mux: Multiplexer| echo(&mux, size, |_| 65_536).await,
        ));
    }
    let cuts = [
        (1, 5_000),
        (2, 5_000),
        (7, 20_000),
        (1_000, 200_000),
        (65_535, 2 * MIB),
        (MIB, 3 * MIB),
    ];
    for (cut, size) in cuts {
        let name = format!("echo of {size} bytes in writes of {cut}");
        cases.push(Case::new(name, async move |mux: Multiplexer| {
            echo(&mux, size, |_| cut).await
        }));
    }
    for seed in 1..=4 {
        let name = format!("echo of 1 MiB in writes of random sizes, seed {seed}");
        cases.push(Case::new(name, async move |mux: Multiplexer| {
            echo(&mux, MIB, random_cuts(seed)).await
        }));
    }
    cases.push(Case::new(
        "echo whose command and payload share a write",
        together,
    ));
    cases.push(Case::new(
        "echo whose command arrives byte by byte",
        byte_by_byte,
    ));
    cases.push(Case::new("100 echoes at once", async |mux: Multiplexer| {
        hundred(&mux).await
    }));
    cases.push(Case::new("100 streams open at the same time", hundred_open));
    cases.push(Case::new("1,000 short streams, 50 at a time", many_in_turn));
    cases
}

/// Sends a ramp in writes of the sizes that `cut` gives and expects it back.
pub(super) async fn echo(
    mux: &Multiplexer,
    size: usize,
    mut cut: impl FnMut(usize) -> usize,
) -> Outcome {
    let Call {
        mut reader,
        mut writer,
    } = Call::open(mux, "ECHO").await?;
    let payload = ramp(size);
    let send = async {
        let mut at = 0;
        while at < size {
            let end = size.min(at + cut(at));
            writer.write_all(&payload[at..end]).await?;
            at = end;
        }
        writer.close_write();
        Ok(())
    };
    try_join(send, expect_ramp(&mut reader, size)).await?;
    Ok(())
}

/// A hundred streams opened in one go, each with a size of its own.
pub(super) async fn hundred(mux: &Multiplexer) -> Outcome {
    try_join_all((0..100).map(|i| echo(mux, 1_000 + i, |_| 300))).await?;
    Ok(())
}

async fn idle(mux: Multiplexer) -> Outcome {
    let mut call = Call::open(&mux, "ECHO").await?;
    call.ping_pong(1).await?;
    tokio::time::sleep(IDLE).await;
    call.ping_pong(1).await
}

async fn together(mux: Multiplexer) -> Outcome {
    let mut call = Call::adopt(mux.open().await?);
    call.write(b"ECHO\npay\nload").await?;
    call.end();
    call.expect_text("pay\nload").await
}

async fn byte_by_byte(mux: Multiplexer) -> Outcome {
    let mut call = Call::adopt(mux.open().await?);
    for &byte in b"ECHO\npayload" {
        call.write(&[byte]).await?;
        // Gives the connection a chance to send the byte alone.
        tokio::task::yield_now().await;
    }
    call.end();
    call.expect_text("payload").await
}

async fn hundred_open(mux: Multiplexer) -> Outcome {
    let mut calls = try_join_all((0..100).map(|_| Call::open(&mux, "ECHO"))).await?;
    let ids: HashSet<u64> = calls.iter().map(|call| call.reader.id()).collect();
    if ids.len() != 100 || ids.iter().any(|id| id % 2 == 0) {
        return Err(format!("the streams' identifiers are {ids:?}").into());
    }
    try_join_all(calls.iter_mut().map(|call| call.ping_pong(3))).await?;
    for call in &mut calls {
        call.end();
        call.expect_text("").await?;
    }
    Ok(())
}

async fn many_in_turn(mux: Multiplexer) -> Outcome {
    let workers = (0..50).map(|_| async {
        for _ in 0..20 {
            echo(&mux, 100, |_| 100).await?;
        }
        Outcome::Ok(())
    });
    try_join_all(workers).await?;
    Ok(())
}

/// Sizes from 1 byte to 100,000, mostly small: xorshift, so that a seed says it all.
fn random_cuts(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let limit = if state.is_multiple_of(4) {
            100_000
        } else {
            2_000
        };
        1 + (state >> 8) as usize % limit
    }
}
