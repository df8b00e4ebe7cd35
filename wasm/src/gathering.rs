//! Small writes that follow each other share a message.

use std::task::{Context, Poll};
use std::time::Duration;

use js_sys::Promise;
use strandmux::Instant;
use wasm_bindgen::prelude::*;

use crate::clock::now;
use crate::signal::Signal;

/// Microtasks in a row without a write before what was written is sent: as many as lie between two writes that are
/// awaited, by way of a `WritableStream` or a loop of the user's.
const TURNS: usize = 8;

/// How long writes may wait for each other, however many follow.
const MAX_WAIT: Duration = Duration::from_millis(1);

#[wasm_bindgen]
extern "C" {
    /// A promise. One that is made of another by way of `then` settles a microtask later.
    type Turn;

    #[wasm_bindgen(method)]
    fn then(this: &Turn, on_fulfilled: &JsValue) -> Turn;
}

/// Waits until nothing has been written for some microtasks. They are the platform's own, and cost a microsecond and no
/// turn of the event loop.
pub(crate) struct Gathering {
    /// Since when there has been something, and how much there was at the last look.
    begun: Option<(Instant, usize)>,
    /// Whether the microtasks are under way.
    is_running: bool,
    on_over: Signal,
}

impl Gathering {
    pub(crate) fn new() -> Self {
        Self {
            begun: None,
            is_running: false,
            on_over: Signal::new(),
        }
    }

    /// Ready when the `bytes` that have been written are to be sent.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        if self.on_over.was_called(cx) {
            self.is_running = false;
        }
        if self.is_running {
            return Poll::Pending;
        }
        let since = match self.begun {
            None => now(),
            Some((since, before)) if bytes > before && now() < since + MAX_WAIT => since,
            Some(_) => {
                self.begun = None;
                return Poll::Ready(());
            }
        };
        self.begun = Some((since, bytes));
        self.is_running = true;
        self.run();
        Poll::Pending
    }

    /// Something was sent: what is written from now on begins anew.
    pub(crate) fn end(&mut self) {
        self.begun = None;
    }

    fn run(&self) {
        let mut turn: Turn = Promise::resolve(&JsValue::UNDEFINED).unchecked_into();
        for _ in 1..TURNS {
            turn = turn.then(&JsValue::UNDEFINED);
        }
        turn.then(self.on_over.function());
    }
}
