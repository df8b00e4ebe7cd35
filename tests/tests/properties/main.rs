//! What is true of any traffic, on examples that proptest makes up and makes small.
//!
//! The seeds are those of proptest: a failure prints the smallest example. `PROPTEST_CASES=N` tries more.

mod interleaving;
mod messages;

use proptest::collection::vec;
use proptest::prelude::*;
use strandmux_tests::fuzz;

/// So many examples by default that the suite stays short.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases: std::env::var("PROPTEST_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(cases),
        // What fails is written into a test, not kept in a file.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// The outcome of some input does not depend on how it is cut, nor on whose memory it is in.
    #[test]
    fn every_cut_of_the_input_gives_the_same(
        size in any::<u8>(),
        window in any::<u8>(),
        session in messages::session(),
    ) {
        let decisions = [fuzz::SERVER, size, window];
        fuzz::decoder(&[&decisions[..], &session].concat());
    }

    /// The same for input that has nothing to do with the wire.
    #[test]
    fn every_cut_of_garbage_gives_the_same(bytes in vec(any::<u8>(), 0..200)) {
        fuzz::decoder(&bytes);
    }

    /// No byte beyond credit, nothing after close, memory within the bounds, whatever peer and user do.
    #[test]
    fn one_end_keeps_the_rules(bytes in vec(any::<u8>(), 0..1_000)) {
        fuzz::endpoint(&bytes);
    }

    /// What is written on a stream is what is read on it, in order, and every operation ends.
    #[test]
    fn bytes_in_are_bytes_out(bytes in vec(any::<u8>(), 0..1_000)) {
        fuzz::pair(&bytes);
    }
}
