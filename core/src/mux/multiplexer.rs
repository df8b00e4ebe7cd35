//! The handle of a multiplexer, and the futures it gives.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::driver::Driver;
use super::shared::{Handle, Shared};
use super::stream::Stream;
use super::timer::Timer;
use super::waiters::Ticket;
use crate::carrier::Carrier;
use crate::close::CloseInfo;
use crate::config::{Config, Role};
use crate::error::{CloseReason, Error};
use crate::proto::{Connection, Half, Priority, Stats, StreamId};
use crate::time::Instant;

/// One end of a multiplexed carrier: opens and accepts streams.
///
/// A handle: clones are the same multiplexer. It closes when it is told to or when the last handle and
/// the last stream are dropped.
#[derive(Debug, Clone)]
#[must_use = "a multiplexer closes when it is dropped"]
pub struct Multiplexer {
    handle: Handle,
    role: Role,
}

impl Multiplexer {
    /// Multiplexes `carrier`, which it owns from now on. The other end must have the other role.
    ///
    /// Nothing happens unless the driver is polled; spawn it. (With the feature `tokio`,
    /// [`tokio::spawn`](crate::tokio::spawn) does both.)
    pub fn new<C: Carrier, T: Timer>(
        carrier: C,
        timer: T,
        role: Role,
        config: Config,
    ) -> (Self, Driver<C, T>) {
        let clock = timer.clock();
        let connection = Connection::new(role, config, clock.now());
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
    /// [`Error::StreamRejected`] if the peer's backlog is full or its program closed it,
    /// [`Error::StreamIdsExhausted`], [`Error::MultiplexerClosed`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future takes the open back: the peer is told if it has heard of it.
    pub fn open(&self) -> Open {
        Open {
            handle: self.handle.clone(),
            ticket: None,
            id: None,
            priority: Priority::default(),
        }
    }

    /// Accepts the next stream that the peer opens.
    ///
    /// # Errors
    ///
    /// [`Error::MultiplexerClosed`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no stream: the next accept gets it.
    pub fn accept(&self) -> Accept {
        Accept {
            handle: self.handle.clone(),
            ticket: None,
        }
    }

    /// The streams that the peer opens. Ends when the multiplexer closes.
    pub fn incoming(&self) -> Incoming {
        Incoming {
            accept: self.accept(),
        }
    }

    /// Closes the multiplexer: every operation fails from now on, the future waits until what was written
    /// is handed over and the carrier is closed, both within
    /// [`Config::close_timeout`](crate::Config::close_timeout) each. What was received stays readable. If it
    /// is closed already, only waits.
    ///
    /// # Cancel safety
    ///
    /// The multiplexer closes as soon as this is called; the future need not be polled.
    pub fn close(&self) -> Close {
        self.close_with(CloseInfo::default())
    }

    /// [`close`](Self::close) with a code and a reason, which the peer is told if the carrier is a WebSocket.
    /// Without effect if it is closed already.
    ///
    /// # Cancel safety
    ///
    /// The multiplexer closes as soon as this is called; the future need not be polled.
    pub fn close_with(&self, info: CloseInfo) -> Close {
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
    pub fn close_by(&self, info: CloseInfo, deadline: Instant) -> Close {
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
    pub fn finished(&self) -> Close {
        Close {
            shared: self.handle.shared(),
            ticket: None,
        }
    }

    /// Waits until the multiplexer has closed, and says why.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub fn closed(&self) -> Closed {
        Closed {
            shared: self.handle.shared(),
            ticket: None,
        }
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

    /// The time on the multiplexer's clock, to reckon deadlines from.
    pub fn now(&self) -> Instant {
        self.handle.now()
    }

    /// The address of this end, `multiplexer:odd` or `multiplexer:even`.
    pub fn addr(&self) -> impl fmt::Display + fmt::Debug + use<> {
        self.role
    }

    /// Which identifiers this end opens streams with.
    pub fn role(&self) -> Role {
        self.role
    }
}

/// The future of [`Multiplexer::open`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Open {
    handle: Handle,
    ticket: Ticket,
    /// The stream whose answer is awaited.
    id: Option<StreamId>,
    priority: Priority,
}

impl Open {
    /// Opens the stream with another priority than the default. The order in which opens leave is that in which they
    /// were asked for all the same.
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

impl Future for Open {
    type Output = Result<Stream, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            handle,
            ticket,
            id,
            priority,
        } = &mut *self;
        let opened = handle.with(|state| {
            if id.is_none() {
                let is_closed = state.connection.close_reason().is_some();
                if !is_closed && state.opening.is_behind(*ticket) {
                    state.opening.wait(ticket, cx, &mut state.retired);
                    return Poll::Pending;
                }
                match state.connection.open() {
                    Poll::Pending => {
                        state.opening.wait(ticket, cx, &mut state.retired);
                        return Poll::Pending;
                    }
                    Poll::Ready(opened) => {
                        state.opening.leave(ticket, &mut state.retired);
                        state.pass_on_open();
                        let opened = opened?;
                        state.connection.set_priority(opened, *priority);
                        *id = Some(opened);
                    }
                }
            }
            let Some(id) = *id else { return Poll::Pending };
            let opened = state.connection.poll_opened(id);
            if opened.is_pending() {
                state.wait(id, Half::Write, cx);
            }
            opened.map_ok(|()| id)
        });
        let opened = core::task::ready!(opened)?;
        self.id = None;
        Poll::Ready(Ok(Stream::new(self.handle.clone(), opened)))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let Self {
            handle, ticket, id, ..
        } = self;
        handle.with(|state| {
            if let Some(id) = id.take() {
                state.connection.close_stream(id);
                state.stop_waiting(id, Half::Write);
            }
            if state.opening.leave(ticket, &mut state.retired) {
                state.pass_on_open();
            }
        });
    }
}

/// The future of [`Multiplexer::accept`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Accept {
    handle: Handle,
    ticket: Ticket,
}

