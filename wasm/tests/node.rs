//! Every journey, in Node.

mod common;
mod journeys;
/// Only here, as WebKitGTK makes streams of its own class whatever is in its place.
#[path = "journeys/lazy.rs"]
mod lazy;
