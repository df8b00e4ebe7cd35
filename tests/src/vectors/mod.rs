//! Replays sessions and malformed inputs recorded from the reference implementation.
//!
//! `vectors/README.md` has their form and says in its section 5 what must match and what is free. A replay
//! drives one [`Connection`](strandmux::proto::Connection) in virtual time, a stimulus at a time, and
//! compares after each what was sent and which calls returned. Apart from the recording, an
//! [`Audit`](crate::audit::Audit) checks that no rule of the protocol was broken on the way.
//!
//! Freedoms that strandmux takes: increments are merged and may come later; data already received can be
//! read after the end; a write that waits when its stream is closed reports the stream as closed rather
//! than closed for writing; the answer to a rejection and increments after the peer's end are left out; a
//! stale open is skipped when accepting; closing cannot fail, also after the end.

mod blob;
mod calls;
mod compare;
mod cut;
mod endpoint;
mod format;
mod library;
mod malformed;
mod replay;

pub use cut::{Cut, SHORT};
pub use format::{Malformed, Transcript};
pub use library::{Library, Report, SKIPS};

use crate::random::Random;

/// Replays the recordings of this project: as they are, cut at every byte, and in random pieces. Returns
/// how many replays there were.
///
/// # Errors
///
/// The differences, a line each.
pub fn replay_embedded() -> Result<usize, String> {
    let library = Library::embedded()?;
    let mut replays = 0;
    for cut in [
        Cut::Whole,
        Cut::EveryByte,
        Cut::Random(Random::new(1)),
        Cut::Foreign(Box::new(Cut::Whole)),
    ] {
        let how = format!("{cut:?}");
        let result = library.replay(cut).into_result();
        replays += result.map_err(|differences| format!("{how}: {differences}"))?;
    }
    Ok(replays)
}
