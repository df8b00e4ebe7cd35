//! Where a multiplexer's WebSocket comes from: the user, or the platform.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{Url, WebSocket};

use crate::error::{Class, error, set};

/// A WebSocket by its shape: one of another realm or of a package is as good.
pub(crate) fn check_socket(socket: JsValue) -> Result<WebSocket, JsValue> {
    let invalid = |message| Err(error(Class::Type, "invalid_socket", message));
    if !socket.is_object() {
        return invalid("the socket must be a WebSocket");
    }
    for method in ["send", "close", "addEventListener", "removeEventListener"] {
        if !Reflect::get(&socket, &method.into())?.is_function() {
            return invalid("the socket must be a WebSocket");
        }
    }
    let state = Reflect::get(&socket, &"readyState".into())?.as_f64();
    match state {
        Some(0.0 | 1.0) => Ok(socket.unchecked_into()),
        Some(2.0 | 3.0) => Err(error(
            Class::Error,
            "socket_closed",
            "the WebSocket is closing or closed",
        )),
        _ => invalid("the socket must be a WebSocket"),
    }
}

/// A WebSocket of the platform's own, which begins to connect.
pub(crate) fn open_socket(url: &JsValue, protocols: Option<JsValue>) -> Result<WebSocket, JsValue> {
    let text = match url.as_string() {
        Some(text) => text,
        None => Reflect::get(url, &"href".into())
            .ok()
            .and_then(|href| href.as_string())
            .ok_or_else(|| invalid_url("the URL must be a string or a URL"))?,
    };
    let scheme = Url::new(&text)
        .map_err(|_| invalid_url(&format!("not an absolute URL: {text}")))?
        .protocol();
    if scheme != "ws:" && scheme != "wss:" {
        let message = format!("the URL's scheme must be ws: or wss:, not {scheme}");
        return Err(invalid_url(&message));
    }
    if !Reflect::get(&js_sys::global(), &"WebSocket".into())?.is_function() {
        let message = "this platform has no WebSocket; pass one to the constructor";
        return Err(error(Class::Error, "connect_failed", message));
    }
    let socket = match protocols {
        Some(protocols) => WebSocket::new_with_str_sequence(&text, &protocols),
        None => WebSocket::new(&text),
    };
    socket.map_err(|cause| {
        let failed = error(
            Class::Error,
            "connect_failed",
            "the platform refused to connect",
        );
        set(&failed, "cause", &cause);
        failed
    })
}

fn invalid_url(message: &str) -> JsValue {
    error(Class::Type, "invalid_url", message)
}
