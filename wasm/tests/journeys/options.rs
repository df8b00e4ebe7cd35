//! Wrong options: refused by name, before anything has happened.

use js_sys::{Array, BigInt, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::classes::Multiplexer;
use crate::common::fault::Fault;
use crate::common::socket::FakeSocket;
use crate::common::{evaluate, object};

const NUMBERS: &[&str] = &[
    "streamReceiveWindow",
    "maxStreamReceiveWindow",
    "receiveBudget",
    "writeBufferCount",
    "acceptBacklog",
    "heartbeatTransmitInterval",
    "maxHeartbeatReceiveInterval",
    "maxUnacceptedOpens",
    "maxInboundStreams",
    "maxQueuedRejections",
    "maxMessageSize",
    "closeTimeout",
];

const FLAGS: &[&str] = &[
    "tolerateReorderedOpens",
    "anyInputIsLife",
    "closeMeansAbort",
];

/// Somebody who could be reached if the options were right.
const URL: &str = "ws://127.0.0.1:2/";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Class {
    Type,
    Range,
}

#[track_caller]
fn assert_names(fault: &Fault, name: &str, class: Class) {
    fault.assert_code("invalid_option");
    assert!(fault.message().contains(name), "{name}: {fault:?}");
    let is_type = fault.is_type_error();
    let is_range = fault.is_range_error();
    let expected = (class == Class::Type, class == Class::Range);
    assert_eq!((is_type, is_range), expected, "{fault:?}");
}

/// The option is refused by the constructor, which throws, and by connect, which rejects.
async fn assert_refused(name: &str, value: JsValue, class: Class) {
    let options = object(&[(name, value)]);
    let socket = FakeSocket::new();
    let fault = Multiplexer::new(&socket, &options).expect_err(name);
    assert_names(&fault, name, class);
    let is_untouched = Reflect::get(&socket, &"binaryType".into());
    assert_eq!(is_untouched, Ok("blob".into()));
    let fault = Multiplexer::connect(&URL.into(), &options).fault().await;
    assert_names(&fault, name, class);
}

fn not_numbers() -> [JsValue; 5] {
    [
        "5".into(),
        true.into(),
        Object::new().into(),
        BigInt::from(5).into(),
        JsValue::symbol(None),
    ]
}

#[wasm_bindgen_test]
async fn a_number_must_be_one() {
    for name in NUMBERS {
        for value in not_numbers() {
            assert_refused(name, value, Class::Type).await;
        }
    }
}

#[wasm_bindgen_test]
async fn a_number_must_be_a_natural_one() {
    let values = [
        -1.0,
        -0.5,
        0.5,
        1_000.1,
        9_007_199_254_740_992.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    for name in NUMBERS {
        for value in values {
            assert_refused(name, value.into(), Class::Range).await;
        }
    }
}

#[wasm_bindgen_test]
async fn a_flag_must_be_a_boolean() {
    for name in FLAGS {
        for value in [1.into(), "true".into(), Object::new().into()] {
            assert_refused(name, value, Class::Type).await;
        }
    }
}

#[wasm_bindgen_test]
fn a_role_must_be_one_of_two() {
    for role in ["peer".into(), "Client".into(), "".into(), 1.into()] {
        let options = object(&[("role", role)]);
        let fault = Multiplexer::new(&FakeSocket::new(), &options).expect_err("a role");
        assert_names(&fault, "role", Class::Type);
    }
}

fn not_objects() -> [JsValue; 4] {
    [
        5.into(),
        "options".into(),
        true.into(),
        BigInt::from(5).into(),
    ]
}

#[wasm_bindgen_test]
async fn options_must_be_an_object() {
    let client = Multiplexer::client(&FakeSocket::new());
    for options in not_objects() {
        let faults = [
            Multiplexer::new(&FakeSocket::new(), &options).expect_err("not options"),
            Multiplexer::connect(&URL.into(), &options).fault().await,
            client.open_with(&options).fault().await,
            client.accept_with(&options).fault().await,
            client.close_with(&options).fault().await,
        ];
        for fault in faults {
            assert_names(&fault, "options", Class::Type);
        }
    }
}

#[wasm_bindgen_test]
async fn a_signal_must_be_one() {
    let client = Multiplexer::client(&FakeSocket::new());
    let not_signals = not_numbers().into_iter().chain([
        object(&[("aborted", true.into())]),
        js_sys::Function::new_no_args("").into(),
        5.into(),
    ]);
    for signal in not_signals {
        let options = object(&[("signal", signal)]);
        let faults = [
            Multiplexer::connect(&URL.into(), &options).fault().await,
            client.open_with(&options).fault().await,
            client.accept_with(&options).fault().await,
        ];
        for fault in faults {
            assert_names(&fault, "signal", Class::Type);
        }
    }
}

#[wasm_bindgen_test]
async fn protocols_must_be_strings() {
    let wrong = "return [5, {}, true, [5], [{}], ['one', 5], [['one']], [,], new Set(['one'])]";
    for protocols in Array::from(&evaluate(wrong)) {
        let options = object(&[("protocols", protocols)]);
        let fault = Multiplexer::connect(&URL.into(), &options).fault().await;
        assert_names(&fault, "protocols", Class::Type);
    }
}

#[wasm_bindgen_test]
async fn the_priority_of_an_open_must_be_one() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let wrong = not_numbers().map(|value| (value, Class::Type));
    let out_of_range = [-1.0, 8.0, 1.5, 256.0, f64::NAN];
    let out_of_range = out_of_range.map(|value| (value.into(), Class::Range));
    for (priority, class) in wrong.into_iter().chain(out_of_range) {
        let fault = client.open_with(&object(&[("priority", priority)])).fault();
        assert_names(&fault.await, "priority", class);
    }
    assert_eq!(socket.take_calls().await, []);
}

#[wasm_bindgen_test]
async fn a_wrong_close_closes_nothing() {
    let socket = FakeSocket::new();
    let client = Multiplexer::client(&socket);
    let wrong: [(&str, JsValue, Class); 15] = [
        ("code", "1000".into(), Class::Type),
        ("code", (-1).into(), Class::Range),
        ("code", 1_000.5.into(), Class::Range),
        ("code", 999.into(), Class::Range),
        ("code", 1_001.into(), Class::Range),
        ("code", 2_999.into(), Class::Range),
        ("code", 5_000.into(), Class::Range),
        ("code", (65_536 + 1_000).into(), Class::Range),
        ("reason", 5.into(), Class::Type),
        ("reason", "x".repeat(124).into(), Class::Range),
        ("reason", "é".repeat(62).into(), Class::Range),
        ("deadline", "x".into(), Class::Type),
        ("deadline", Object::new().into(), Class::Type),
        ("deadline", f64::NAN.into(), Class::Range),
        ("deadline", f64::INFINITY.into(), Class::Range),
    ];
    for (name, value, class) in wrong {
        let fault = client.close_with(&object(&[(name, value)])).fault().await;
        assert_names(&fault, name, class);
    }
    assert_eq!(socket.take_calls().await, []);
    let longest = [("code", 4_999.into()), ("reason", "x".repeat(123).into())];
    client.close_with(&object(&longest)).ok().await;
    assert_eq!(client.close_info().await, (4_999.0, "x".repeat(123)));
}

#[wasm_bindgen_test]
async fn null_and_undefined_are_no_options() {
    for nothing in [JsValue::NULL, JsValue::UNDEFINED] {
        let names = NUMBERS.iter().chain(FLAGS).chain(&["role"]);
        let options: Vec<_> = names.map(|name| (*name, nothing.clone())).collect();
        let socket = FakeSocket::new();
        let client = Multiplexer::new(&socket, &object(&options)).expect("the defaults");
        let _open = client.open_with(&object(&[("signal", nothing.clone())]));
        assert_eq!(socket.take_sent().await, [1, 1, 0xff, 0xff, 3]);
        Multiplexer::new(&FakeSocket::new(), &nothing).expect("the defaults");
        client.close_with(&nothing).ok().await;
    }
}

#[wasm_bindgen_test]
fn what_reading_an_option_throws_is_passed_on() {
    let options = evaluate("return { get role() { throw 'mine'; } }");
    let fault = Multiplexer::new(&FakeSocket::new(), &options).expect_err("a throw");
    assert_eq!(fault.0, "mine");
}
