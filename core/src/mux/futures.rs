//! The futures that a multiplexer's handle gives: they open, accept, and wait for the end.

use alloc::sync::Arc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::shared::{Handle, Shared};
use super::stream::Stream;
use super::waiters::Ticket;
use crate::error::{CloseReason, Error};
use crate::foreign::{ForeignBytes, NoForeignBytes};
use crate::proto::{Half, Priority, StreamId};

/// The future of [`Multiplexer::open`](crate::Multiplexer::open).
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Open<F: ForeignBytes = NoForeignBytes> {
    handle: Handle<F>,
    ticket: Ticket,
    /// The stream whose answer is awaited.
    id: Option<StreamId>,
    priority: Priority,
}

impl<F: ForeignBytes> Open<F> {
    pub(super) fn new(handle: Handle<F>) -> Self {
        Self {
            handle,
            ticket: None,
            id: None,
            priority: Priority::default(),
        }
    }

    /// Opens the stream with another priority than the default. The order in which opens leave is that in which they
    /// were asked for all the same.
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }
}

impl<F: ForeignBytes> Future for Open<F> {
    type Output = Result<Stream<F>, Error>;

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

impl<F: ForeignBytes> Drop for Open<F> {
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

/// The future of [`Multiplexer::accept`](crate::Multiplexer::accept).
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Accept<F: ForeignBytes = NoForeignBytes> {
    handle: Handle<F>,
    ticket: Ticket,
}

impl<F: ForeignBytes> Accept<F> {
    pub(super) fn new(handle: Handle<F>) -> Self {
        Self {
            handle,
            ticket: None,
        }
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Stream<F>, Error>> {
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

impl<F: ForeignBytes> Future for Accept<F> {
    type Output = Result<Stream<F>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_accept(cx)
    }
}

impl<F: ForeignBytes> Drop for Accept<F> {
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

/// The streams that the peer opens; see [`Multiplexer::incoming`](crate::Multiplexer::incoming).
///
/// # Cancel safety
///
/// Waiting for the next one can be given up at any time, and so can all of this: no stream is lost, the next accept gets
/// it. Between polls it keeps its place among those who accept, so a stream that comes waits until it is polled or
/// dropped.
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct Incoming<F: ForeignBytes = NoForeignBytes> {
    accept: Accept<F>,
}

impl<F: ForeignBytes> Incoming<F> {
    pub(super) fn new(accept: Accept<F>) -> Self {
        Self { accept }
    }
}

impl<F: ForeignBytes> futures_core::Stream for Incoming<F> {
    type Item = Stream<F>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Stream<F>>> {
        self.accept.poll_accept(cx).map(Result::ok)
    }
}

/// The future of [`Multiplexer::close`](crate::Multiplexer::close) and [`Multiplexer::finished`](crate::Multiplexer::finished).
#[derive(Debug)]
pub struct Close<F: ForeignBytes = NoForeignBytes> {
    shared: Arc<Shared<F>>,
    ticket: Ticket,
}

impl<F: ForeignBytes> Close<F> {
    pub(super) fn new(shared: Arc<Shared<F>>) -> Self {
        Self {
            shared,
            ticket: None,
        }
    }
}

impl<F: ForeignBytes> Future for Close<F> {
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

impl<F: ForeignBytes> Drop for Close<F> {
    fn drop(&mut self) {
        let Self { shared, ticket } = self;
        shared.with(|state| state.finished.leave(ticket, &mut state.retired));
    }
}

/// The future of [`Multiplexer::closed`](crate::Multiplexer::closed).
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Closed<F: ForeignBytes = NoForeignBytes> {
    shared: Arc<Shared<F>>,
    ticket: Ticket,
}

impl<F: ForeignBytes> Closed<F> {
    pub(super) fn new(shared: Arc<Shared<F>>) -> Self {
        Self {
            shared,
            ticket: None,
        }
    }
}

impl<F: ForeignBytes> Future for Closed<F> {
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

impl<F: ForeignBytes> Drop for Closed<F> {
    fn drop(&mut self) {
        let Self { shared, ticket } = self;
        shared.with(|state| state.closed.leave(ticket, &mut state.retired));
    }
}
