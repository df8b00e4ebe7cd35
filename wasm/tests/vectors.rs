//! The recorded sessions and malformed inputs, replayed where the package runs: in wasm.

use strandmux_tests::vectors::replay_embedded;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn every_recording_replays() {
    let replays = replay_embedded().unwrap_or_else(|differences| panic!("{differences}"));
    assert!(replays > 300, "only {replays}");
}
