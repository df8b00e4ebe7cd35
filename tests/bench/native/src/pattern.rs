//! The bytes that travel, the same as in `pattern.mjs`: known by their position, so that either end can check
//! them without keeping them.

use std::sync::LazyLock;

const PERIOD: usize = 65_521;

/// The size of a piece.
pub const PIECE: usize = 64 * 1_024;

static PATTERN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 1_u32;
    let period: Vec<u8> = (0..PERIOD)
        .map(|_| {
            state = (state * 75 + 74) % 65_537;
            state as u8
        })
        .collect();
    period
        .iter()
        .copied()
        .cycle()
        .take(PERIOD + PIECE)
        .collect()
});

/// The bytes from `position` on, at most a piece of them.
pub fn piece(position: u64, len: u64) -> &'static [u8] {
    let start = (position % PERIOD as u64) as usize;
    let len = len.min(PIECE as u64) as usize;
    &PATTERN[start..start + len]
}

/// Follows bytes as they arrive and panics at the first that is wrong, as the program is of no use then.
#[derive(Debug, Default)]
pub struct Checker {
    count: u64,
    is_full: bool,
}

impl Checker {
    /// One that compares every byte if `is_full`, otherwise the first and last of each chunk.
    pub fn new(is_full: bool) -> Self {
        Self { count: 0, is_full }
    }

    /// How many bytes have arrived.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The next bytes.
    ///
    /// # Panics
    ///
    /// If they are not the ones that were sent.
    pub fn add(&mut self, chunk: &[u8]) {
        if self.is_full {
            for part in chunk.chunks(PIECE) {
                assert!(
                    part == piece(self.count, part.len() as u64),
                    "wrong bytes after {}",
                    self.count
                );
                self.count += part.len() as u64;
            }
            return;
        }
        if let (Some(first), Some(last)) = (chunk.first(), chunk.last()) {
            let end = self.count + chunk.len() as u64;
            let is_right = *first == piece(self.count, 1)[0] && *last == piece(end - 1, 1)[0];
            assert!(is_right, "wrong bytes after {}", self.count);
            self.count = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_that_of_the_scripts() {
        // `node -e "import('./pattern.mjs').then(({ piece }) => console.log(piece(65519, 4)))"`
        assert_eq!(piece(0, 4), [149, 241, 217, 156]);
        assert_eq!(piece(65_519, 4), [43, 215, 149, 241]);
    }

    #[test]
    fn a_repeated_piece_is_seen() {
        let mut checker = Checker::new(false);
        checker.add(piece(0, PIECE as u64));
        let again = std::panic::catch_unwind(move || checker.add(piece(0, PIECE as u64)));
        assert!(again.is_err());
    }
}
