//! The future that moves the bytes.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::shared::{Shared, WakesDriver};
use super::timer::Timer;
use crate::carrier::Carrier;
use crate::error::{CarrierError, CloseReason};
use crate::foreign::{ForeignBytes, NoForeignBytes};
use crate::time::Instant;

/// Pieces of input or output that are moved before the other direction and then other tasks of the runtime get their turn.
/// More than a processor's own cache holds would have left it again before it is read.
const BATCH: usize = 8;
/// Turns that may leave input behind before time passes for the protocol all the same.
const MAX_BEHIND: usize = 16;
/// Turns of input that are taken after output has failed.
const LAST_TURNS: usize = 64;

/// The part of a multiplexer that must be polled: it takes input off the carrier, hands output to it and
/// watches the time. Reading never waits for writing.
///
/// Ready when the multiplexer has closed and the carrier with it, with the reason. Dropped before that, it closes the
/// multiplexer for [`CloseReason::DriverDropped`].
#[must_use = "nothing happens unless the driver is polled"]
pub struct Driver<C, T, F: ForeignBytes = NoForeignBytes> {
    carrier: C,
    timer: T,
    shared: Arc<Shared<F>>,
    /// Once the carrier closes: by when it has to have done so, and what for.
    closing: Option<(Instant, CloseReason)>,
    /// Whether the carrier's input has ended.
    is_input_over: bool,
    /// Turns in a row that left input behind, up to when time passed for the protocol.
    behind: usize,
}

/// Whether there may be more to do at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
enum Progress {
    More,
    Waits,
}

impl<C: Carrier<F>, T: Timer, F: ForeignBytes> Driver<C, T, F> {
    pub(super) fn new(carrier: C, timer: T, shared: Arc<Shared<F>>) -> Self {
        Self {
            carrier,
            timer,
            shared,
            closing: None,
            is_input_over: false,
            behind: 0,
        }
    }

    /// Takes input off the carrier.
    fn receive(&mut self, cx: &mut Context<'_>, now: Instant) -> Progress {
        for _ in 0..BATCH {
            if self.is_input_over {
                return Progress::Waits;
            }
            if let Some(input) = self.carrier.take_foreign() {
                self.shared
                    .with_as_driver(|state| state.connection.handle_foreign_input(now, input));
                continue;
            }
            let input = match self.carrier.poll_receive(cx) {
                Poll::Pending => return Progress::Waits,
                Poll::Ready(Ok(Some(input))) => input,
                Poll::Ready(Ok(None)) => {
                    self.is_input_over = true;
                    let info = self.carrier.close_info();
                    self.shared
                        .with_as_driver(|state| state.connection.handle_close(info));
                    return Progress::Waits;
                }
                Poll::Ready(Err(error)) => {
                    self.fail(error);
                    return Progress::Waits;
                }
            };
            self.shared.with_as_driver(|state| {
                state.connection.handle_input(now, input);
            });
        }
        Progress::More
    }

