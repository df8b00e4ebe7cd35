//! Streams that are more urgent than others.

use js_sys::Array;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::evaluate;
use crate::common::wire::{AMPLE_WINDOW, NOTHING, client_stream};

#[wasm_bindgen_test]
async fn a_priority_is_an_integer_from_0_to_7() {
    let (_socket, _client, stream) = client_stream().await;
    assert_eq!(stream.priority(), 3.0);
    for class in [0, 7] {
        stream.prioritise(class).expect("a priority");
        assert_eq!(stream.priority(), f64::from(class));
    }
    for wrong in Array::from(&evaluate("return [undefined, null, '3', {}, true, 3n]")) {
        let fault = stream.prioritise(wrong).expect_err("no priority");
        fault.assert_code("invalid_option");
        assert!(fault.is_type_error() && fault.message().contains("priority"));
    }
    for wrong in Array::from(&evaluate("return [-1, 8, 1.5, NaN, Infinity, 256]")) {
        let fault = stream.prioritise(wrong).expect_err("no priority");
        fault.assert_code("invalid_option");
        assert!(fault.is_range_error() && fault.message().contains("priority"));
    }
    assert_eq!(stream.priority(), 7.0);
}

/// The streams whose data messages these are, in order.
fn streams_of(mut messages: &[u8]) -> Vec<u8> {
    let mut streams = Vec::new();
    while let [3, stream, high, low, rest @ ..] = messages {
        streams.push(*stream);
        messages = &rest[usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    assert_eq!(messages, NOTHING, "something else than data");
    streams
}

#[wasm_bindgen_test]
async fn the_more_urgent_of_two_that_wait_goes_first() {
    for (priority, goes_first) in [(7, true), (2, false)] {
        let (socket, client, one) = client_stream().await;
        let open = client.open();
        socket.take_sent().await;
        socket.feed(&[&[2, 3], &AMPLE_WINDOW[..]].concat());
        let other = open.ok().await;
        socket.set("bufferedAmount", (1 << 20).into());
        // More than fits: the rest of each has to wait.
        let writes = [one.write(&[1; 1 << 20]), other.write(&[3; 1 << 20])];
        other.prioritise(priority).expect("a priority");
        socket.set("bufferedAmount", 0.into());
        socket.feed(&[0]);
        for write in writes {
            write.ok().await;
        }
        let order = streams_of(&socket.take_sent().await);
        let first = order.iter().position(|stream| *stream == 3);
        let last = order.iter().rposition(|stream| *stream == 3);
        let between = &order[first.expect("some")..last.expect("some")];
        let before = order[..first.expect("some")].len();
        if goes_first {
            // It had not been promised anything when it became more urgent.
            assert!(between.iter().all(|stream| *stream == 3), "{order:?}");
            assert!(order.last() == Some(&1) && before < order.len() / 2);
        } else {
            assert!(between.iter().all(|stream| *stream == 3), "{order:?}");
            assert_eq!(order.last(), Some(&3), "{order:?}");
        }
    }
}
