//! The first line: FEED, whose answer is for people, and everything that names no service.

use strandmux::Multiplexer;

use super::Case;
use crate::Outcome;
use crate::call::Call;

const UNKNOWN: &str = "ERROR unknown command\n";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![Case::new("FEED sends a JSON line, and another", feed).aside()];
    for line in ["NONSENSE", "", "echo"] {
        cases.push(Case::new(
            format!("unknown command {line:?}"),
            async move |mux: Multiplexer| Call::open(&mux, line).await?.expect_text(UNKNOWN).await,
        ));
    }
    cases.push(Case::new("a first line of 20,000 bytes", long_line));
    cases.push(Case::new("streams without a first line", no_line));
    cases
}

async fn feed(mux: Multiplexer) -> Outcome {
    let mut call = Call::open(&mux, "FEED").await?;
    for _ in 0..2 {
        let mut line = Vec::new();
        let mut byte = [0];
        while byte != *b"\n" {
            call.read_exact(&mut byte).await?;
            line.push(byte[0]);
        }
        let value: serde_json::Value = serde_json::from_slice(&line)?;
        if !value.is_object() {
            return Err(format!("a line of the feed is {value}").into());
        }
    }
    Ok(())
}

/// The server may answer before it has read everything.
async fn long_line(mux: Multiplexer) -> Outcome {
    let mut call = Call::open(&mux, &"x".repeat(20_000)).await?;
    call.end();
    let answer = call.read_text().await?;
    if answer.starts_with("ERROR") {
        Ok(())
    } else {
        Err(format!("the answer was {answer:?}").into())
    }
}

/// Nothing is promised about these but that the connection survives them.
async fn no_line(mux: Multiplexer) -> Outcome {
    for _ in 0..20 {
        let call = Call::adopt(mux.open().await?);
        call.end();
        drop(call);
        drop(mux.open().await?);
        let mut call = Call::adopt(mux.open().await?);
        call.write(b"ECH").await?;
        call.end();
        call.read_text().await?;
    }
    Ok(())
}
