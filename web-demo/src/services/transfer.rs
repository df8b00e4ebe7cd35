//! Services that move bytes.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use strandmux::Error;

use super::channel::Channel;
use crate::ramp;

/// What a stream that has yet to carry much is read with. Most never do, and a server has many of them.
const FIRST_BUFFER: usize = 1_024;

/// As much as a stream's window holds.
const ECHO_BUFFER: usize = 64 * 1_024;

/// More than a window, because one that has grown holds more.
const SINK_BUFFER: usize = 256 * 1_024;

/// `ECHO`: sends back what it reads, until the end.
pub(super) async fn echo(mut channel: Channel<'_>) -> Result<(), Error> {
    let mut buffer = vec![0; FIRST_BUFFER];
    loop {
        let count = channel.read(&mut buffer).await?;
        if count == 0 {
            return channel.finish().await;
        }
        channel.write_all(&buffer[..count]).await?;
        grow_if_full(&mut buffer, count, ECHO_BUFFER);
    }
}

/// `SINK`: reads to the end and says how much and what it was, or that it was more than `max` bytes.
pub(super) async fn sink(mut channel: Channel<'_>, max: u64) -> Result<(), Error> {
    let mut receipt = Receipt::default();
    let mut buffer = vec![0; FIRST_BUFFER];
    loop {
        let count = channel.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        receipt.add(&buffer[..count]);
        if receipt.count > max {
            // The stream closes behind it, so that no more is sent.
            return channel.write_all(b"ERROR too large\n").await;
        }
        grow_if_full(&mut buffer, count, SINK_BUFFER);
    }
    channel.write_all(receipt.line().as_bytes()).await?;
    channel.finish().await
}

/// Doubles a buffer that a read of `count` bytes has filled, up to `most`: there may have been more to read.
fn grow_if_full(buffer: &mut Vec<u8>, count: usize, most: usize) {
    if count == buffer.len() {
        buffer.resize((2 * count).min(most), 0);
    }
}

/// `SOURCE n`: sends a ramp.
pub(super) async fn source(mut channel: Channel<'_>, size: u64) -> Result<(), Error> {
    let piece = ramp::piece();
    let mut left = size;
    while left > 0 {
        let count = ramp::piece_len(left);
        channel.write_all(&piece[..count]).await?;
        left -= count as u64;
    }
    channel.finish().await
}

/// What was received.
#[derive(Default)]
pub(super) struct Receipt {
    count: u64,
    hash: Sha256,
}

impl Receipt {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.count += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// `<count> <sha256 in hex>` and a newline.
    pub(super) fn line(self) -> String {
        let mut line = format!("{} ", self.count);
        for byte in self.hash.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(line, "{byte:02x}");
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_grows_while_reads_fill_it() {
        let mut buffer = vec![0; 1_000];
        for (count, len) in [
            (999, 1_000),
            (1_000, 2_000),
            (1_000, 2_000),
            (2_000, 2_500),
            (2_500, 2_500),
        ] {
            grow_if_full(&mut buffer, count, 2_500);
            assert_eq!(buffer.len(), len);
        }
    }

    #[test]
    fn a_receipt_is_count_and_hash() {
        let mut receipt = Receipt::default();
        receipt.add(b"a");
        receipt.add(b"bc");
        assert_eq!(
            receipt.line(),
            "3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
        );
    }
}
