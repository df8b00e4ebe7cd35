//! Where a multiplexer gets the time from.

use alloc::sync::Arc;
use core::fmt;
use core::task::{Context, Poll};

use crate::time::Instant;

/// A clock that can wake a task.
pub trait Timer: Unpin {
    /// The clock that the timer goes by.
    fn clock(&self) -> Clock;

    /// Ready once the clock has reached `deadline`; until then the task is woken when it does. A
    /// later call with another deadline replaces the earlier one.
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()>;
}

/// A clock that never goes back. Clones are the same clock.
#[derive(Clone)]
pub struct Clock {
    read: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Clock {
    /// A clock that is read with `read`, which is cheap: the driver asks every time it is polled.
    pub fn new(read: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self {
            read: Arc::new(read),
        }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        (self.read)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock at {:?}", self.now())
    }
}
