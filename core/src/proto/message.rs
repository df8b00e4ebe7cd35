//! The seven messages and how they are written down.
//!
//! A message is a kind byte followed by its fields. Numbers are unsigned LEB128 ("uvarint") of at
//! most 64 bits; the length of a data message is two bytes, big endian. Encoding is minimal,
//! decoding takes padded numbers too, as the original does.

use alloc::vec::Vec;

use super::violation::Violation;

/// The longest header: kind and two ten-byte numbers.
pub(crate) const MAX_HEADER: usize = 1 + 2 * MAX_VARINT;
const MAX_VARINT: usize = 10;

/// A message without its payload: a data message says how many bytes of it follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Message {
    Heartbeat,
    Open { id: u64, window: u64 },
    Accept { id: u64, window: u64 },
    Data { id: u64, len: u16 },
    WindowIncrement { id: u64, amount: u64 },
    CloseWrite { id: u64 },
    Close { id: u64 },
}

/// The kind byte of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Heartbeat = 0,
    Open = 1,
    Accept = 2,
    Data = 3,
    WindowIncrement = 4,
    CloseWrite = 5,
    Close = 6,
}

/// What the beginning of some input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// A whole header of `len` bytes.
    Complete { message: Message, len: usize },
    /// Part of a header; what it is about is there once that has arrived.
    Incomplete(Option<(Kind, u64)>),
    /// A header with a wrong field after the identifier. What it is about may be wrong as well, which
    /// comes first.
    Malformed((Kind, u64), Violation),
}

impl Kind {
    fn decode(byte: u8) -> Result<Self, Violation> {
        Ok(match byte {
            0 => Self::Heartbeat,
            1 => Self::Open,
            2 => Self::Accept,
            3 => Self::Data,
            4 => Self::WindowIncrement,
            5 => Self::CloseWrite,
            6 => Self::Close,
            _ => return Err(Violation::UnknownKind),
        })
    }
}

impl Message {
    /// Decodes the header that `input` begins with.
    ///
    /// # Errors
    ///
    /// [`Violation::UnknownKind`] or, in the identifier, [`Violation::VarintOverflow`], as soon as it
    /// shows. Rules about values are the caller's.
    pub(crate) fn decode(input: &[u8]) -> Result<Decoded, Violation> {
        let mut fields = Fields { input, at: 0 };
        let Some(byte) = fields.byte() else {
            return Ok(Decoded::Incomplete(None));
        };
        let kind = Kind::decode(byte)?;
        if kind == Kind::Heartbeat {
            return Ok(fields.complete(Self::Heartbeat));
        }
        let Some(id) = fields.varint()? else {
            return Ok(Decoded::Incomplete(None));
        };
        let field = match kind {
            Kind::Open | Kind::Accept | Kind::WindowIncrement => match fields.varint() {
                Ok(field) => field,
                Err(violation) => return Ok(Decoded::Malformed((kind, id), violation)),
            },
            Kind::Data => fields.u16().map(u64::from),
            Kind::Heartbeat | Kind::CloseWrite | Kind::Close => Some(0),
        };
        let Some(field) = field else {
            return Ok(Decoded::Incomplete(Some((kind, id))));
        };
        Ok(fields.complete(Self::new(kind, id, field)))
    }

    fn new(kind: Kind, id: u64, field: u64) -> Self {
        match kind {
            Kind::Heartbeat => Self::Heartbeat,
            Kind::Open => Self::Open { id, window: field },
            Kind::Accept => Self::Accept { id, window: field },
            // The field was decoded from two bytes.
            Kind::Data => Self::Data {
                id,
                len: field as u16,
            },
            Kind::WindowIncrement => Self::WindowIncrement { id, amount: field },
            Kind::CloseWrite => Self::CloseWrite { id },
            Kind::Close => Self::Close { id },
        }
    }

    /// The message's kind and the stream it is about, unless it is about none.
    pub(crate) fn subject(&self) -> Option<(Kind, u64)> {
        Some(match *self {
            Self::Heartbeat => return None,
            Self::Open { id, .. } => (Kind::Open, id),
            Self::Accept { id, .. } => (Kind::Accept, id),
            Self::Data { id, .. } => (Kind::Data, id),
            Self::WindowIncrement { id, .. } => (Kind::WindowIncrement, id),
            Self::CloseWrite { id } => (Kind::CloseWrite, id),
            Self::Close { id } => (Kind::Close, id),
        })
    }

