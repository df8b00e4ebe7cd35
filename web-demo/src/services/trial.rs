//! Services that only tests want: they behave badly on purpose, or make the client serve.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::StreamExt as _;
use strandmux::{Error, Multiplexer, ReadHalf, WriteHalf};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::channel::Channel;
use super::transfer::Receipt;
use crate::ramp;
use crate::stats::Stats;

/// The most bytes SLOW reads at a time.
const SLOW_BUFFER: usize = 256 * 1_024;

/// The most streams DIAL has open at a time.
const DIAL_AT_ONCE: usize = 1_024;

const DIAL_BUFFER: usize = 16 * 1_024;

/// `HOLD ms`: reads nothing, so that the client's writes run out of window.
pub(super) async fn hold(channel: Channel<'_>, time: Duration) -> Result<(), Error> {
    sleep(time).await;
    drop(channel);
    Ok(())
}

/// `SLOW n`: reads n bytes a millisecond, then answers like SINK.
pub(super) async fn slow(mut channel: Channel<'_>, rate: NonZeroUsize) -> Result<(), Error> {
    let mut receipt = Receipt::default();
    let mut buffer = vec![0; rate.get().min(SLOW_BUFFER)];
    let mut ticks = interval(Duration::from_millis(1));
    // The timer's own resolution is a millisecond: what it misses is made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        ticks.tick().await;
        let count = channel.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        receipt.add(&buffer[..count]);
    }
    channel.write_all(receipt.line().as_bytes()).await?;
    channel.finish().await
}

/// `DROP`: ends the stream without an answer.
pub(super) fn drop_at_once(channel: Channel<'_>) -> Result<(), Error> {
    drop(channel);
    Ok(())
}

/// `DIAL n size`: has the client echo a ramp on each of n streams opened to it.
pub(super) async fn dial(
    mut channel: Channel<'_>,
    mux: &Multiplexer,
    stats: &Stats,
    count: usize,
    size: u64,
) -> Result<(), Error> {
    let answer = match dial_all(mux, stats, count, size).await {
        Ok(()) => format!("OK {count}\n"),
        Err(failure) => format!("FAIL {failure}\n"),
    };
    channel.write_all(answer.as_bytes()).await?;
    channel.finish().await
}

async fn dial_all(
    mux: &Multiplexer,
    stats: &Stats,
    count: usize,
    size: u64,
) -> Result<(), DialFailure> {
    let mut dialled = futures_util::stream::iter(0..count)
        .map(|_| dial_one(mux, stats, size))
        .buffer_unordered(DIAL_AT_ONCE);
    while let Some(result) = dialled.next().await {
        result?;
    }
    Ok(())
}

/// Why a client failed to echo.
enum DialFailure {
    Stream(Error),
    WrongByte { offset: u64, len: usize },
    Ended { offset: u64 },
    TooLong,
}

impl fmt::Display for DialFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => error.fmt(f),
            Self::WrongByte { offset, len } => {
                write!(f, "wrong among the {len} bytes echoed at {offset}")
            }
            Self::Ended { offset } => write!(f, "the echo ended after {offset} bytes"),
            Self::TooLong => f.write_str("more came back than was sent"),
        }
    }
}

impl From<Error> for DialFailure {
    fn from(error: Error) -> Self {
        Self::Stream(error)
    }
}

async fn dial_one(mux: &Multiplexer, stats: &Stats, size: u64) -> Result<(), DialFailure> {
    let stream = mux.open().await?;
    let _open = stats.stream_opened();
    let (reader, writer) = stream.into_split();
    tokio::try_join!(
        send_ramp(writer, stats, size),
        expect_ramp(reader, stats, size)
    )?;
    Ok(())
}

async fn send_ramp(mut writer: WriteHalf, stats: &Stats, size: u64) -> Result<(), DialFailure> {
    let piece = ramp::piece();
    let mut left = size;
    while left > 0 {
        let count = ramp::piece_len(left);
        writer.write_all(&piece[..count]).await?;
        stats.written(count);
        left -= count as u64;
    }
    writer.close_write();
    Ok(())
}

async fn expect_ramp(mut reader: ReadHalf, stats: &Stats, size: u64) -> Result<(), DialFailure> {
    let mut buffer = vec![0; DIAL_BUFFER];
    let mut offset = 0;
    loop {
        let count = reader.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        stats.read(count);
        if offset + count as u64 > size {
            return Err(DialFailure::TooLong);
        }
        if !ramp::matches(&buffer[..count], offset) {
            return Err(DialFailure::WrongByte { offset, len: count });
        }
        offset += count as u64;
    }
    if offset < size {
        return Err(DialFailure::Ended { offset });
    }
    Ok(())
}
