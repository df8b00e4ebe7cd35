//! Every journey, in a page.

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod common;
mod journeys;
