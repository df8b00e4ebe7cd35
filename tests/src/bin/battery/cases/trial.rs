//! The services that only tests want: servers that read late or not at all, hang up, or call back.

use strandmux::{Error, Multiplexer, Stream};
use tokio::task::JoinSet;

use super::transfer::sink;
use super::{Case, MIB, echo};
use crate::Outcome;
use crate::call::Call;
use crate::ramp::{RampCheck, ramp};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("HOLD lets writes run out of window, and nothing else", hold),
        Case::new("HOLD ends", hold_ends),
        Case::new("close while a write waits for window", close_while_waiting),
        Case::new(
            "SLOW reads everything in the end",
            async |mux: Multiplexer| sink(&mux, "SLOW 1000", 300_000).await,
        ),
        Case::new("DROP ends the stream and fails its writes", drop_at_once),
    ];
    for (count, size) in [(1, 0), (1, 1), (8, 100_000), (4, MIB)] {
        cases.push(Case::new(
            format!("DIAL {count} {size}"),
            async move |mux: Multiplexer| dialled(&mux, count, size).await,
        ));
    }
    cases.push(Case::new(
        "DIAL 100 1000, and 100 echoes of our own at the same time",
        async |mux: Multiplexer| {
            tokio::try_join!(dialled(&mux, 100, 1_000), echo::hundred(&mux))?;
            Ok(())
        },
    ));
    cases
}

async fn hold(mux: Multiplexer) -> Outcome {
    let mut held = Call::open(&mux, "HOLD 60000").await?;
    let payload = ramp(4 * MIB);
    let pings = async {
        let mut call = Call::open(&mux, "ECHO").await?;
        call.ping_pong(50).await
    };
    tokio::select! {
        written = held.write(&payload) => {
            Err(format!("4 MiB written to a service that reads nothing: {written:?}").into())
        }
        done = pings => done,
    }
}

async fn hold_ends(mux: Multiplexer) -> Outcome {
    let mut held = Call::open(&mux, "HOLD 100").await?;
    held.end();
    held.read_text().await?;
    Ok(())
}

async fn close_while_waiting(mux: Multiplexer) -> Outcome {
    let Call { reader, mut writer } = Call::open(&mux, "HOLD 60000").await?;
    let waiting = tokio::spawn(async move { writer.write_all(&ramp(MIB)).await });
    Call::open(&mux, "ECHO").await?.ping_pong(5).await?;
    reader.close();
    match waiting.await? {
        Err(Error::StreamClosed) => Ok(()),
        other => Err(format!("the waiting write ended in {other:?}").into()),
    }
}

async fn drop_at_once(mux: Multiplexer) -> Outcome {
    let mut call = Call::open(&mux, "DROP").await?;
    call.expect_text("").await?;
    match call.write(&ramp(MIB)).await {
        Err(Error::RemoteClosed) => Ok(()),
        other => Err(format!("a write to it ended in {other:?}").into()),
    }
}

/// Has the server open streams to this end, and echoes each.
async fn dialled(mux: &Multiplexer, count: usize, size: usize) -> Outcome {
    let mut call = Call::open(mux, &format!("DIAL {count} {size}")).await?;
    let mut echoes = JoinSet::new();
    for accepted in 0..count {
        tokio::select! {
            stream = mux.accept() => {
                echoes.spawn(echo_back(stream?, size));
            }
            answer = call.read_text() => {
                return Err(format!("the answer after {accepted} streams was {:?}", answer?).into());
            }
        }
    }
    while let Some(echoed) = echoes.join_next().await {
        echoed??;
    }
    call.expect_text(&format!("OK {count}\n")).await
}

async fn echo_back(stream: Stream, size: usize) -> Outcome {
    let id = stream.id();
    if !id.is_multiple_of(2) {
        return Err(format!("the server opened stream {id}").into());
    }
    let mut call = Call::adopt(stream);
    let mut check = RampCheck::default();
    let mut buffer = [0; 10_000];
    loop {
        let count = call.reader.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        check.take(&buffer[..count])?;
        match call.write(&buffer[..count]).await {
            // The server may close its stream as soon as it has every byte back.
            Err(Error::RemoteClosed) if check.received() == size as u64 => break,
            written => written?,
        }
    }
    call.end();
    check.finish(size as u64)
}
