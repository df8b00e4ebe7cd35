//! What belongs to the platform, replaced for the time of a test.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::turns::settle;
use super::{evaluate, get};

/// A property of the platform that is another until this is dropped.
pub(crate) struct Replaced {
    target: JsValue,
    name: &'static str,
    original: JsValue,
}

impl Replaced {
    pub(crate) fn global(name: &'static str, value: &JsValue) -> Self {
        Self::property(js_sys::global().into(), name, value)
    }

    fn property(target: JsValue, name: &'static str, value: &JsValue) -> Self {
        let original = get(&target, name);
        assert_eq!(Reflect::set(&target, &name.into(), value), Ok(true));
        Self {
            target,
            name,
            original,
        }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        let restored = Reflect::set(&self.target, &self.name.into(), &self.original);
        assert_eq!(restored, Ok(true));
    }
}

/// A clock that stands still unless the test moves it, and timers that never fire.
pub(crate) struct Clock {
    now: Rc<Cell<f64>>,
    _replaced: [Replaced; 2],
    _performance_now: Closure<dyn Fn() -> f64>,
}

impl Clock {
    pub(crate) async fn stop() -> Self {
        // So that the wait itself has the platform's timer.
        settle().await;
        let now = Rc::new(Cell::new(1_000.0));
        let read = now.clone();
        let performance_now = Closure::<dyn Fn() -> f64>::new(move || read.get());
        let performance = get(&js_sys::global(), "performance");
        let replaced = [
            Replaced::global("setTimeout", &evaluate("return () => 0")),
            Replaced::property(performance, "now", performance_now.as_ref()),
        ];
        Self {
            now,
            _replaced: replaced,
            _performance_now: performance_now,
        }
    }

    pub(crate) fn advance(&self, millis: f64) {
        self.now.set(self.now.get() + millis);
    }
}
