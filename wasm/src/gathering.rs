//! Small writes that follow each other share a message.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use js_sys::Promise;
use strandmux::Instant;
use wasm_bindgen::prelude::*;

use crate::clock::now;

/// Microtasks in a row without a write before what was written is sent: as many as lie between two writes that are
/// awaited, by way of a `WritableStream` or a loop of the user's.
const TURNS: usize = 8;

/// How long writes may wait for each other, however many follow.
const MAX_WAIT: Duration = Duration::from_millis(1);

#[wasm_bindgen]
extern "C" {
    /// A promise, each of which that is made of another takes a microtask longer.
    type Turn;

    #[wasm_bindgen(method)]
    fn then(this: &Turn, on_fulfilled: &JsValue) -> Turn;
}

/// Waits until nothing has been written for some microtasks. They are the platform's own, and cost a microsecond and no
/// turn of the event loop.
pub(crate) struct Gathering {
    /// Since when there has been something, and how much there was at the last look.
    begun: Option<(Instant, usize)>,
    turns: Rc<RefCell<Turns>>,
    /// Garbage when nothing will call it any more.
    on_over: JsValue,
}

#[derive(Default)]
struct Turns {
    are_running: bool,
    waker: Option<Waker>,
}

impl Gathering {
    pub(crate) fn new() -> Self {
        let turns = Rc::new(RefCell::new(Turns::default()));
        let running = turns.clone();
        let on_over = Closure::<dyn FnMut()>::new(move || {
            let waker = {
                let mut turns = running.borrow_mut();
                turns.are_running = false;
                turns.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Self {
            begun: None,
            turns,
            on_over: on_over.into_js_value(),
        }
    }

    /// Ready when the `bytes` that have been written are to be sent.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        let mut turns = self.turns.borrow_mut();
        if !turns.are_running {
            let has_more = match self.begun {
                None => true,
                Some((since, before)) => bytes > before && now() < since + MAX_WAIT,
            };
            if !has_more {
                self.begun = None;
                return Poll::Ready(());
            }
            let since = self.begun.map_or_else(now, |(since, _)| since);
            self.begun = Some((since, bytes));
            turns.are_running = true;
            self.run();
        }
        turns.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Something was sent, with all that there was.
    pub(crate) fn end(&mut self) {
        self.begun = None;
    }

    fn run(&self) {
        let mut turn: Turn = Promise::resolve(&JsValue::UNDEFINED).unchecked_into();
        for _ in 1..TURNS {
            turn = turn.then(&JsValue::UNDEFINED);
        }
        turn.then(&self.on_over);
    }
}
