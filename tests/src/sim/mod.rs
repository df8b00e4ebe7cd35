//! A connection's two ends in virtual time, over links with a latency, a capacity and a habit of cutting
//! what they carry.
//!
//! A [`World`] has two [`Connection`](strandmux::proto::Connection)s, each with a [`User`] who does what a
//! [`Plan`] says and an [`Audit`](crate::audit::Audit) that sees every byte. Everything random in it comes from
//! the plan's seed, so a run can be repeated.

#[cfg(feature = "native")]
pub mod carrier;
mod link;
mod plan;
mod user;
mod world;

pub use link::{Link, LinkConfig};
pub use plan::{Ending, Plan};
pub use user::User;
pub use world::{CLIENT, End, SERVER, World};
