//! Tasks polled in a random order, and noticed when one is forgotten.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use strandmux::Instant;
use strandmux::mux::{Clock, Timer};

use crate::random::Random;

/// Runs tasks on the calling thread. Which of those that were woken is polled next is chance, and in half of the runs some
/// are polled that were not: that may end the wait of one that was forgotten, so in the other half none are.
pub struct Executor<'a> {
    tasks: Vec<Task<'a>>,
    random: Random,
    /// In how many turns of a hundred any task is polled.
    unasked: usize,
}

struct Task<'a> {
    name: String,
    future: Pin<Box<dyn Future<Output = ()> + 'a>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl<'a> Executor<'a> {
    /// An executor that makes its choices with `random`.
    pub fn new(mut random: Random) -> Self {
        let unasked = [0, 10][random.within(0..2)];
        Self {
            tasks: Vec::new(),
            random,
            unasked,
        }
    }

    /// Adds a task.
    pub fn spawn(&mut self, name: impl Into<String>, future: impl Future<Output = ()> + 'a) {
        self.tasks.push(Task {
            name: name.into(),
            future: Box::pin(future),
            woken: Arc::new(Woken(AtomicBool::new(true))),
        });
    }

    /// Runs until every task has ended.
    ///
    /// # Panics
    ///
    /// If some have not and none is woken: a waker was lost.
    pub fn run(&mut self) {
        while !self.tasks.is_empty() {
            let is_woken = |task: &Task<'_>| task.woken.0.load(Ordering::SeqCst);
            let woken: Vec<usize> = (0..self.tasks.len())
                .filter(|at| is_woken(&self.tasks[*at]))
                .collect();
            assert!(!woken.is_empty(), "forgotten: {self:?}");
            let at = if self.random.percent(self.unasked) {
                self.random.within(0..self.tasks.len())
            } else {
                woken[self.random.within(0..woken.len())]
            };
            let task = &mut self.tasks[at];
            task.woken.0.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&task.woken));
            let polled = task.future.as_mut().poll(&mut Context::from_waker(&waker));
            if polled.is_ready() {
                self.tasks.swap_remove(at);
            }
        }
    }
}

impl fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.tasks.iter().map(|task| &task.name))
            .finish()
    }
}

/// A timer whose clock stands still.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timeless;

impl Timer for Timeless {
    fn clock(&self) -> Clock {
        Clock::new(|| Instant::ZERO)
    }

    fn poll_until(&mut self, _: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if deadline == Instant::ZERO {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
