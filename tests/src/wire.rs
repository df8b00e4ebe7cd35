//! The wire format once more, written without a look at the library's own: what talks to itself hides a
//! mistake made on both sides.

use std::fmt;

/// A message, a data message without its payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// A sign of life.
    Heartbeat,
    /// A stream is opened, with a first window.
    Open(u64, u64),
    /// A stream is accepted, with a first window.
    Accept(u64, u64),
    /// This many bytes of a stream follow.
    Data(u64, usize),
    /// A stream's window grows.
    WindowIncrement(u64, u64),
    /// A stream's sender has no more data.
    CloseWrite(u64),
    /// A stream ends.
    Close(u64),
}

/// What a piece of the wire holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A header.
    Message(Message),
    /// Some of the payload that the last header announced.
    Payload(u64, Vec<u8>),
}

/// Takes apart what one end sends, however it is cut.
#[derive(Debug, Default)]
pub struct Parser {
    /// The beginning of a header.
    pending: Vec<u8>,
    /// Whose payload comes next, and how much of it.
    payload: Option<(u64, usize)>,
    /// Whether a padded number is an error, as it is for what an implementation sends.
    is_strict: bool,
}

/// The header at the start of some bytes.
enum Header {
    Complete(Message, usize),
    Incomplete,
}

impl Parser {
    /// A parser that takes whatever the format allows.
    pub fn tolerant() -> Self {
        Self::default()
    }

    /// A parser that wants numbers in their shortest form.
    pub fn strict() -> Self {
        Self {
            is_strict: true,
            ..Self::default()
        }
    }

    /// Whether everything so far is made of whole messages.
    pub fn is_at_boundary(&self) -> bool {
        self.pending.is_empty() && self.payload.is_none()
    }

    /// The parts of `bytes`, which follow what was pushed before.
    ///
    /// # Errors
    ///
    /// What is wrong with the first message that is not one. The parts before it are lost.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        self.push_into(bytes, &mut parts)?;
        Ok(parts)
    }

    /// As [`push`](Self::push); the parts before an error are in `parts`.
    ///
    /// # Errors
    ///
    /// What is wrong with the first message that is not one.
    pub fn push_into(&mut self, bytes: &[u8], parts: &mut Vec<Part>) -> Result<(), String> {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            if let Some((id, remaining)) = self.payload {
                let (now, later) = bytes.split_at(bytes.len().min(remaining));
                parts.push(Part::Payload(id, now.to_vec()));
                self.payload = (remaining > now.len()).then(|| (id, remaining - now.len()));
                bytes = later;
                continue;
            }
            self.pending.push(bytes[0]);
            bytes = &bytes[1..];
            if let Header::Complete(message, len) = header(&self.pending)? {
                if self.is_strict && message.encode() != self.pending[..len] {
                    return Err(format!("{message:?} has a padded number"));
                }
                self.pending.clear();
                if let Message::Data(id, len) = message {
                    self.payload = (len > 0).then_some((id, len));
                }
                parts.push(Part::Message(message));
            }
        }
        Ok(())
    }
}

/// Decodes the header that `bytes` begin with.
fn header(bytes: &[u8]) -> Result<Header, String> {
    let mut rest = bytes;
    let Some(kind) = take_byte(&mut rest) else {
        return Ok(Header::Incomplete);
    };
    if kind > 6 {
        return Err(format!("kind {kind}"));
    }
    if kind == 0 {
        return Ok(Header::Complete(Message::Heartbeat, 1));
    }
    let Some(id) = take_uvarint(&mut rest)? else {
        return Ok(Header::Incomplete);
    };
    let second = match kind {
        1 | 2 | 4 => take_uvarint(&mut rest)?,
        3 if rest.len() < 2 => None,
        3 => {
            let len = u64::from(rest[0]) * 256 + u64::from(rest[1]);
            rest = &rest[2..];
            Some(len)
        }
        _ => Some(0),
    };
    let Some(second) = second else {
        return Ok(Header::Incomplete);
    };
    let message = match kind {
        1 => Message::Open(id, second),
        2 => Message::Accept(id, second),
        3 => Message::Data(id, second as usize),
        4 => Message::WindowIncrement(id, second),
        5 => Message::CloseWrite(id),
        _ => Message::Close(id),
    };
    Ok(Header::Complete(message, bytes.len() - rest.len()))
}

fn take_byte(bytes: &mut &[u8]) -> Option<u8> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    Some(*first)
}

fn take_uvarint(bytes: &mut &[u8]) -> Result<Option<u64>, String> {
    let mut value = 0u128;
    for index in 0..10 {
        let Some(byte) = take_byte(bytes) else {
            return Ok(None);
        };
        value += u128::from(byte % 128) << (7 * index);
        if byte < 128 {
            return u64::try_from(value)
                .map(Some)
                .map_err(|_| format!("{value} does not fit 64 bits"));
        }
    }
    Err("a number of more than ten bytes".into())
}

fn put_uvarint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 128 {
        bytes.push((value % 128) as u8 + 128);
        value /= 128;
    }
    bytes.push(value as u8);
}

impl Message {
    /// The message's bytes, numbers in their shortest form.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, id, second) = match *self {
            Self::Heartbeat => return vec![0],
            Self::Open(id, window) => (1, id, Some(window)),
            Self::Accept(id, window) => (2, id, Some(window)),
            Self::Data(id, _) => (3, id, None),
            Self::WindowIncrement(id, amount) => (4, id, Some(amount)),
            Self::CloseWrite(id) => (5, id, None),
            Self::Close(id) => (6, id, None),
        };
        let mut bytes = vec![kind];
        put_uvarint(id, &mut bytes);
        if let Some(second) = second {
            put_uvarint(second, &mut bytes);
        }
        if let Self::Data(_, len) = *self {
            bytes.extend_from_slice(&(len as u16).to_be_bytes());
        }
        bytes
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heartbeat => write!(f, "heartbeat"),
            Self::Open(id, window) => write!(f, "open {id} with window {window}"),
            Self::Accept(id, window) => write!(f, "accept {id} with window {window}"),
            Self::Data(id, len) => write!(f, "{len} bytes for {id}"),
            Self::WindowIncrement(id, amount) => write!(f, "increment of {amount} for {id}"),
            Self::CloseWrite(id) => write!(f, "close_write {id}"),
            Self::Close(id) => write!(f, "close {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_depend_on_the_cut() {
        let messages = [
            Message::Open(1, 300),
            Message::Data(u64::MAX, 3),
            Message::Heartbeat,
        ];
        let mut bytes = messages[0].encode();
        bytes.extend(messages[1].encode());
        bytes.extend(b"abc");
        bytes.extend(messages[2].encode());
        let mut parser = Parser::strict();
        let mut parts = Vec::new();
        for byte in &bytes {
            parser.push_into(&[*byte], &mut parts).expect("well-formed");
        }
        let payload = |byte| Part::Payload(u64::MAX, vec![byte]);
        assert_eq!(
            parts,
            [
                Part::Message(messages[0]),
                Part::Message(messages[1]),
                payload(b'a'),
                payload(b'b'),
                payload(b'c'),
                Part::Message(messages[2]),
            ]
        );
    }

    #[test]
    fn only_a_strict_parser_minds_padding() {
        let padded = [5, 0x81, 0];
        assert_eq!(
            Parser::tolerant().push(&padded),
            Ok(vec![Part::Message(Message::CloseWrite(1))])
        );
        assert!(Parser::strict().push(&padded).is_err());
    }
}
