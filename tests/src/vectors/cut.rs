//! How the bytes of an input are cut into carrier chunks, which must mean nothing.

use crate::random::Random;

/// The longest input that is also cut at every byte.
pub const SHORT: usize = 64;

/// A way to cut inputs.
#[derive(Debug, Clone)]
pub enum Cut {
    /// Not at all.
    Whole,
    /// Short ones into single bytes, others not at all.
    EveryByte,
    /// Short ones in two, after this many bytes; others not at all.
    After(usize),
    /// Anyhow.
    Random(Random),
    /// In this way, and given in foreign memory.
    Foreign(Box<Cut>),
}

impl Cut {
    /// Whether the pieces lie in foreign memory.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }

    /// The pieces of `input`, which is cut.
    pub(super) fn pieces<'a>(&mut self, input: &'a [u8]) -> Vec<&'a [u8]> {
        let is_short = input.len() <= SHORT;
        match self {
            Self::EveryByte if is_short => input.chunks(1).collect(),
            Self::After(at) if is_short && *at < input.len() => {
                let (first, second) = input.split_at(*at);
                vec![first, second]
            }
            Self::Whole | Self::EveryByte | Self::After(_) => vec![input],
            Self::Random(random) => random_pieces(random, input),
            Self::Foreign(cut) => cut.pieces(input),
        }
    }
}

/// Pieces of mostly small, sometimes large, sometimes no size.
fn random_pieces<'a>(random: &mut Random, input: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = input;
    while !rest.is_empty() {
        let most = [1, 2, 8, 100, 20_000][random.within(0..5)];
        let len = random.within(0..most + 1).min(rest.len());
        let (piece, later) = rest.split_at(len);
        pieces.push(piece);
        rest = later;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let input: Vec<u8> = (0..60).collect();
        let cuts = [
            Cut::Whole,
            Cut::EveryByte,
            Cut::After(3),
            Cut::Random(Random::new(1)),
        ];
        for mut cut in cuts {
            assert_eq!(cut.pieces(&input).concat(), input, "{cut:?}");
        }
        assert_eq!(Cut::After(3).pieces(&input).len(), 2);
    }
}
