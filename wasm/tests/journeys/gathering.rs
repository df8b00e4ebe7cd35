//! Small writes that follow each other share a message.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::wire::{client_stream, payload_of};

#[wasm_bindgen_test]
async fn writes_that_are_awaited_share_messages() {
    let (socket, _client, stream) = client_stream().await;
    let bytes: Vec<u8> = (0..100).collect();
    for byte in &bytes {
        stream.write(&[*byte]).ok().await;
    }
    let messages = socket.take_messages().await;
    assert_eq!(payload_of(1, &messages.concat()), bytes);
    // One, unless it took longer than they may wait.
    assert!(messages.len() < bytes.len() / 2, "{}", messages.len());
}

/// Fewer than make a whole piece, which leaves anyway.
#[wasm_bindgen_test]
async fn writes_do_not_wait_for_each_other_for_ever() {
    let (socket, _client, stream) = client_stream().await;
    let mut written = 0;
    while socket.sent_len() == 0 {
        assert!(written < 3_000, "nothing has left");
        stream.write(&[7]).ok().await;
        written += 1;
    }
}
