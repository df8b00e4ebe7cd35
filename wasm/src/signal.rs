//! A function for JavaScript to call, which wakes a task.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::{Context, Waker};

use wasm_bindgen::prelude::*;

pub(crate) struct Signal {
    /// Garbage when nothing will call it any more, so that it can be called even after this is dropped.
    function: JsValue,
    state: Rc<RefCell<State>>,
}

#[derive(Default)]
struct State {
    was_called: bool,
    waker: Option<Waker>,
}

impl Signal {
    pub(crate) fn new() -> Self {
        let state = Rc::new(RefCell::new(State::default()));
        let called = state.clone();
        let function = Closure::<dyn FnMut()>::new(move || {
            let waker = {
                let mut state = called.borrow_mut();
                state.was_called = true;
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Self {
            function: function.into_js_value(),
            state,
        }
    }

    pub(crate) fn function(&self) -> &JsValue {
        &self.function
    }

    /// Whether it was called since this was asked last. The next call wakes the task.
    pub(crate) fn was_called(&self, cx: &mut Context<'_>) -> bool {
        let mut state = self.state.borrow_mut();
        state.waker = Some(cx.waker().clone());
        std::mem::take(&mut state.was_called)
    }
}