    /// Hands output to the carrier.
    fn transmit(&mut self, cx: &mut Context<'_>) -> Progress {
        for _ in 0..BATCH {
            let (has_output, gathered) = self.shared.with_as_driver(|state| {
                let before = core::mem::replace(&mut state.driver.woken_by, WakesDriver::Output);
                let connection = &state.connection;
                // A carrier that is full may have to be asked for long.
                let gathered =
                    (before != WakesDriver::Nothing).then(|| connection.partial_output());
                (connection.has_output(), gathered.flatten())
            });
            if !has_output {
                // To ask a carrier whether it is ready costs more than that in a browser.
                return self.flush(cx);
            }
            if let Some(bytes) = gathered
                && self.carrier.poll_gathered(cx, bytes).is_pending()
            {
                self.wait_for(WakesDriver::WholePiece);
                return self.flush(cx);
            }
            match self.carrier.poll_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return self.fail_output(cx, error),
                Poll::Pending => {
                    self.wait_for(WakesDriver::Nothing);
                    return self.flush(cx);
                }
            }
            let output = self
                .shared
                .with_as_driver(|state| state.connection.poll_transmit());
            let sent = match output {
                Some(output) => self.carrier.send(output),
                None => return self.flush(cx),
            };
            if let Err(error) = sent {
                return self.fail_output(cx, error);
            }
        }
        Progress::More
    }

    fn wait_for(&mut self, what: WakesDriver) {
        self.shared
            .with_as_driver(|state| state.driver.woken_by = what);
    }

    fn flush(&mut self, cx: &mut Context<'_>) -> Progress {
        match self.carrier.poll_flush(cx) {
            Poll::Ready(Err(error)) => self.fail_output(cx, error),
            _ => Progress::Waits,
        }
    }

    /// The carrier takes no more output: the peer has gone, most likely. What it sent before that still
    /// counts, and so does the way in which it ended.
    fn fail_output(&mut self, cx: &mut Context<'_>, error: CarrierError) -> Progress {
        let now = self.shared.now();
        for _ in 0..LAST_TURNS {
            if self.receive(cx, now) == Progress::Waits {
                break;
            }
        }
        self.fail(error);
        Progress::Waits
    }

    fn fail(&mut self, error: CarrierError) {
        self.is_input_over = true;
        self.shared
            .with_as_driver(|state| state.connection.handle_carrier_error(error));
    }

    /// Tells the protocol the time.
    fn tick(&mut self, now: Instant) {
        self.shared
            .with_as_driver(|state| state.connection.handle_timeout(now));
    }

    /// When the protocol wants to be told the time next, and whether it has ended.
    fn outlook(&mut self) -> (Option<Instant>, bool) {
        self.shared.with_as_driver(|state| {
            let is_drained = state.connection.is_drained();
            (state.connection.poll_timeout(), is_drained)
        })
    }

    /// Closes the carrier, within bounds.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let now = self.shared.now();
        let (close_by, reason) = self.closing.get_or_insert_with(|| {
            self.shared.with_as_driver(|state| {
                let timeout = state.connection.config().close_timeout;
                let close_by = state.driver.close_by.unwrap_or(now + timeout);
                (close_by, state.close_reason())
            })
        });
        // How the carrier ends changes nothing any more.
        if self.carrier.poll_close(cx, reason).is_pending()
            && self.timer.poll_until(cx, *close_by).is_pending()
        {
            return Poll::Pending;
        }
        Poll::Ready(finish(&self.shared))
    }
}

/// Nothing moves any more: whoever waits is told.
fn finish<F: ForeignBytes>(shared: &Shared<F>) -> CloseReason {
    shared.with_as_driver(|state| {
        // Without effect unless the driver was dropped early.
        state.connection.fail(CloseReason::DriverDropped);
        state.driver.is_finished = true;
        state.wake_finished();
        state.close_reason()
    })
}

impl<C: Carrier<F>, T: Timer, F: ForeignBytes> Future for Driver<C, T, F> {
    type Output = CloseReason;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseReason> {
        if self.closing.is_some() {
            return self.poll_close(cx);
        }
        // Before looking for work, so that none is missed.
        self.shared
            .with_as_driver(|state| state.register_driver(cx));
        let now = self.shared.now();
        let received = self.receive(cx, now);
        self.behind = match received {
            Progress::Waits => 0,
            Progress::More => (self.behind + 1) % MAX_BEHIND,
        };
        // A heartbeat may lie in input that has not been taken, after a long sleep for instance.
        if self.behind == 0 {
            self.tick(now);
        }
        let sent = self.transmit(cx);
        let (timeout, is_drained) = self.outlook();
        if is_drained {
            return self.poll_close(cx);
        }
        let is_due = timeout.is_some_and(|at| self.timer.poll_until(cx, at).is_ready());
        if received == Progress::More || sent == Progress::More || is_due {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<C, T, F: ForeignBytes> Drop for Driver<C, T, F> {
    fn drop(&mut self) {
        finish(&self.shared);
    }
}

impl<C: fmt::Debug, T, F: ForeignBytes> fmt::Debug for Driver<C, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("carrier", &self.carrier)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}
