//! Against a real server, if the tests are built with the URL of one: the demo's with its test services.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Stream};
use crate::common::object;

const LONG: usize = 4 << 20;
/// The SHA-256 of `ramp(LONG)`.
const LONG_HASH: &str = "a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa";

async fn connected() -> Option<Multiplexer> {
    let Some(url) = option_env!("STRANDMUX_TEST_URL") else {
        console_log!("without STRANDMUX_TEST_URL there is no server");
        return None;
    };
    let connect = Multiplexer::connect(&url.into(), &JsValue::UNDEFINED);
    Some(connect.ok().await)
}

/// A stream to a service.
async fn service(client: &Multiplexer, command: &str) -> Stream {
    let stream = client.open().ok().await;
    let writer = stream.writer();
    writer.write(format!("{command}\n").as_bytes()).ok().await;
    writer.release();
    stream
}

async fn answer(stream: &Stream) -> String {
    let answer = stream.reader().to_end().await.expect("an answer");
    String::from_utf8(answer).expect("text")
}

#[wasm_bindgen_test]
async fn a_server_echoes() {
    let Some(client) = connected().await else {
        return;
    };
    let stream = service(&client, "ECHO").await;
    let (bytes, writer) = (ramp(300_001), stream.writer());
    let (written, ended) = (writer.write(&bytes), writer.close());
    let back = stream.reader().to_end().await.expect("an echo");
    assert_same(&back, &bytes);
    written.ok().await;
    ended.ok().await;
    client.close().ok().await;
}

#[wasm_bindgen_test]
async fn a_server_answers_a_close() {
    let Some(client) = connected().await else {
        return;
    };
    let mut accept = client.accept();
    assert!(accept.is_pending().await);
    let farewell = [("code", 4_001.into()), ("reason", "done".into())];
    client.close_with(&object(&farewell)).ok().await;
    assert_eq!(client.close_info().await, (4_001.0, "done".into()));
    accept.fault().await.assert_closed_by("local");
}

#[wasm_bindgen_test]
async fn a_stream_that_is_not_read_does_not_hold_up_an_echo() {
    let Some(client) = connected().await else {
        return;
    };
    // For longer than a test may take.
    let stuck = service(&client, "HOLD 600000").await;
    let mut waiting = stuck.writer().write(&ramp(LONG));
    let echo = service(&client, "ECHO").await;
    let (writer, reader) = (echo.writer(), echo.reader());
    for _ in 0..10 {
        writer.write(b"ping").ok().await;
        assert_eq!(reader.at_least(4).await, b"ping");
    }
    assert!(waiting.is_pending().await);
    client.close().ok().await;
    waiting.fault().await.assert_closed_by("local");
}

#[wasm_bindgen_test]
async fn a_server_takes_megabytes() {
    let Some(client) = connected().await else {
        return;
    };
    let stream = service(&client, "SINK").await;
    let writer = stream.writer();
    writer.write(&ramp(LONG)).ok().await;
    writer.close().ok().await;
    assert_eq!(answer(&stream).await, format!("{LONG} {LONG_HASH}\n"));
    client.close().ok().await;
}

#[wasm_bindgen_test]
async fn a_server_gives_megabytes() {
    let Some(client) = connected().await else {
        return;
    };
    let stream = service(&client, &format!("SOURCE {LONG}")).await;
    let bytes = stream.reader().to_end().await.expect("bytes");
    assert_same(&bytes, &ramp(LONG));
    client.close().ok().await;
}

#[wasm_bindgen_test]
async fn a_server_opens_streams() {
    let Some(client) = connected().await else {
        return;
    };
    let stream = service(&client, "DIAL 30 20000").await;
    for _ in 0..30 {
        let dialled = client.accept().ok().await;
        drop(dialled.readable().pipe_to(&dialled.writable()));
    }
    assert_eq!(answer(&stream).await, "OK 30\n");
    client.close().ok().await;
}

#[wasm_bindgen_test]
async fn a_server_that_hangs_up_a_stream_ends_it() {
    let Some(client) = connected().await else {
        return;
    };
    let stream = service(&client, "DROP").await;
    assert_eq!(answer(&stream).await, "");
    let stream = service(&client, "NONSENSE").await;
    assert_eq!(answer(&stream).await, "ERROR unknown command\n");
    client.close().ok().await;
}
