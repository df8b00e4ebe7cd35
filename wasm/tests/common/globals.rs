//! What belongs to the platform, replaced for the time of a test.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Function, Reflect};
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

/// A clock of the test's and timers as in a hidden tab: they fire once a minute.
pub(crate) struct HiddenTab {
    // Before the clock, which has replaced one of them itself.
    _replaced: [Replaced; 2],
    _closures: (SetTimeout, ClearTimeout),
    timers: Timers,
    clock: Clock,
}

type SetTimeout = Closure<dyn FnMut(Function, f64) -> f64>;
type ClearTimeout = Closure<dyn FnMut(JsValue)>;

/// Handlers by their handle, with when they may fire at the earliest.
type Timers = Rc<RefCell<BTreeMap<u64, (f64, Function)>>>;

const MINUTE: f64 = 60_000.0;
/// Handles begin here, unlike the platform's.
const FIRST_HANDLE: u64 = 1 << 40;

impl HiddenTab {
    pub(crate) async fn hide() -> Self {
        let clock = Clock::stop().await;
        let timers = Timers::default();
        let (setting, clearing) = (timers.clone(), timers.clone());
        let (now, mut last) = (clock.now.clone(), FIRST_HANDLE);
        let original: Function = get(&js_sys::global(), "clearTimeout").unchecked_into();
        let set = SetTimeout::new(move |handler, millis: f64| {
            last += 1;
            let due = now.get() + millis.max(0.0);
            setting.borrow_mut().insert(last, (due, handler));
            last as f64
        });
        let clear = ClearTimeout::new(move |handle: JsValue| match handle.as_f64() {
            Some(own) if own >= FIRST_HANDLE as f64 => {
                clearing.borrow_mut().remove(&(own as u64));
            }
            // Set before the tab was hidden.
            _ => drop(original.call1(&JsValue::UNDEFINED, &handle)),
        });
        Self {
            _replaced: [
                Replaced::global("setTimeout", set.as_ref()),
                Replaced::global("clearTimeout", clear.as_ref()),
            ],
            _closures: (set, clear),
            timers,
            clock,
        }
    }

    /// Time passes. At the turn of a minute the timers fire that are due.
    pub(crate) fn advance(&self, millis: f64) {
        let minute = (self.clock.now.get() / MINUTE).floor();
        self.clock.advance(millis);
        let now = self.clock.now.get();
        if (now / MINUTE).floor() > minute {
            let mut timers = self.timers.borrow_mut();
            let all = std::mem::take(&mut *timers);
            let (due, later): (BTreeMap<_, _>, _) =
                all.into_iter().partition(|(_, (due, _))| *due <= now);
            *timers = later;
            drop(timers);
            for (_, (_, handler)) in due {
                handler.call0(&JsValue::UNDEFINED).expect("it runs");
            }
        }
    }
}

/// A clock that stands still unless the test moves it, and timers that never fire.
pub(crate) struct Clock {
    now: Rc<Cell<f64>>,
    _replaced: [Replaced; 3],
    _reads: [Closure<dyn Fn() -> f64>; 2],
}

/// The date at which a stopped clock begins, in milliseconds.
const EPOCH: f64 = 1_700_000_000_000.0;

impl Clock {
    pub(crate) async fn stop() -> Self {
        // So that the wait itself has the platform's timer.
        settle().await;
        let now = Rc::new(Cell::new(1_000.0));
        let (read, read_date) = (now.clone(), now.clone());
        let performance_now = Closure::<dyn Fn() -> f64>::new(move || read.get());
        let date_now = Closure::<dyn Fn() -> f64>::new(move || EPOCH + read_date.get());
        let date = get(&js_sys::global(), "Date");
        let performance = get(&js_sys::global(), "performance");
        let replaced = [
            Replaced::global("setTimeout", &evaluate("return () => 0")),
            Replaced::property(performance, "now", performance_now.as_ref()),
            Replaced::property(date, "now", date_now.as_ref()),
        ];
        Self {
            now,
            _replaced: replaced,
            _reads: [performance_now, date_now],
        }
    }

    /// The date so many milliseconds from now, in milliseconds.
    pub(crate) fn date_in(&self, millis: f64) -> f64 {
        EPOCH + self.now.get() + millis
    }

    pub(crate) fn advance(&self, millis: f64) {
        self.now.set(self.now.get() + millis);
    }
}
