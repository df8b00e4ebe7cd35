//! Bytes to send and to compare with.

/// The period of the ramp: a prime, so that cuts at powers of two are seen.
const PERIOD: usize = 251;

/// `len` bytes, byte i being i mod 251.
pub(crate) fn ramp(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % PERIOD) as u8).collect()
}

/// Compares without printing megabytes.
#[track_caller]
pub(crate) fn assert_same(actual: &[u8], expected: &[u8]) {
    let first = actual.iter().zip(expected).position(|(a, e)| a != e);
    assert_eq!(first, None, "the first byte that differs");
    assert_eq!(actual.len(), expected.len(), "the number of bytes");
}
