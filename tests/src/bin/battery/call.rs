//! A call: one stream to one service.

use strandmux::{Error, Multiplexer, ReadHalf, Stream, WriteHalf};

use super::Outcome;
use super::ramp::RampCheck;

const READ_BUFFER: usize = 64 * 1_024;

/// The most an answer in words may take, in bytes.
const MAX_TEXT: usize = 4_096;

/// A stream whose two directions can be used at once. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) reader: ReadHalf,
    pub(crate) writer: WriteHalf,
}

impl Call {
    /// Opens a stream and names its service.
    pub(crate) async fn open(mux: &Multiplexer, command: &str) -> Outcome<Self> {
        let mut call = Self::adopt(mux.open().await?);
        call.write(format!("{command}\n").as_bytes()).await?;
        Ok(call)
    }

    /// A call on a stream that has no command, or not yet.
    pub(crate) fn adopt(stream: Stream) -> Self {
        let (reader, writer) = stream.into_split();
        Self { reader, writer }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).await
    }

    /// Half-closes.
    pub(crate) fn end(&self) {
        self.writer.close_write();
    }

    /// Reads to the end of the stream, which must be a ramp of `size` bytes.
    pub(crate) async fn expect_ramp(&mut self, size: usize) -> Outcome {
        expect_ramp(&mut self.reader, size).await
    }

    /// Reads to the end of the stream and expects exactly this.
    pub(crate) async fn expect_text(&mut self, expected: &str) -> Outcome {
        let answer = self.read_text().await?;
        if answer == expected {
            Ok(())
        } else {
            Err(format!("the answer was {answer:?}, not {expected:?}").into())
        }
    }

    /// Reads to the end of the stream.
    pub(crate) async fn read_text(&mut self) -> Outcome<String> {
        let mut answer = Vec::new();
        let mut buffer = [0; 1_024];
        loop {
            let count = self.reader.read(&mut buffer).await?;
            if count == 0 {
                return Ok(String::from_utf8(answer)?);
            }
            answer.extend_from_slice(&buffer[..count]);
            if answer.len() > MAX_TEXT {
                return Err("the answer has no end".into());
            }
        }
    }

    /// Reads exactly as many bytes as the buffer has.
    pub(crate) async fn read_exact(&mut self, buffer: &mut [u8]) -> Outcome {
        let mut filled = 0;
        while filled < buffer.len() {
            let count = self.reader.read(&mut buffer[filled..]).await?;
            if count == 0 {
                return Err(
                    format!("the stream ended {} bytes early", buffer.len() - filled).into(),
                );
            }
            filled += count;
        }
        Ok(())
    }

    /// Reads and throws away at least `count` bytes.
    pub(crate) async fn skip(&mut self, count: usize) -> Outcome {
        let mut buffer = [0; 4_096];
        let mut left = count;
        while left > 0 {
            match self.reader.read(&mut buffer).await? {
                0 => return Err(format!("the stream ended {left} bytes early").into()),
                read => left = left.saturating_sub(read),
            }
        }
        Ok(())
    }

    /// Sends 64 bytes to ECHO and waits for them, so many times.
    pub(crate) async fn ping_pong(&mut self, rounds: u32) -> Outcome {
        for round in 0..rounds {
            let ping = [round as u8; 64];
            let mut pong = [0; 64];
            self.write(&ping).await?;
            self.read_exact(&mut pong).await?;
            if pong != ping {
                return Err(format!("wrong bytes in round {round}").into());
            }
        }
        Ok(())
    }
}

pub(crate) async fn expect_ramp(reader: &mut ReadHalf, size: usize) -> Outcome {
    let mut check = RampCheck::default();
    let mut buffer = vec![0; READ_BUFFER];
    loop {
        let count = reader.read(&mut buffer).await?;
        if count == 0 {
            return check.finish(size as u64);
        }
        check.take(&buffer[..count])?;
    }
}
