//! Operations that take turns: one at a time, in the order in which they began.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

/// Who waits for the same thing.
#[derive(Debug, Default)]
pub(crate) struct Line {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// By ticket, which grow. A waker is there while its operation waits behind another.
    waiting: VecDeque<(u64, Option<Waker>)>,
}

/// An operation's place in the line, which it leaves when this is dropped.
pub(crate) struct Place<'a> {
    line: &'a Line,
    ticket: u64,
}

impl Line {
    pub(crate) fn is_empty(&self) -> bool {
        self.state.borrow().waiting.is_empty()
    }

    /// Joins at the end.
    pub(crate) fn join(&self) -> Place<'_> {
        let mut state = self.state.borrow_mut();
        let ticket = state.next;
        // It does not come to the last one.
        state.next += 1;
        state.waiting.push_back((ticket, None));
        Place { line: self, ticket }
    }
}

impl State {
    /// Where the holder of the ticket stands: thousands may wait.
    fn find(&self, ticket: u64) -> Result<usize, usize> {
        self.waiting
            .binary_search_by_key(&ticket, |(held, _)| *held)
    }
}

impl Place<'_> {
    /// Ready once all who came before have left.
    pub(crate) fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.line.state.borrow_mut();
        match state.find(self.ticket) {
            Ok(at) if at > 0 => {
                state.waiting[at].1 = Some(cx.waker().clone());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.line.state.borrow_mut();
            if let Ok(at) = state.find(self.ticket) {
                state.waiting.remove(at);
            }
            let first = state.waiting.front_mut();
            first.and_then(|(_, waker)| waker.take())
        };
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_goes_when_the_first_has_left_and_not_when_another_has() {
        let line = Line::default();
        let mut cx = Context::from_waker(Waker::noop());
        let (first, second, third) = (line.join(), line.join(), line.join());
        assert!(first.poll_turn(&mut cx).is_ready());
        drop(second);
        assert!(third.poll_turn(&mut cx).is_pending());
        drop(first);
        assert!(third.poll_turn(&mut cx).is_ready());
        assert!(!line.is_empty());
        drop(third);
        assert!(line.is_empty());
    }
}
