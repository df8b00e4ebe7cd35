//! Taking headers off the input, however it is cut.

use super::message::{Decoded, MAX_HEADER, Message};
use super::stream::StreamId;
use super::violation::Violation;

/// Where in a message the input stands.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The beginning of a header whose rest has not arrived.
    partial: heapless::Vec<u8, MAX_HEADER>,
    /// The data message whose payload is arriving.
    pub(super) payload: Option<Payload>,
}

/// The rest of a data message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payload {
    /// Whose it is; `None` if it is to be skipped.
    pub(super) stream: Option<StreamId>,
    /// Bytes of it that have not arrived, more than 0.
    pub(super) remaining: usize,
}

impl Decoder {
    /// Whether no message is incomplete.
    pub(super) fn is_at_boundary(&self) -> bool {
        self.partial.is_empty() && self.payload.is_none()
    }

    /// Takes a header, or the part of one that is there, off `input`.
    pub(super) fn header(&mut self, input: &mut &[u8]) -> Result<Decoded, Violation> {
        let before = self.partial.len();
        if before == 0 {
            let decoded = Message::decode(input)?;
            if let Decoded::Complete { len, .. } = decoded {
                *input = &input[len..];
            } else {
                self.keep(input);
            }
            return Ok(decoded);
        }
        self.keep(&mut &**input);
        let decoded = Message::decode(&self.partial)?;
        if let Decoded::Complete { len, .. } = decoded {
            *input = &input[len - before..];
            self.partial.clear();
        } else {
            *input = &[];
        }
        Ok(decoded)
    }

    /// Keeps as much of `input` as a header can take.
    fn keep(&mut self, input: &mut &[u8]) {
        let len = input
            .len()
            .min(self.partial.capacity() - self.partial.len());
        // It fits: that is what `len` says.
        let _ = self.partial.extend_from_slice(&input[..len]);
        *input = &input[len..];
    }
}
