//! Bytes and numbers as the recordings write them down: section 2 of `vectors/README.md`.

use serde::Deserialize;

/// Bytes: hexadecimal, or a list of pieces, some of them described instead of spelt out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct Blob(pub(super) Vec<u8>);

/// A number, a decimal string if it is large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenInteger")]
pub(super) struct Integer(pub(super) u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Hex(String),
    Segments(Vec<Segment>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Segment {
    Hex(String),
    Repeat { repeat: String, count: usize },
    Ramp { ramp: usize, count: usize },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenInteger {
    Number(u64),
    Text(String),
}

impl TryFrom<Written> for Blob {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let segments = match written {
            Written::Hex(hex) => vec![Segment::Hex(hex)],
            Written::Segments(segments) => segments,
        };
        let mut bytes = Vec::new();
        for segment in segments {
            match segment {
                Segment::Hex(hex) => bytes.extend(decode_hex(&hex)?),
                Segment::Repeat { repeat, count } => {
                    bytes.extend(decode_hex(&repeat)?.repeat(count))
                }
                Segment::Ramp { ramp, count } => {
                    bytes.extend((0..count).map(|k| ((ramp + k) % 251) as u8))
                }
            }
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<WrittenInteger> for Integer {
    type Error = String;

    fn try_from(written: WrittenInteger) -> Result<Self, String> {
        match written {
            WrittenInteger::Number(number) => Ok(Self(number)),
            WrittenInteger::Text(text) => text
                .parse()
                .map(Self)
                .map_err(|_| format!("not a number: {text}")),
        }
    }
}

fn decode_hex(text: &str) -> Result<Vec<u8>, String> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return Err(format!("not hexadecimal: {text}"));
    }
    (0..text.len())
        .step_by(2)
        .map(|at| {
            u8::from_str_radix(&text[at..at + 2], 16)
                .map_err(|_| format!("not hexadecimal: {text}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_joined() {
        let text = r#"["0aff", {"repeat": "61", "count": 3}, {"ramp": 249, "count": 4}]"#;
        let blob: Blob = serde_json::from_str(text).expect("a blob");
        assert_eq!(blob.0, [10, 255, 97, 97, 97, 249, 250, 0, 1]);
    }

    #[test]
    fn large_numbers_are_text() {
        let numbers: Vec<Integer> =
            serde_json::from_str(r#"[3, "18446744073709551615"]"#).expect("numbers");
        assert_eq!(numbers, [Integer(3), Integer(u64::MAX)]);
        assert!(serde_json::from_str::<Blob>(r#""0g""#).is_err());
    }
}
