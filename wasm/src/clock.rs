//! The time and time-outs, as every JavaScript platform has them.

use std::task::{Context, Poll};

use strandmux::mux::Clock;
use strandmux::{Instant, Timer};
use wasm_bindgen::prelude::*;

use crate::signal::Signal;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &JsValue, millis: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(handle: &JsValue);

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The longest that `setTimeout` waits, in milliseconds; what is longer would fire at once.
const MAX_TIMEOUT: f64 = 2_147_483_647.0;

/// The time since the page or process began.
pub(crate) fn now() -> Instant {
    // Not negative, and as a float cast it saturates.
    Instant::from_micros((performance_now() * 1_000.0) as u64)
}

/// Wakes a task at a time. One time-out at most is pending.
pub(crate) struct Alarm {
    on_timeout: Signal,
    /// The platform's handle of the pending time-out, and when it is due.
    pending: Option<(JsValue, Instant)>,
}

impl Alarm {
    pub(crate) fn new() -> Self {
        Self {
            on_timeout: Signal::new(),
            pending: None,
        }
    }

    fn cancel(&mut self) {
        if let Some((handle, _)) = self.pending.take() {
            clear_timeout(&handle);
        }
    }
}

impl Timer for Alarm {
    fn clock(&self) -> Clock {
        Clock::new(now)
    }

    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let now = now();
        if deadline <= now {
            self.cancel();
            return Poll::Ready(());
        }
        let has_fired = self.on_timeout.was_called(cx);
        let is_set = matches!(self.pending, Some((_, at)) if at == deadline);
        if !is_set || has_fired {
            self.cancel();
            let wait = deadline.saturating_duration_since(now);
            // Time-outs of platforms that count whole milliseconds would fire early otherwise.
            let millis = (wait.as_secs_f64() * 1_000.0).ceil().min(MAX_TIMEOUT);
            let handle = set_timeout(self.on_timeout.function(), millis);
            self.pending = Some((handle, deadline));
        }
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.cancel();
    }
}