impl Accept {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Stream, Error>> {
        let Self { handle, ticket } = self;
        let accepted = handle.with(|state| {
            let is_closed = state.connection.close_reason().is_some();
            let is_behind = !is_closed && state.accepting.is_behind(*ticket);
            let accepted = if is_behind {
                Poll::Pending
            } else {
                state.connection.accept()
            };
            if accepted.is_pending() {
                state.accepting.wait(ticket, cx, &mut state.retired);
            } else {
                state.accepting.leave(ticket, &mut state.retired);
                state.pass_on_accept();
            }
            accepted
        });
        accepted.map_ok(|id| Stream::new(self.handle.clone(), id))
    }
}

impl Future for Accept {
    type Output = Result<Stream, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_accept(cx)
    }
}

impl Drop for Accept {
    fn drop(&mut self) {
        let Self { handle, ticket } = self;
        handle.with(|state| {
            if state.accepting.leave(ticket, &mut state.retired) {
                // It may have been woken for a stream that it does not take.
                state.pass_on_accept();
            }
        });
    }
}

/// The streams that the peer opens; see [`Multiplexer::incoming`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Incoming {
    accept: Accept,
}

impl futures_core::Stream for Incoming {
    type Item = Stream;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Stream>> {
        self.accept.poll_accept(cx).map(Result::ok)
    }
}

/// The future of [`Multiplexer::close`] and [`Multiplexer::finished`].
#[derive(Debug)]
pub struct Close {
    shared: Arc<Shared>,
    ticket: Ticket,
}

impl Future for Close {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { shared, ticket } = &mut *self;
        shared.with(|state| {
            if state.driver.is_finished {
                return Poll::Ready(());
            }
            state.finished.wait(ticket, cx, &mut state.retired);
            Poll::Pending
        })
    }
}

impl Drop for Close {
    fn drop(&mut self) {
        let Self { shared, ticket } = self;
        shared.with(|state| state.finished.leave(ticket, &mut state.retired));
    }
}

/// The future of [`Multiplexer::closed`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Closed {
    shared: Arc<Shared>,
    ticket: Ticket,
}

impl Future for Closed {
    type Output = CloseReason;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let Self { shared, ticket } = &mut *self;
        shared.with(|state| match state.connection.close_reason() {
            Some(reason) => Poll::Ready(reason.clone()),
            None => {
                state.closed.wait(ticket, cx, &mut state.retired);
                Poll::Pending
            }
        })
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        let Self { shared, ticket } = self;
        shared.with(|state| state.closed.leave(ticket, &mut state.retired));
    }
}
