//! Every journey, in Node.

mod common;
mod journeys;
/// Only here: WebKitGTK has not been seen to use a class that is put in the place of its own.
#[path = "journeys/lazy.rs"]
mod lazy;
