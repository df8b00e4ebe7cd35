//! Random numbers that a printed seed brings back.

use std::ops::Range;

/// Where the next seed is read from, to repeat a run that failed.
pub const SEED_VARIABLE: &str = "STRANDMUX_SEED";

/// A generator of random numbers (SplitMix64). Not for secrets.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator that `seed` stands for.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number, any of 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `range`, or its start if it is empty.
    pub fn within(&mut self, range: Range<usize>) -> usize {
        let len = range.end.saturating_sub(range.start).max(1) as u64;
        range.start + (self.next_u64() % len) as usize
    }

    /// Whether an event of this many percent happens.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.within(0..100) < percent
    }

    /// A generator of its own, so that one part's use of chance does not change another's.
    pub fn fork(&mut self) -> Self {
        Self::new(self.next_u64())
    }
}

/// The seed to use: the one in [`SEED_VARIABLE`], or else one that differs from run to run. It is printed,
/// so that the output of a failed test has it.
///
/// # Panics
///
/// If the variable holds something that is not a number.
pub fn seed() -> u64 {
    let seed = match std::env::var(SEED_VARIABLE) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{SEED_VARIABLE} is not a number: {text}")),
        Err(_) => std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |since| Random::new(since.as_nanos() as u64).next_u64()),
    };
    println!("{SEED_VARIABLE}={seed}");
    seed
}