    /// Appends the header to `output`.
    pub(crate) fn encode(&self, output: &mut Vec<u8>) {
        let Some((kind, id)) = self.subject() else {
            return output.push(Kind::Heartbeat as u8);
        };
        output.push(kind as u8);
        encode_varint(id, output);
        match *self {
            Self::Open { window: field, .. }
            | Self::Accept { window: field, .. }
            | Self::WindowIncrement { amount: field, .. } => encode_varint(field, output),
            Self::Data { len, .. } => output.extend_from_slice(&len.to_be_bytes()),
            Self::Heartbeat | Self::CloseWrite { .. } | Self::Close { .. } => {}
        }
    }
}

/// How many bytes the header of a data message for stream `id` takes.
pub(crate) fn data_header_len(id: u64) -> usize {
    let bits = 64 - (id | 1).leading_zeros() as usize;
    1 + bits.div_ceil(7) + 2
}

fn encode_varint(mut value: u64, output: &mut Vec<u8>) {
    while value >= 0x80 {
        output.push(value as u8 | 0x80);
        value >>= 7;
    }
    output.push(value as u8);
}

/// A cursor over the fields of a header.
struct Fields<'a> {
    input: &'a [u8],
    at: usize,
}

impl Fields<'_> {
    fn complete(&self, message: Message) -> Decoded {
        Decoded::Complete {
            message,
            len: self.at,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.input.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.input.get(self.at..self.at + 2)?.try_into().ok()?;
        self.at += 2;
        Some(u16::from_be_bytes(bytes))
    }

    /// The number at the cursor, `None` while part of it is missing.
    fn varint(&mut self) -> Result<Option<u64>, Violation> {
        let mut value = 0;
        for index in 0..MAX_VARINT {
            let Some(byte) = self.byte() else {
                return Ok(None);
            };
            // The tenth byte holds bit 63 alone.
            if index == MAX_VARINT - 1 && byte > 1 {
                return Err(Violation::VarintOverflow);
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                return Ok(Some(value));
            }
        }
        Err(Violation::VarintOverflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Messages beside their bytes, written out.
    const WRITTEN: &[(Message, &[u8])] = &[
        (Message::Heartbeat, &[0]),
        (
            Message::Open {
                id: 1,
                window: 65_535,
            },
            &[1, 1, 0xff, 0xff, 3],
        ),
        (Message::Accept { id: 128, window: 0 }, &[2, 0x80, 1, 0]),
        (Message::Data { id: 127, len: 258 }, &[3, 127, 1, 2]),
        (
            Message::WindowIncrement {
                id: 2,
                amount: u64::MAX,
            },
            &[
                4, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
        ),
        (Message::CloseWrite { id: 300 }, &[5, 0xac, 2]),
        (Message::Close { id: 16_384 }, &[6, 0x80, 0x80, 1]),
    ];

    #[test]
    fn encodes_and_decodes_what_is_written_down() {
        for (message, bytes) in WRITTEN {
            let mut output = vec![];
            message.encode(&mut output);
            assert_eq!(&output, bytes, "{message:?}");
            let len = bytes.len();
            let complete = Decoded::Complete {
                message: *message,
                len,
            };
            assert_eq!(Message::decode(bytes), Ok(complete));
            for cut in 0..len {
                assert!(
                    matches!(Message::decode(&bytes[..cut]), Ok(Decoded::Incomplete(_))),
                    "{message:?} cut to {cut}"
                );
            }
        }
    }

    #[test]
    fn says_what_it_is_about_before_the_last_field() {
        assert_eq!(
            Message::decode(&[3, 5, 0]),
            Ok(Decoded::Incomplete(Some((Kind::Data, 5))))
        );
        assert_eq!(Message::decode(&[3, 0x85]), Ok(Decoded::Incomplete(None)));
    }

    #[test]
    fn data_header_len_agrees_with_encode() {
        for id in [1, 127, 128, 16_383, 16_384, u64::MAX >> 1, u64::MAX] {
            let mut output = vec![];
            Message::Data { id, len: 1 }.encode(&mut output);
            assert_eq!(data_header_len(id), output.len(), "{id}");
        }
    }
}
