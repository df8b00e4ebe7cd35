//! The handle of a multiplexer.

use core::fmt;

use super::driver::Driver;
use super::futures::{Accept, Close, Closed, Incoming, Open};
use super::shared::{Handle, Shared};
use super::timer::Timer;
use crate::carrier::Carrier;
use crate::close::CloseInfo;
use crate::config::{Config, Role};
use crate::error::CloseReason;
use crate::foreign::{ForeignBytes, NoForeignBytes};
use crate::proto::{Connection, Stats};
use crate::time::Instant;

/// One end of a multiplexed carrier: opens and accepts streams.
///
/// A handle: clones are the same multiplexer. It closes when it is told to or when the last handle and
/// the last stream are dropped.
#[derive(Debug)]
#[must_use = "a multiplexer closes when it is dropped"]
pub struct Multiplexer<F: ForeignBytes = NoForeignBytes> {
    handle: Handle<F>,
    role: Role,
}

impl<F: ForeignBytes> Clone for Multiplexer<F> {
    fn clone(&self) -> Self {
        Self {
            handle: self.handle.clone(),
            role: self.role,
        }
    }
}

impl<F: ForeignBytes> Multiplexer<F> {
    /// Multiplexes `carrier`, which it owns from now on. The other end must have the other role.
    ///
    /// Nothing happens unless the driver is polled; spawn it. (With the feature `tokio`,
    /// [`tokio::spawn`](crate::tokio::spawn) does both.)
    pub fn new<C: Carrier<F>, T: Timer>(
        carrier: C,
        timer: T,
        role: Role,
        config: Config,
    ) -> (Self, Driver<C, T, F>) {
        let clock = timer.clock();
        let connection = Connection::with_foreign_bytes(role, config, clock.now());
        let shared = Shared::new(connection, clock);
        let handle = Handle::new(shared.clone());
        let driver = Driver::new(carrier, timer, shared);
        (Self { handle, role }, driver)
    }

    /// Opens a stream: waits its turn if
    /// [`Config::max_unaccepted_opens`](crate::Config::max_unaccepted_opens) of them are under way, then for
    /// the peer to accept it.
    ///
    /// # Errors
    ///
    /// [`Error::StreamRejected`](crate::Error::StreamRejected) if the peer's backlog is full or its program closed it,
    /// [`Error::StreamIdsExhausted`](crate::Error::StreamIdsExhausted),
    /// [`Error::MultiplexerClosed`](crate::Error::MultiplexerClosed).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the open back: the peer is told if it has heard of it.
    pub fn open(&self) -> Open<F> {
        Open::new(self.handle.clone())
    }

    /// Accepts the next stream that the peer opens.
    ///
    /// # Errors
    ///
    /// [`Error::MultiplexerClosed`](crate::Error::MultiplexerClosed).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no stream: the next accept gets it.
    pub fn accept(&self) -> Accept<F> {
        Accept::new(self.handle.clone())
    }

    /// The streams that the peer opens. Ends when the multiplexer closes.
    ///
    /// A server with many idle streams may want to serve them all in one task, with `StreamExt::for_each_concurrent` for
    /// instance: on tokio a task for each takes some two hundred bytes more. But then one thread at a time serves all of them.
    ///
    /// # Cancel safety
    ///
    /// As [`accept`](Self::accept); see [`Incoming`] for who waits meanwhile.
    pub fn incoming(&self) -> Incoming<F> {
        Incoming::new(self.accept())
    }

    /// Closes the multiplexer: every operation fails from now on, the future waits until what was written
    /// is handed over and the carrier is closed, both within
    /// [`Config::close_timeout`](crate::Config::close_timeout) each. What was received stays readable. If it
    /// is closed already, only waits.
    ///
    /// # Cancel safety
    ///
    /// The multiplexer closes as soon as this is called; the future need not be polled.
    pub fn close(&self) -> Close<F> {
        self.close_with(CloseInfo::default())
    }

    /// [`close`](Self::close) with a code and a reason, which the peer is told if the carrier is a WebSocket.
    /// Without effect if it is closed already.
    ///
    /// # Cancel safety
    ///
    /// The multiplexer closes as soon as this is called; the future need not be polled.
    pub fn close_with(&self, info: CloseInfo) -> Close<F> {
        self.handle.with(|state| state.connection.close_with(info));
        self.finished()
    }

    /// [`close_with`](Self::close_with) that is all done by `deadline`, on the clock of [`now`](Self::now), instead of
    /// within [`Config::close_timeout`](crate::Config::close_timeout): what has not been handed over by then is not
    /// sent, and the carrier is let go. Without effect if it is closed already.
    ///
    /// # Cancel safety
    ///
    /// The multiplexer closes as soon as this is called; the future need not be polled.
    pub fn close_by(&self, info: CloseInfo, deadline: Instant) -> Close<F> {
        self.handle.with(|state| {
            if state.connection.close_reason().is_none() {
                state.connection.close_by(info, deadline);
                state.driver.close_by = Some(deadline);
            }
        });
        self.finished()
    }

    /// Waits until the multiplexer has closed, by whatever cause, and its carrier with it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    #[must_use = "futures do nothing unless polled"]
    pub fn finished(&self) -> Close<F> {
        Close::new(self.handle.shared())
    }

    /// Waits until the multiplexer has closed, and says why.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub fn closed(&self) -> Closed<F> {
        Closed::new(self.handle.shared())
    }

    /// Why the multiplexer closed, or `None` while it is open.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.handle
            .with(|state| state.connection.close_reason().cloned())
    }

    /// The error that closed the multiplexer: `None` while it is open, and after either end closed it
    /// on purpose.
    pub fn internal_error(&self) -> Option<CloseReason> {
        self.close_reason().filter(|reason| !reason.is_graceful())
    }

    /// What the multiplexer has done since it began, and what it holds now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.handle.with(|state| Stats {
            queued_opens: state.opening.len(),
            ..state.connection.stats()
        })
    }

    /// The time on the multiplexer's clock, to reckon deadlines from: five seconds from now are
    /// `multiplexer.now() + Duration::from_secs(5)`.
    pub fn now(&self) -> Instant {
        self.handle.now()
    }

    /// The address of this end, `multiplexer:odd` or `multiplexer:even`.
    pub fn addr(&self) -> impl fmt::Display + fmt::Debug + use<F> {
        self.role
    }

    /// Which identifiers this end opens streams with.
    pub fn role(&self) -> Role {
        self.role
    }
}
