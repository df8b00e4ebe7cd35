//! The WHATWG streams of a stream are made when they are first asked for.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::globals::Replaced;
use crate::common::wire::{pair, stream_between};
use crate::common::{evaluate, get};

/// The class of the platform's, which counts what is made of it.
fn counting(name: &str) -> JsValue {
    evaluate(&format!(
        "return class extends {name} {{
            static made = 0;
            constructor(...args) {{ super(...args); new.target.made += 1; }}
        }}"
    ))
}

#[wasm_bindgen_test]
async fn who_wants_none_gets_none_and_who_asks_gets_one() {
    let (readables, writables) = (counting("ReadableStream"), counting("WritableStream"));
    let _replaced = [
        Replaced::global("ReadableStream", &readables),
        Replaced::global("WritableStream", &writables),
    ];
    let made = || (get(&readables, "made"), get(&writables, "made"));
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    stream.write(b"directly").ok().await;
    let read: Uint8Array = peer.read().ok().await.unchecked_into();
    assert_eq!(read.to_vec(), b"directly");
    stream.set_deadline(JsValue::NULL).expect("none");
    assert_eq!(made(), (0.into(), 0.into()));
    // One by one, and both directions by themselves.
    for _ in 0..2 {
        stream.readable();
        assert_eq!(made(), (1.into(), 0.into()));
    }
    for _ in 0..2 {
        stream.writable();
        assert_eq!(made(), (1.into(), 1.into()));
    }
    let (used, unused) = stream_between(&server, &client).await;
    used.close_write().ok().await;
    assert!(unused.read().ok().await.is_null());
    client.close().ok().await;
    assert_eq!(made(), (1.into(), 1.into()));
}
