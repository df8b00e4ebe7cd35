//! The streams of the peer, by `for await`.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::{Multiplexer, Stream};
use crate::common::evaluate;
use crate::common::globals::Replaced;
use crate::common::iteration::{next, stop};
use crate::common::op::Op;
use crate::common::wire::pair;

/// Runs a loop over the multiplexer's streams; gives the identifiers seen, as a string.
fn looped(multiplexer: &Multiplexer, body: &str) -> Op<JsValue> {
    let code = format!(
        "return async (multiplexer) => {{
            const ids = [];
            for await (const stream of multiplexer) {{
                ids.push(stream.id);
                {body}
            }}
            return ids.join();
        }}"
    );
    let run: Function = evaluate(&code).unchecked_into();
    let promise = run.call1(&JsValue::UNDEFINED, multiplexer).expect("a loop");
    Op::new("a loop", promise.unchecked_into())
}

#[wasm_bindgen_test]
async fn a_loop_sees_every_stream_and_ends_when_the_peer_closes() {
    let (client, server) = pair();
    let mut seen = looped(&server, "");
    for _ in 0..3 {
        client.open().ok().await;
    }
    assert!(seen.is_pending().await);
    client.close().ok().await;
    assert_eq!(seen.ok().await, "1,3,5");
}

#[wasm_bindgen_test]
async fn a_loop_ends_when_the_multiplexer_is_closed_inside() {
    let (client, server) = pair();
    let seen = looped(&server, "multiplexer.close();");
    client.open().ok().await;
    assert_eq!(seen.ok().await, "1");
}

#[wasm_bindgen_test]
async fn a_loop_that_is_left_takes_no_more_streams() {
    let (client, server) = pair();
    let seen = looped(&server, "break;");
    client.open().ok().await;
    assert_eq!(seen.ok().await, "1");
    let open = client.open();
    assert_eq!(server.accept().ok().await.id(), 3);
    open.ok().await;
}

#[wasm_bindgen_test]
async fn an_iterator_that_was_stopped_takes_no_more_streams() {
    let (client, server) = pair();
    let iterator = server.iterator();
    let mut step = next(&iterator);
    assert!(step.is_pending().await);
    assert!(stop(&iterator).ok().await.done());
    assert!(step.ok().await.done());
    assert!(next(&iterator).ok().await.done());
    let open = client.open();
    assert_eq!(server.accept().ok().await.id(), 1);
    open.ok().await;
}

#[wasm_bindgen_test]
async fn an_iterator_can_be_iterated_itself() {
    let (client, server) = pair();
    let iterator = server.iterator();
    // As a page may forbid it.
    let forbidden = evaluate("return () => { throw new Error('no code from strings'); }");
    let itself = {
        let _forbidding = Replaced::global("Function", &forbidden);
        let other = server.iterator();
        drop(next(&other));
        stop(&other).ok().await;
        let multiplexer: Multiplexer = iterator.clone().unchecked_into();
        multiplexer.iterator()
    };
    let step = next(&itself);
    client.open().ok().await;
    let stream: Stream = step.ok().await.value().unchecked_into();
    assert_eq!(stream.id(), 1);
}
