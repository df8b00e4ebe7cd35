//! A stream as a service sees it: counted, and with what came after its first line.

use strandmux::{Error, Stream};

use crate::stats::Stats;

/// The longest first line, in bytes, without its newline.
const MAX_LINE: usize = 1_024;

/// A stream whose bytes are counted.
pub(super) struct Channel<'a> {
    stream: Stream,
    /// Read from the stream while looking for the end of the first line, and not yet read from here.
    ahead: Vec<u8>,
    stats: &'a Stats,
}

impl<'a> Channel<'a> {
    pub(super) fn new(stream: Stream, stats: &'a Stats) -> Self {
        Self {
            stream,
            ahead: Vec::new(),
            stats,
        }
    }

    /// Reads the first line and returns it without its newline, or none if the stream ends before the
    /// line does or the line is too long. After the line a read may take as long as it likes.
    pub(super) async fn read_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut line = vec![0; MAX_LINE + 1];
        let mut filled = 0;
        while filled < line.len() {
            let count = self.read(&mut line[filled..]).await?;
            if count == 0 {
                break;
            }
            let newline = line[filled..filled + count]
                .iter()
                .position(|&byte| byte == b'\n');
            if let Some(at) = newline {
                self.ahead = line[filled + at + 1..filled + count].to_vec();
                self.stream.set_read_deadline(None);
                line.truncate(filled + at);
                return Ok(Some(line));
            }
            filled += count;
        }
        Ok(None)
    }

    /// Reads at least one byte, or 0 at the end of the stream.
    pub(super) async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if !self.ahead.is_empty() {
            let count = buffer.len().min(self.ahead.len());
            buffer[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            return Ok(count);
        }
        let count = self.stream.read(buffer).await?;
        self.stats.read(count);
        Ok(count)
    }

    pub(super) async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.stream.write_all(bytes).await?;
        self.stats.written(bytes.len());
        Ok(())
    }

    /// Half-closes and waits for the client to end the stream too, so that a client that is still
    /// writing gets to read the answer before its writes fail.
    pub(super) async fn finish(mut self) -> Result<(), Error> {
        self.stream.close_write();
        // Not in the future itself, which is as large for a stream that is far from its end.
        let mut ignored = vec![0; 4_096];
        while self.read(&mut ignored).await? > 0 {}
        Ok(())
    }
}
