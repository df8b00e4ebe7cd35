//! Data on its way out, already in the form in which the carrier gets it.
//!
//! Writers copy their bytes once, behind their header, into the last piece; the carrier is handed
//! whole pieces. Order is kept, so a close that follows its stream's data into the outbox cannot
//! overtake it.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::message::{Message, data_header_len};
use super::pace::{Behind, Pace};
use crate::config::MAX_DATA_MESSAGE;
use crate::time::Instant;

/// Less payload than this is not worth a message at the end of a piece.
const MIN_FRAGMENT: usize = 1_024;

/// As many bytes of one stream in a row make pieces of several messages worth while: it is alone, so nobody waits behind
/// them.
const ALONE: usize = 4 * 1_024 * 1_024;

/// The place of a piece in the order of all that ever went through the outbox, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Sequence(u64);

#[derive(Debug)]
pub(crate) struct Outbox {
    pieces: VecDeque<Vec<u8>>,
    /// The first piece's place.
    first: u64,
    len: usize,
    /// Room promised to writers that have not come for it.
    reserved: usize,
    /// The stream that wrote last, and how many bytes since another one did.
    writer: u64,
    in_a_row: usize,
    pace: Pace,
}

impl Outbox {
    pub(crate) fn new(capacity: usize, max_piece: usize) -> Self {
        Self {
            pieces: VecDeque::new(),
            first: 1,
            len: 0,
            reserved: 0,
            writer: 0,
            in_a_row: 0,
            pace: Pace::new(capacity, max_piece),
        }
    }

    /// Bytes that are neither taken nor promised.
    pub(crate) fn room(&self) -> usize {
        self.pace
            .capacity()
            .saturating_sub(self.len + self.reserved)
    }

    /// The most bytes in a piece at present.
    pub(crate) fn piece(&self) -> usize {
        let most = match self.in_a_row {
            ALONE.. => usize::MAX,
            _ => MAX_DATA_MESSAGE,
        };
        self.pace.piece().min(most)
    }

    /// Bytes that wait to be handed over.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Pieces that wait; all but the last are full.
    pub(crate) fn pieces(&self) -> usize {
        self.pieces.len()
    }

    pub(crate) fn reserve(&mut self, len: usize) {
        self.reserved += len;
    }

    pub(crate) fn release(&mut self, len: usize) {
        debug_assert!(len <= self.reserved);
        self.reserved = self.reserved.saturating_sub(len);
    }

    pub(crate) fn release_all(&mut self) {
        self.reserved = 0;
    }

    /// Whether the piece at `sequence` has yet to be handed over.
    pub(crate) fn holds(&self, sequence: Sequence) -> bool {
        sequence.0 >= self.first
    }

    /// The length of the piece that is next.
    pub(crate) fn next_len(&self) -> Option<usize> {
        self.pieces.front().map(Vec::len)
    }

    /// Queues `data` for stream `id`, cut into messages as pieces and the length field demand.
    /// Returns the last message's place.
    pub(crate) fn push_data(&mut self, id: u64, mut data: &[u8]) -> Sequence {
        if self.writer != id {
            self.writer = id;
            self.in_a_row = 0;
        }
        self.in_a_row = self.in_a_row.saturating_add(data.len());
        let header = data_header_len(id);
        while !data.is_empty() {
            let wanted = data.len().min(usize::from(u16::MAX));
            let (piece, space) = self.piece_with(header + wanted.min(MIN_FRAGMENT));
            let len = wanted.min(space - header);
            let (now, later) = data.split_at(len);
            let before = piece.len();
            piece.reserve(header + len);
            let message = Message::Data {
                id,
                // At most u16::MAX, as `wanted` is.
                len: len as u16,
            };
            message.encode(piece);
            piece.extend_from_slice(now);
            self.len += piece.len() - before;
            data = later;
        }
        self.last()
    }

