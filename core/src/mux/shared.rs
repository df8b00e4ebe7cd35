//! What the handles, the streams and the driver of a multiplexer share.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Context, Waker};

use super::lock::Lock;
use super::timer::Clock;
use super::waiters::Waiters;
use super::wakers::Wakers;
use crate::error::CloseReason;
use crate::foreign::ForeignBytes;
use crate::proto::{Connection, Event, Half, StreamId};
use crate::time::Instant;

#[derive(Debug)]
pub(crate) struct Shared<F: ForeignBytes> {
    state: Lock<State<F>>,
    clock: Clock,
}

#[derive(Debug)]
pub(crate) struct State<F: ForeignBytes> {
    pub(crate) connection: Connection<F>,
    /// Those who read and write. An open that waits for its answer is a writer, as nothing can be written before.
    streams: Wakers,
    /// Those who wait for a direction to end.
    ending: Wakers,
    pub(crate) opening: Waiters,
    pub(crate) accepting: Waiters,
    /// Those who wait for the close reason.
    pub(crate) closed: Waiters,
    /// Those who wait for the driver to have finished.
    pub(crate) finished: Waiters,
    pub(crate) driver: DriverState,
    /// Handles and streams that exist. Without any, the connection closes.
    handles: usize,
    /// Wakers that are of no more use. Dropping one can run a task's destructor, so it is done unlocked.
    pub(crate) retired: Vec<Waker>,
    /// Wakers that are to be woken once unlocked.
    woken: Vec<Waker>,
}

/// What the others know of the driver.
#[derive(Debug, Default)]
pub(crate) struct DriverState {
    pub(crate) waker: Option<Waker>,
    pub(crate) woken_by: WakesDriver,
    /// By when the carrier has to have closed, if the user has said so.
    pub(crate) close_by: Option<Instant>,
    pub(crate) is_finished: bool,
}

/// What output the driver is to be woken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum WakesDriver {
    /// Any that there is.
    #[default]
    Output,
    /// What does not wait to share a piece: the carrier wakes it for the rest.
    WholePiece,
    /// None, as the carrier takes none at present.
    Nothing,
}

impl<F: ForeignBytes> Shared<F> {
    pub(crate) fn new(connection: Connection<F>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: Lock::new(State {
                connection,
                streams: Wakers::default(),
                ending: Wakers::default(),
                opening: Waiters::default(),
                accepting: Waiters::default(),
                closed: Waiters::default(),
                finished: Waiters::default(),
                driver: DriverState::default(),
                handles: 0,
                retired: Vec::new(),
                woken: Vec::new(),
            }),
        })
    }

    /// The time on the clock of the driver's timer.
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Runs `f` with the state, then wakes whom it concerns, the driver included, unlocked.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut State<F>) -> R) -> R {
        self.with_as_driver(|state| {
            let result = f(state);
            state.wake_driver();
            result
        })
    }

    /// The same for the driver, which is awake.
    pub(crate) fn with_as_driver<R>(&self, f: impl FnOnce(&mut State<F>) -> R) -> R {
        let (result, woken, retired) = self.state.with(|state| {
            let result = f(state);
            state.take_ready();
            let woken = core::mem::take(&mut state.woken);
            (result, woken, core::mem::take(&mut state.retired))
        });
        woken.into_iter().for_each(Waker::wake);
        drop(retired);
        result
    }
}

impl<F: ForeignBytes> State<F> {
    /// Why the connection has closed, which it has.
    pub(crate) fn close_reason(&self) -> CloseReason {
        let reason = self.connection.close_reason().cloned();
        reason.unwrap_or(CloseReason::DriverDropped)
    }

    /// Waits until the half of the stream is worth trying again.
    pub(crate) fn wait(&mut self, id: StreamId, half: Half, cx: &mut Context<'_>) {
        self.streams.set(id, half, cx, &mut self.retired);
    }

    /// Wakes who waits for the half of the stream.
    pub(crate) fn wake(&mut self, id: StreamId, half: Half) {
        self.woken.extend(self.streams.take(id, half));
    }

