//! What the users of a simulated connection do. Both ends know it, so each can check the other.

use std::ops::Range;
use std::sync::OnceLock;

use strandmux::{Priority, Role};

use crate::random::Random;

/// How a direction of a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Half-closed after its data; closed when the other direction has ended, too.
    HalfClose,
    /// Closed right after its data, whatever the other direction does.
    Close,
}

/// The traffic of a simulation, derived from a seed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What everything random in it comes from.
    pub seed: u64,
    /// Streams that each end opens: the client's, the server's.
    pub streams: [usize; 2],
    /// The most bytes sent in each direction of a stream.
    pub max_len: usize,
    /// The most bytes in a write, by turns for one stream after the other.
    pub max_write: Vec<usize>,
    /// How urgent what is written is, by turns for one stream after the other.
    pub priorities: Vec<Priority>,
    /// The most bytes in a read.
    pub max_read: usize,
    /// Whether lengths, writes and reads are of any size up to the most, rather than always of that.
    pub is_random: bool,
    /// How many of a hundred directions end in a close.
    pub closes: usize,
    /// How many of a hundred opens are taken back, some before the peer can have heard of them.
    pub cancels: usize,
    /// Streams that nobody reads by himself.
    pub unread: Vec<u64>,
    /// Streams on which a write that has to wait is never tried again, nor taken back.
    pub abandoned: Vec<u64>,
}

impl Default for Plan {
    /// One stream from the client, a kilobyte each way.
    fn default() -> Self {
        Self {
            seed: 1,
            streams: [1, 0],
            max_len: 1_000,
            max_write: vec![10_000],
            priorities: vec![Priority::default()],
            max_read: 10_000,
            is_random: false,
            closes: 0,
            cancels: 0,
            unread: Vec::new(),
            abandoned: Vec::new(),
        }
    }
}

impl Plan {
    fn random(&self, sender: Role, id: u64) -> Random {
        let side = u64::from(sender.is_even());
        let mut random = Random::new(self.seed ^ (id << 1 | side).wrapping_mul(0x9e37_79b9));
        random.fork()
    }

    /// How many bytes `sender` sends on the stream.
    pub fn len(&self, sender: Role, id: u64) -> usize {
        if !self.is_random {
            return self.max_len;
        }
        // Small numbers are as likely as large ones, and nothing at all is not rare.
        let mut random = self.random(sender, id);
        let most = self.max_len >> random.within(0..self.max_len.max(1).ilog2() as usize + 2);
        random.within(0..most + 1)
    }

    /// Whether the open of the stream is taken back.
    pub fn is_cancelled(&self, id: u64) -> bool {
        self.random(Role::Client, id)
            .fork()
            .fork()
            .percent(self.cancels)
    }

    /// The most bytes in a write on the stream.
    pub(super) fn max_write(&self, id: u64) -> usize {
        let at = ((id - 1) / 2) as usize;
        self.max_write[at % self.max_write.len()]
    }

    /// How urgent what is written on the stream is.
    pub(super) fn priority(&self, id: u64) -> Priority {
        let at = ((id - 1) / 2) as usize;
        self.priorities[at % self.priorities.len()]
    }

    /// A size up to the most, as planned.
    pub(super) fn size(&self, most: usize, random: &mut Random) -> usize {
        if self.is_random {
            1 + random.within(0..most)
        } else {
            most
        }
    }

    /// How `sender` ends its direction of the stream.
    pub fn ending(&self, sender: Role, id: u64) -> Ending {
        let mut random = self.random(sender, id).fork();
        if random.percent(self.closes) {
            Ending::Close
        } else {
            Ending::HalfClose
        }
    }

    /// The bytes at `range` of what `sender` sends on the stream.
    pub fn data(&self, sender: Role, id: u64, range: Range<usize>) -> Vec<u8> {
        let noise = NOISE.get_or_init(|| {
            let mut random = Random::new(1);
            (0..NOISE_LEN).map(|_| random.next_u64() as u8).collect()
        });
        let start = self.random(sender, id).within(0..NOISE_LEN);
        let mut data = Vec::with_capacity(range.len());
        while data.len() < range.len() {
            let from = &noise[(start + range.start + data.len()) % NOISE_LEN..];
            data.extend_from_slice(&from[..from.len().min(range.len() - data.len())]);
        }
        data
    }
}

/// What all data is cut from, so that making and checking it is cheap. A prime length, so that repetitions
/// fall in with no window or buffer.
static NOISE: OnceLock<Vec<u8>> = OnceLock::new();
const NOISE_LEN: usize = 65_521;
