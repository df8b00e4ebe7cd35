//! How fast what is sent leaves, and so how much is worth having ready.
//!
//! What lies in the outbox is ahead of everything that is written later, and a piece that is being sent is ahead of
//! a heartbeat. Both are bounded in time: while data waits, what the carrier takes in a while is the rate, and what waits for
//! the peer's credit waits as well: a carrier may take all of a window at once and be slow behind that. Until the rate is
//! known pieces are of a middling size, so that the first ones do not hold up a heartbeat on a slow link.

use core::time::Duration;

use crate::time::Instant;

/// The largest piece before anything is known, in bytes.
const FIRST_PIECE: usize = 16 * 1_024;
/// The largest piece on the slowest link, in bytes.
const MIN_PIECE: usize = 1_024;
/// The least that the outbox holds, in bytes.
const MIN_CAPACITY: usize = 4 * MIN_PIECE;
/// How long a piece may take.
const PIECE_TIME: Duration = Duration::from_millis(5);
/// How long all that waits may take.
const TIME: Duration = Duration::from_millis(25);
/// How long the rate is taken over, at least.
const SPAN: Duration = Duration::from_millis(50);
/// Credit that takes longer to come says nothing about the path: the peer's user does not read.
const MAX_GAP: Duration = Duration::from_secs(1);
/// As many of the largest pieces are expected in that time.
const PIECES: usize = (SPAN.as_millis() / PIECE_TIME.as_millis()) as usize;

/// What waits when a piece is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// More pieces.
    Pieces,
    /// Data that is not in a piece for want of credit.
    Credit,
    Nothing,
}

/// The rate at which the carrier takes pieces.
#[derive(Debug)]
pub(super) struct Pace {
    /// What was configured.
    max_piece: usize,
    max_capacity: usize,
    piece: usize,
    capacity: usize,
    /// Since when data has always waited, or the last estimate, and what was taken since.
    began: Option<Instant>,
    taken: usize,
    /// When the outbox became empty although data waits for credit.
    empty_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new(max_capacity: usize, max_piece: usize) -> Self {
        Self {
            max_piece,
            max_capacity,
            piece: FIRST_PIECE.min(max_piece),
            capacity: max_capacity,
            began: None,
            taken: 0,
            empty_since: None,
        }
    }

    /// The most bytes in a piece.
    pub(super) fn piece(&self) -> usize {
        self.piece
    }

    /// The most bytes that may wait.
    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The carrier takes a piece of `len` bytes.
    pub(super) fn on_taken(&mut self, now: Instant, len: usize, behind: Behind) {
        if self.empty_since.is_some_and(|since| now >= since + MAX_GAP) {
            self.began = None;
            self.taken = 0;
        }
        self.empty_since = (behind == Behind::Credit).then_some(now);
        let began = *self.began.get_or_insert(now);
        let elapsed = now.saturating_duration_since(began);
        if elapsed >= SPAN {
            self.estimate(elapsed);
            self.began = Some(now);
            self.taken = 0;
        } else if elapsed < SPAN / 2 && self.taken >= PIECES * self.piece {
            // What was expected of the whole span.
            self.double();
        }
        self.taken += len;
        if behind == Behind::Nothing {
            if self.taken >= self.piece {
                // All that there was, sooner than a span.
                self.double();
            }
            self.began = None;
            self.taken = 0;
        }
    }

    fn double(&mut self) {
        self.piece = (2 * self.piece).min(self.max_piece);
        self.capacity = (2 * self.capacity).min(self.max_capacity);
    }

    /// The carrier took what was taken in this time.
    fn estimate(&mut self, elapsed: Duration) {
        let within = |time: Duration| {
            let bytes = self.taken as u128 * time.as_micros() / elapsed.as_micros().max(1);
            usize::try_from(bytes).unwrap_or(usize::MAX)
        };
        let piece = within(PIECE_TIME).max(MIN_PIECE).min(self.max_piece);
        let least = MIN_CAPACITY.max(2 * piece);
        self.capacity = within(TIME).max(least).min(self.max_capacity);
        self.piece = piece;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of pieces as large as may be at `rate` bytes a second, for ten seconds.
    fn settled(rate: usize) -> (usize, usize) {
        let mut pace = Pace::new(320_000, 65_000);
        let mut now = 0;
        while now < 10_000_000 {
            let len = pace.piece();
            pace.on_taken(Instant::from_micros(now), len, Behind::Pieces);
            now += (len * 1_000_000 / rate) as u64;
        }
        (pace.piece(), pace.capacity())
    }

    #[test]
    fn what_waits_is_bounded_in_time() {
        assert_eq!(settled(4_000), (MIN_PIECE, MIN_CAPACITY));
        let (piece, capacity) = settled(1_000_000);
        assert!((4_500..=5_500).contains(&piece), "{piece}");
        assert!((22_000..=28_000).contains(&capacity), "{capacity}");
        assert_eq!(settled(100_000_000), (65_000, 320_000));
    }

    /// The carrier takes all of a window at once, and credit comes at the rate of the path behind it.
    #[test]
    fn what_waits_for_credit_waits() {
        let mut pace = Pace::new(320_000, 65_000);
        for round in 0..100 {
            let now = Instant::from_millis(10 * round);
            pace.on_taken(now, 10_000, Behind::Credit);
        }
        let piece = pace.piece();
        assert!((4_500..=5_500).contains(&piece), "{piece}");
        // The peer's user takes a rest.
        pace.on_taken(Instant::from_millis(10_000), 10_000, Behind::Credit);
        assert_eq!(pace.piece(), piece);
    }

    #[test]
    fn a_link_that_becomes_faster_is_noticed_at_once() {
        let mut pace = Pace::new(320_000, 65_000);
        pace.on_taken(Instant::ZERO, 1_000, Behind::Pieces);
        pace.on_taken(Instant::from_millis(1_000), 1_000, Behind::Pieces);
        assert_eq!((pace.piece(), pace.capacity()), (MIN_PIECE, MIN_CAPACITY));
        for _ in 0..80 {
            let len = pace.piece();
            pace.on_taken(Instant::from_millis(1_010), len, Behind::Pieces);
        }
        assert_eq!((pace.piece(), pace.capacity()), (65_000, 320_000));
    }
}
