//! Sockets without a network.

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::turns::settle;
use super::{evaluate, object};

#[wasm_bindgen]
extern "C" {
    /// A WebSocket-like object: see `socket.js`.
    #[derive(Clone, Debug)]
    pub(crate) type FakeSocket;

    #[wasm_bindgen(method, js_name = open)]
    pub(crate) fn open(this: &FakeSocket);

    #[wasm_bindgen(method)]
    pub(crate) fn receive(this: &FakeSocket, data: &JsValue);

    #[wasm_bindgen(method)]
    pub(crate) fn finish(this: &FakeSocket, code: u16, reason: &str, was_clean: bool);

    #[wasm_bindgen(method)]
    pub(crate) fn emit(this: &FakeSocket, kind: &str, fields: &JsValue);

    #[wasm_bindgen(method, getter)]
    fn calls(this: &FakeSocket) -> Array;

    #[wasm_bindgen(method, getter, js_name = readyState)]
    pub(crate) fn ready_state(this: &FakeSocket) -> u16;
}

thread_local! {
    static CLASS: Function = evaluate(include_str!("socket.js")).unchecked_into();
}

/// Something that was done to a socket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Send(Vec<u8>),
    /// With code and reason, separated by a space.
    Close(String),
}

impl FakeSocket {
    /// The class, whose objects begin connecting if they are given a URL.
    pub(crate) fn class() -> Function {
        CLASS.with(Clone::clone)
    }

    /// An open socket whose other end is the test.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// The same with some of its properties set.
    pub(crate) fn with(properties: &[(&str, JsValue)]) -> Self {
        let socket = Reflect::construct(&Self::class(), &Array::new()).expect("a socket");
        let socket: Self = socket.unchecked_into();
        for (name, value) in properties {
            socket.set(name, value.clone());
        }
        socket
    }

    /// The two ends of a connection.
    pub(crate) fn pair() -> (Self, Self) {
        let (one, other) = (Self::new(), Self::new());
        one.set("peer", other.clone().into());
        other.set("peer", one.clone().into());
        (one, other)
    }

    pub(crate) fn set(&self, name: &str, value: JsValue) {
        Reflect::set(self, &name.into(), &value).expect("a socket takes properties");
    }

    /// A message of these bytes comes.
    pub(crate) fn feed(&self, bytes: &[u8]) {
        self.receive(&Uint8Array::from(bytes).buffer());
    }

    /// What was done to the socket since the last call, once everything that can happen has happened.
    pub(crate) async fn take_calls(&self) -> Vec<Call> {
        settle().await;
        let taken = self.calls();
        self.set("calls", Array::new().into());
        taken.iter().map(call).collect()
    }

    /// The messages that were sent since the last call.
    pub(crate) async fn take_messages(&self) -> Vec<Vec<u8>> {
        let message = |call| match call {
            Call::Send(bytes) => bytes,
            Call::Close(_) => panic!("the socket was closed"),
        };
        self.take_calls().await.into_iter().map(message).collect()
    }

    /// The bytes that were sent since the last call, whatever messages they came in.
    pub(crate) async fn take_sent(&self) -> Vec<u8> {
        self.take_messages().await.concat()
    }

    /// How many bytes were sent since they were taken last.
    pub(crate) fn sent_len(&self) -> usize {
        let lens = self.calls().into_iter().map(|call| match self::call(call) {
            Call::Send(bytes) => bytes.len(),
            Call::Close(_) => 0,
        });
        lens.sum()
    }

    /// The connection ends without a closing handshake.
    pub(crate) fn break_off(&self) {
        self.emit("error", &object(&[]));
        self.finish(1006, "", false);
    }
}

fn call(call: JsValue) -> Call {
    match call.as_string() {
        Some(text) => Call::Close(text.trim_start_matches("close ").to_owned()),
        None => Call::Send(Uint8Array::new(&call).to_vec()),
    }
}
