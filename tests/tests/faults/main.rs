//! Carriers that die, stall and deliver late, and clocks that jump.

mod offsets;
mod stalls;
