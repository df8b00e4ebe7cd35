//! Carriers that die, stall and deliver late, and clocks that jump.

mod handles;
mod offsets;
mod session;
mod stalls;
