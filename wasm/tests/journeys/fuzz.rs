//! Every method and option with values of every kind: what is wrong is an error with a code, and nothing suffers.

use js_sys::{Function, Promise};
use strandmux_tests::random::Random;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::common::classes::Multiplexer;
use crate::common::evaluate;
use crate::common::globals::Replaced;
use crate::common::socket::FakeSocket;

/// Another one each time, or the one that a failure has printed.
fn seed() -> u64 {
    let given = option_env!("STRANDMUX_SEED").and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| (js_sys::Math::random() * 1e15) as u64);
    console_log!("STRANDMUX_SEED={seed}");
    seed
}

/// How many calls are made: more if `STRANDMUX_FUZZ_CALLS` says so when this is built.
fn calls() -> u32 {
    let given = option_env!("STRANDMUX_FUZZ_CALLS").and_then(|calls| calls.parse().ok());
    given.unwrap_or(800)
}

#[wasm_bindgen_test]
async fn nothing_that_is_passed_does_harm() {
    let mut random = Random::new(seed());
    let below = Closure::<dyn FnMut(u32) -> u32>::new(move |bound: u32| {
        random.within(0..bound as usize) as u32
    });
    let _class = Replaced::global("WebSocket", &FakeSocket::class());
    let fuzz: Function = evaluate(include_str!("../common/fuzz.js")).unchecked_into();
    let arguments = js_sys::Array::of4(
        &Multiplexer::class(),
        &FakeSocket::class(),
        below.as_ref(),
        &calls().into(),
    );
    let run = fuzz.apply(&JsValue::UNDEFINED, &arguments);
    let run: Promise = run.expect("a promise").unchecked_into();
    if let Err(error) = JsFuture::from(run).await {
        panic!("{error:?}");
    }
}
