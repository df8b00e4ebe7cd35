//! Connecting, with a WebSocket class of the test's own.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::globals::Replaced;
use crate::common::op::Op;
use crate::common::socket::{Call, FakeSocket};
use crate::common::turns::settle;
use crate::common::wire::{AMPLE_WINDOW, data, opened};
use crate::common::{evaluate, get, object};

const URL: &str = "ws://127.0.0.1:2/mux?a=b";

/// A connect that is under way and the socket it made.
struct Connecting {
    connect: Op<Multiplexer>,
    socket: FakeSocket,
    _class: Replaced,
}

impl Connecting {
    async fn new(url: &JsValue, options: &[(&str, JsValue)]) -> Self {
        let class = Replaced::global("WebSocket", &FakeSocket::class());
        let connect = Multiplexer::connect(url, &object(options));
        settle().await;
        let socket = get(&FakeSocket::class(), "last").unchecked_into();
        Self {
            connect,
            socket,
            _class: class,
        }
    }
}

#[wasm_bindgen_test]
async fn it_resolves_when_the_socket_is_open() {
    let mut connecting = Connecting::new(&URL.into(), &[]).await;
    assert!(connecting.connect.is_pending().await);
    assert_eq!(get(&connecting.socket, "url"), URL);
    connecting.socket.open();
    let client = connecting.connect.ok().await;
    assert_eq!(client.addr(), "multiplexer:odd");
    let socket = connecting.socket;
    let stream = opened(&socket, &client, &AMPLE_WINDOW).await;
    // By the way for the platform's own class, which lends the socket the memory itself.
    stream.writer().write(b"through").ok().await;
    assert_eq!(socket.take_sent().await, data(1, b"through"));
}

#[wasm_bindgen_test]
async fn it_takes_a_url_object_and_protocols() {
    let url = evaluate("return new URL('/mux', 'wss://127.0.0.1:2')");
    let protocols = evaluate("return ['one', 'two']");
    let connecting = Connecting::new(&url, &[("protocols", protocols)]).await;
    assert_eq!(get(&connecting.socket, "url"), "wss://127.0.0.1:2/mux");
    let offered = get(&connecting.socket, "protocols");
    assert_eq!(get(&offered, "1"), "two");
    let connecting = Connecting::new(&url, &[("protocols", "one".into())]).await;
    assert_eq!(get(&connecting.socket, "protocols"), "one");
    let connecting = Connecting::new(&url, &[]).await;
    assert!(get(&connecting.socket, "protocols").is_undefined());
}

#[wasm_bindgen_test]
async fn it_takes_the_options_of_a_multiplexer() {
    let window = [("streamReceiveWindow", 5.into())];
    let connecting = Connecting::new(&URL.into(), &window).await;
    connecting.socket.open();
    let client = connecting.connect.ok().await;
    let _open = client.open();
    assert_eq!(connecting.socket.take_sent().await, [1, 1, 5]);
}

#[wasm_bindgen_test]
async fn it_loses_nothing_that_comes_at_once() {
    let connecting = Connecting::new(&URL.into(), &[]).await;
    connecting.socket.open();
    connecting.socket.feed(&[1, 2, 9]);
    let client = connecting.connect.ok().await;
    assert_eq!(client.accept().ok().await.id(), 2);
}

#[wasm_bindgen_test]
async fn it_rejects_when_the_socket_does_not_open() {
    let connecting = Connecting::new(&URL.into(), &[]).await;
    connecting.socket.break_off();
    let fault = connecting.connect.fault().await;
    fault.assert_code("connect_failed");
    let connecting = Connecting::new(&URL.into(), &[]).await;
    connecting.socket.finish(1_000, "", true);
    let fault = connecting.connect.fault().await;
    fault.assert_code("connect_failed");
}

/// Node 20 says no more than that.
#[wasm_bindgen_test]
async fn it_rejects_when_there_is_an_error_and_no_close() {
    let connecting = Connecting::new(&URL.into(), &[]).await;
    connecting.socket.emit("error", &object(&[]));
    let fault = connecting.connect.fault().await;
    fault.assert_code("connect_failed");
}

#[wasm_bindgen_test]
async fn it_can_be_given_up() {
    let controller = evaluate("return new AbortController()");
    let signal = [("signal", get(&controller, "signal"))];
    let mut connecting = Connecting::new(&URL.into(), &signal).await;
    assert!(connecting.connect.is_pending().await);
    let abort: Function = get(&controller, "abort").unchecked_into();
    abort
        .call1(&controller, &"enough".into())
        .expect("an abort");
    assert_eq!(connecting.connect.fault().await.0, "enough");
    let closed = [Call::Close("1000 ".into())];
    assert_eq!(connecting.socket.take_calls().await, closed);
    // The package `ws` reports it as an error later, and throws if nobody listens.
    assert_eq!(get(&get(&connecting.socket, "listening"), "error"), 1);
}

#[wasm_bindgen_test]
async fn a_url_must_be_that_of_a_web_socket() {
    for url in [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "file:///mux",
        "wsx://host/",
    ] {
        let fault = Multiplexer::connect(&url.into(), &JsValue::UNDEFINED);
        let fault = fault.fault().await;
        fault.assert_code("invalid_url");
        let scheme = url.split("//").next().expect("a scheme");
        assert!(fault.message().contains(scheme), "{fault:?}");
        assert!(fault.is_type_error(), "{fault:?}");
    }
}

#[wasm_bindgen_test]
async fn a_url_must_be_absolute() {
    for url in [
        "",
        "/mux",
        "mux",
        "//127.0.0.1/mux",
        "ws:",
        "ws://",
        "ws://h:99999/",
    ] {
        let fault = Multiplexer::connect(&url.into(), &JsValue::UNDEFINED);
        let fault = fault.fault().await;
        fault.assert_code("invalid_url");
        assert!(fault.message().contains(url), "{fault:?}");
    }
}

#[wasm_bindgen_test]
async fn a_url_must_be_text() {
    let not_urls = "return [undefined, null, 5, true, {}, [], Symbol(), 5n, { href: 5 }]";
    for url in js_sys::Array::from(&evaluate(not_urls)) {
        let fault = Multiplexer::connect(&url, &JsValue::UNDEFINED);
        fault.fault().await.assert_code("invalid_url");
    }
}

#[wasm_bindgen_test]
async fn a_platform_without_web_sockets_is_an_error() {
    let _class = Replaced::global("WebSocket", &JsValue::UNDEFINED);
    let connect = Multiplexer::connect(&URL.into(), &JsValue::UNDEFINED);
    let fault = connect.fault().await;
    fault.assert_code("connect_failed");
    assert!(fault.message().contains("no WebSocket"), "{fault:?}");
}

#[wasm_bindgen_test]
async fn a_platform_that_refuses_is_an_error_with_a_cause() {
    let class = evaluate("return class { constructor() { throw new Error('not allowed'); } }");
    let _class = Replaced::global("WebSocket", &class);
    let connect = Multiplexer::connect(&URL.into(), &JsValue::UNDEFINED);
    let fault = connect.fault().await;
    fault.assert_code("connect_failed");
    assert_eq!(get(&get(&fault.0, "cause"), "message"), "not allowed");
}

/// By the platform's own class, if it has one.
#[wasm_bindgen_test]
async fn a_port_nobody_listens_on_is_an_error() {
    let connect = Multiplexer::connect(&URL.into(), &JsValue::UNDEFINED);
    connect.fault().await.assert_code("connect_failed");
}
