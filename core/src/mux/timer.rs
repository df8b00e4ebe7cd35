//! Where a multiplexer gets the time from.

use core::task::{Context, Poll};

use crate::time::Instant;

/// A clock that can wake a task.
pub trait Timer: Unpin {
    /// The time on a clock that never goes back. It is cheap: the driver asks every time it is polled.
    fn now(&self) -> Instant;

    /// Ready once the clock has reached `deadline`; until then the task is woken when it does. A
    /// later call with another deadline replaces the earlier one.
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()>;
}
