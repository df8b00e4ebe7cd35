//! What the programs of the benchmark share.

pub mod link;
pub mod pattern;
