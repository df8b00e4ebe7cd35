//! Signals that say to give up.

use wasm_bindgen::prelude::*;

use super::{evaluate, get, object};

#[wasm_bindgen]
extern "C" {
    pub(crate) type AbortController;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn signal(this: &AbortController) -> JsValue;

    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &AbortController, reason: &JsValue);
}

impl AbortController {
    pub(crate) fn options(&self) -> JsValue {
        object(&[("signal", self.signal())])
    }
}

/// A reason like no other.
pub(crate) fn reason() -> JsValue {
    object(&[("why", "enough".into())])
}

/// A signal that counts who listens to it, and `abort` makes abort.
pub(crate) struct CountedSignal {
    signal: JsValue,
}

impl CountedSignal {
    pub(crate) fn new() -> Self {
        let signal = evaluate(
            "return new class extends EventTarget {
                aborted = false;
                reason = undefined;
                listening = 0;
                listened = 0;
                addEventListener(...args) {
                    this.listening += 1;
                    this.listened += 1;
                    super.addEventListener(...args);
                }
                removeEventListener(...args) {
                    this.listening -= 1;
                    super.removeEventListener(...args);
                }
            }",
        );
        Self { signal }
    }

    pub(crate) fn options(&self) -> JsValue {
        object(&[("signal", self.signal.clone())])
    }

    /// Who listens now.
    pub(crate) fn listening(&self) -> f64 {
        self.count("listening")
    }

    /// How many have begun to listen so far.
    pub(crate) fn listened(&self) -> f64 {
        self.count("listened")
    }

    fn count(&self, name: &str) -> f64 {
        get(&self.signal, name).as_f64().expect("a number")
    }
}
