//! Ramps: byte i is i mod 251. The period is a prime, so no lost, doubled or swapped block of a usual
//! size goes unnoticed.

use std::sync::LazyLock;

const PERIOD: usize = 251;

/// Bytes handed out at a time: a multiple of the period, so that every piece starts like the first.
const PIECE: usize = PERIOD * 261;

/// One piece of a ramp, to be sent over and over. There is one for all streams.
pub(crate) fn piece() -> &'static [u8] {
    static PIECES: LazyLock<Vec<u8>> =
        LazyLock::new(|| (0..PERIOD as u8).cycle().take(PIECE).collect());
    &PIECES
}

/// How many of the ramp's bytes the piece at this place has, `left` bytes before the ramp ends.
pub(crate) fn piece_len(left: u64) -> usize {
    usize::try_from(left).unwrap_or(PIECE).min(PIECE)
}

/// Whether these are the bytes of a ramp that start `offset` bytes into it.
pub(crate) fn matches(bytes: &[u8], offset: u64) -> bool {
    let mut expected = (offset % PERIOD as u64) as u8;
    bytes.iter().all(|&byte| {
        let is_right = byte == expected;
        expected = if expected == PERIOD as u8 - 1 {
            0
        } else {
            expected + 1
        };
        is_right
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_into_a_ramp() {
        let two = [piece(), piece()].concat();
        assert!(matches(&two, 0));
        assert!(matches(&two[300..], 300));
        assert!(!matches(&two[1..], 0));
        assert_eq!(two[PERIOD - 1..=PERIOD], [250, 0]);
    }

    #[test]
    fn the_last_piece_is_shorter() {
        assert_eq!(piece_len(0), 0);
        assert_eq!(piece_len(7), 7);
        assert_eq!(piece_len(u64::MAX), PIECE);
    }
}
