//! Bytes arrive as they were sent, in both directions.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Stream};
use crate::common::wire::{pair, stream_between};

const SIZES: &[usize] = &[
    0, 1, 2, 127, 128, 1_000, 16_384, 65_534, 65_535, 65_536, 65_548, 131_071, 200_000,
];

/// Sends everything back until the stream ends, then half-closes.
fn echo(stream: &Stream) {
    drop(stream.readable().pipe_to(&stream.writable()));
}

async fn echoes(from: &Multiplexer, to: &Multiplexer) {
    for len in SIZES {
        let (stream, peer) = stream_between(from, to).await;
        echo(&peer);
        let (bytes, writer) = (ramp(*len), stream.writer());
        let (written, ended) = (writer.write(&bytes), writer.close());
        let back = stream.reader().to_end().await.expect("an echo");
        assert_same(&back, &bytes);
        written.ok().await;
        ended.ok().await;
    }
}

#[wasm_bindgen_test]
async fn every_size_comes_back_whoever_opened_the_stream() {
    let (client, server) = pair();
    echoes(&client, &server).await;
    echoes(&server, &client).await;
}

#[wasm_bindgen_test]
async fn cuts_of_writes_do_not_matter() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    echo(&peer);
    let (bytes, writer) = (ramp(100_000), stream.writer());
    for (at, cut) in [1, 7, 4_099, 1, 65_536, 13].iter().cycle().enumerate() {
        let from = 4_099 * at;
        let to = bytes.len().min(from + 4_099);
        for piece in bytes[from..to].chunks(*cut) {
            drop(writer.write(piece));
        }
        if to == bytes.len() {
            break;
        }
    }
    let ended = writer.close();
    let back = stream.reader().to_end().await.expect("an echo");
    assert_same(&back, &bytes);
    ended.ok().await;
}

#[wasm_bindgen_test]
async fn four_mebibytes_go_through_one_stream_in_each_direction_at_once() {
    let (client, server) = pair();
    let (stream, peer) = stream_between(&client, &server).await;
    let bytes = ramp(4 << 20);
    let there = stream.writer();
    let back = peer.writer();
    let written = [there.write(&bytes), back.write(&bytes)];
    let ended = [there.close(), back.close()];
    let arrived = peer.reader().to_end().await.expect("the way there");
    assert_same(&arrived, &bytes);
    let returned = stream.reader().to_end().await.expect("the way back");
    assert_same(&returned, &bytes);
    for op in written.into_iter().chain(ended) {
        op.ok().await;
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_is_stuck_does_not_hold_up_another() {
    let (client, server) = pair();
    let (stuck, _unread) = stream_between(&client, &server).await;
    let mut waiting = stuck.writer().write(&ramp(1 << 20));
    assert!(waiting.is_pending().await);
    let (stream, peer) = stream_between(&client, &server).await;
    echo(&peer);
    let (writer, reader) = (stream.writer(), stream.reader());
    for _ in 0..20 {
        writer.write(b"ping").ok().await;
        assert_eq!(reader.at_least(4).await, b"ping");
    }
    assert!(waiting.is_pending().await);
}
