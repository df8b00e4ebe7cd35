//! Every journey, in Node.

mod common;
mod journeys;