    /// Queues a message behind the data that is queued.
    pub(crate) fn push_message(&mut self, message: Message) -> Sequence {
        let (piece, _) = self.piece_with(super::message::MAX_HEADER);
        let before = piece.len();
        message.encode(piece);
        self.len += piece.len() - before;
        self.last()
    }

    /// Takes the next piece for the carrier. `more_waits` if there is data that is not here for want of credit.
    pub(crate) fn take(&mut self, now: Instant, more_waits: bool) -> Option<Vec<u8>> {
        let piece = self.pop()?;
        let behind = match self.pieces.is_empty() {
            false => Behind::Pieces,
            true if more_waits => Behind::Credit,
            true => Behind::Nothing,
        };
        self.pace.on_taken(now, piece.len(), behind);
        Some(piece)
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        let piece = self.pieces.pop_front()?;
        self.first += 1;
        self.len -= piece.len();
        Some(piece)
    }

    pub(crate) fn clear(&mut self) {
        while self.pop().is_some() {}
    }

    /// The piece to append to, the last one or a new one, which has space for `needed` bytes; and its
    /// whole space.
    fn piece_with(&mut self, needed: usize) -> (&mut Vec<u8>, usize) {
        let max_piece = self.piece();
        let space = |piece: &Vec<u8>| max_piece.saturating_sub(piece.len());
        // A new piece has space for any header and some payload, as the least size of one is 64.
        let left = self.pieces.back().map_or(0, space);
        if left < needed.min(max_piece) {
            self.pieces.push_back(Vec::new());
        }
        let at = self.pieces.len() - 1;
        let piece = &mut self.pieces[at];
        let space = max_piece.saturating_sub(piece.len());
        (piece, space)
    }

    fn last(&self) -> Sequence {
        Sequence(self.first + self.pieces.len() as u64 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn small_writes_share_a_piece_and_large_ones_fill_pieces() {
        let mut outbox = Outbox::new(1 << 20, 64);
        outbox.push_data(1, b"ab");
        outbox.push_data(2, b"c");
        assert_eq!(
            outbox.pop(),
            Some(vec![3, 1, 0, 2, b'a', b'b', 3, 2, 0, 1, b'c'])
        );
        let sequence = outbox.push_data(1, &[7; 100]);
        let pieces: Vec<_> = core::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [64, 44]);
        assert_eq!(pieces[0][..4], [3, 1, 0, 60]);
        assert!(!outbox.holds(sequence));
        assert_eq!(outbox.room(), 1 << 20);
    }

    /// In a longer piece others would wait.
    #[test]
    fn pieces_of_several_messages_are_one_streams() {
        let mut outbox = Outbox::new(1 << 20, 1 << 20);
        let mut longest = |streams: &[u64]| {
            let mut longest = 0;
            for id in streams.iter().cycle().take(2 * ALONE / 100_000) {
                outbox.push_data(*id, &vec![0; 100_000]);
                outbox.push_data(*id, &vec![0; 100_000]);
                while let Some(piece) = outbox.take(Instant::ZERO, false) {
                    longest = longest.max(piece.len());
                }
            }
            longest
        };
        assert_eq!(longest(&[1, 2]), MAX_DATA_MESSAGE);
        assert!(longest(&[3]) > 200_000);
        assert_eq!(longest(&[1, 3]), MAX_DATA_MESSAGE);
    }

    #[test]
    fn a_message_never_exceeds_its_length_field() {
        let mut outbox = Outbox::new(1 << 20, 1 << 20);
        // Large pieces come with a carrier that takes much.
        for _ in 0..20 {
            outbox.push_data(1, &vec![0; 1 << 20]);
            while outbox.take(Instant::ZERO, false).is_some() {}
        }
        outbox.push_data(1, &vec![0; 65_536]);
        let piece = outbox.pop().expect("one piece");
        assert_eq!(piece[..4], [3, 1, 0xff, 0xff]);
        assert_eq!(piece[4 + 65_535..], [3, 1, 0, 1, 0]);
    }
}