    /// Nobody waits for the half of the stream any longer.
    pub(crate) fn stop_waiting(&mut self, id: StreamId, half: Half) {
        self.retired.extend(self.streams.take(id, half));
    }

    /// Waits until the half of the stream has ended.
    pub(crate) fn wait_for_end(&mut self, id: StreamId, half: Half, cx: &mut Context<'_>) {
        self.ending.set(id, half, cx, &mut self.retired);
    }

    /// Wakes who waits for an end of the stream. Either direction may have ended, or both.
    pub(crate) fn wake_ending(&mut self, id: StreamId) {
        for half in [Half::Read, Half::Write] {
            self.woken.extend(self.ending.take(id, half));
        }
    }

    /// Lets the next one in line open, if it can.
    pub(crate) fn pass_on_open(&mut self) {
        if self.connection.can_open() {
            self.woken.extend(self.opening.first());
        }
    }

    /// Lets the next one in line accept, if there is something.
    pub(crate) fn pass_on_accept(&mut self) {
        if self.connection.has_incoming() {
            self.woken.extend(self.accepting.first());
        }
    }

    /// Wakes whom the events since the last call concern.
    fn take_ready(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            match event {
                Event::OpenAvailable => self.pass_on_open(),
                Event::Incoming => self.pass_on_accept(),
                Event::Opened(id) | Event::Writable(id) => self.wake(id, Half::Write),
                Event::Readable(id) => self.wake(id, Half::Read),
                Event::Ended(id) => self.wake_ending(id),
                Event::Closed => self.wake_all(),
            }
        }
    }

    /// Wakes everyone who waits for something that cannot come any more.
    fn wake_all(&mut self) {
        self.opening.all(&mut self.woken);
        self.accepting.all(&mut self.woken);
        self.closed.all(&mut self.woken);
        self.streams.all(&mut self.woken);
        self.ending.all(&mut self.woken);
        self.woken.extend(self.driver.waker.take());
    }

    /// Wakes those who wait for the driver to have finished.
    pub(crate) fn wake_finished(&mut self) {
        self.finished.all(&mut self.woken);
    }

    /// The driver is to be woken when there is something for it to do.
    pub(crate) fn register_driver(&mut self, cx: &mut Context<'_>) {
        let replaced = self.driver.waker.replace(cx.waker().clone());
        self.retired.extend(replaced);
    }

    /// Wakes the driver, whatever it waits for.
    pub(crate) fn wake_driver_always(&mut self) {
        self.woken.extend(self.driver.waker.take());
    }

    fn wake_driver(&mut self) {
        let connection = &self.connection;
        let is_news = match self.driver.woken_by {
            WakesDriver::Output => connection.has_output(),
            WakesDriver::WholePiece => {
                connection.has_output() && connection.partial_output().is_none()
            }
            WakesDriver::Nothing => false,
        };
        // A time-out that begins when time is next told begins at once.
        let asks_time = connection.poll_timeout() == Some(Instant::ZERO);
        if asks_time || is_news {
            self.woken.extend(self.driver.waker.take());
        }
    }
}

/// A share in a multiplexer that keeps it open.
#[derive(Debug)]
pub(crate) struct Handle<F: ForeignBytes> {
    shared: Arc<Shared<F>>,
}

impl<F: ForeignBytes> Handle<F> {
    pub(crate) fn new(shared: Arc<Shared<F>>) -> Self {
        shared.with(|state| state.handles += 1);
        Self { shared }
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut State<F>) -> R) -> R {
        self.shared.with(f)
    }

    pub(crate) fn now(&self) -> Instant {
        self.shared.now()
    }

    /// The same without a share.
    pub(crate) fn shared(&self) -> Arc<Shared<F>> {
        self.shared.clone()
    }
}

impl<F: ForeignBytes> Clone for Handle<F> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl<F: ForeignBytes> Drop for Handle<F> {
    fn drop(&mut self) {
        self.shared.with(|state| {
            state.handles -= 1;
            if state.handles == 0 {
                state.connection.close();
            }
        });
    }
}
