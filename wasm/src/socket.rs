//! A WebSocket: the platform's own, or an object that behaves like one, such as those of the npm
//! package `ws`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use strandmux::CarrierError;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, EventTarget, MessageEvent, WebSocket};

/// A WebSocket as its users in this crate share it.
pub(crate) struct Socket {
    socket: WebSocket,
    /// Whether `send` has copied the bytes when it returns, as browsers do. An implementation in JavaScript may
    /// keep the view for later.
    copies_on_send: bool,
    inbox: RefCell<Inbox>,
    /// The code and reason to close with.
    close_request: RefCell<(u16, String)>,
    /// The code and reason that the socket closed with.
    closed_with: RefCell<Option<(u16, String)>>,
}

#[derive(Default)]
struct Inbox {
    messages: VecDeque<Uint8Array>,
    /// How the input ended, behind the messages.
    end: Option<Result<(), CarrierError>>,
    waker: Option<Waker>,
}

impl Socket {
    /// The bytes of messages come as `ArrayBuffer`s from now on.
    pub(crate) fn new(socket: WebSocket) -> Rc<Self> {
        socket.set_binary_type(BinaryType::Arraybuffer);
        let copies_on_send = is_native(&socket);
        Rc::new(Self {
            socket,
            copies_on_send,
            inbox: RefCell::default(),
            close_request: RefCell::new((1_000, String::new())),
            closed_with: RefCell::default(),
        })
    }

    pub(crate) fn ready_state(&self) -> u16 {
        self.socket.ready_state()
    }

    /// The socket's send buffer, in bytes. Not part of every implementation; 0 then.
    pub(crate) fn buffered(&self) -> f64 {
        let level = Reflect::get(&self.socket, &"bufferedAmount".into());
        level.ok().and_then(|level| level.as_f64()).unwrap_or(0.0)
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> Result<(), CarrierError> {
        let sent = if self.copies_on_send {
            self.socket.send_with_u8_array(bytes)
        } else {
            let copy = Uint8Array::from(bytes);
            self.socket.send_with_array_buffer_view(&copy)
        };
        sent.map_err(|error| {
            let words = Reflect::get(&error, &"message".into());
            let words = words.ok().and_then(|words| words.as_string());
            CarrierError::io(format_args!(
                "sending failed: {}",
                words.unwrap_or_default()
            ))
        })
    }

    /// Sets what the socket is closed with when its turn comes.
    pub(crate) fn set_close_request(&self, code: u16, reason: String) {
        *self.close_request.borrow_mut() = (code, reason);
    }

    /// What the socket closed with, or is to be closed with if it has yet to.
    pub(crate) fn close_info(&self) -> (u16, String) {
        let closed_with = self.closed_with.borrow().clone();
        closed_with.unwrap_or_else(|| self.close_request.borrow().clone())
    }

    /// Begins the closing handshake. What was sent before goes out first.
    pub(crate) fn close(&self) {
        let (code, reason) = self.close_request.borrow().clone();
        // Both were checked; a socket that is closed already ignores it.
        let _ = self.socket.close_with_code_and_reason(code, &reason);
    }

    /// Ready once the socket is open, or has failed to be.
    pub(crate) fn poll_open(&self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        if self.ready_state() == WebSocket::OPEN {
            return Poll::Ready(Ok(()));
        }
        let mut inbox = self.inbox.borrow_mut();
        match &inbox.end {
            Some(Err(error)) => Poll::Ready(Err(error.clone())),
            Some(Ok(())) => Poll::Ready(Err(CarrierError::io("the WebSocket closed"))),
            None => {
                inbox.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The next message, not empty; none after the last one.
    pub(crate) fn poll_message(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Uint8Array>, CarrierError>> {
        let mut inbox = self.inbox.borrow_mut();
        if let Some(message) = inbox.messages.pop_front() {
            return Poll::Ready(Ok(Some(message)));
        }
        match &inbox.end {
            Some(Ok(())) => Poll::Ready(Ok(None)),
            Some(Err(error)) => Poll::Ready(Err(error.clone())),
            None => {
                inbox.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Ready once the closing handshake has ended.
    pub(crate) fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.ready_state() == WebSocket::CLOSED {
            return Poll::Ready(());
        }
        // The event wakes the task.
        self.inbox.borrow_mut().waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn on_message(&self, event: &MessageEvent) {
        let data = bytes_of(event.data());
        let mut inbox = self.inbox.borrow_mut();
        if inbox.end.is_none() {
            match data {
                Ok(bytes) if bytes.length() == 0 => {}
                Ok(bytes) => inbox.messages.push_back(bytes),
                Err(error) => inbox.end = Some(Err(error)),
            }
        }
        wake(inbox);
    }

    fn on_close(&self, event: &CloseEvent) {
        let (code, is_clean) = (event.code(), event.was_clean());
        // Not part of every implementation.
        let reason = Reflect::get(event, &"reason".into());
        let reason = reason.ok().and_then(|reason| reason.as_string());
        let mut inbox = self.inbox.borrow_mut();
        let end = if is_clean {
            Ok(())
        } else {
            Err(CarrierError::io(format_args!(
                "the WebSocket closed abnormally with code {code}"
            )))
        };
        inbox.end.get_or_insert(end);
        *self.closed_with.borrow_mut() = Some((code, reason.unwrap_or_default()));
        wake(inbox);
    }

    fn on_open(&self) {
        wake(self.inbox.borrow_mut());
    }

    /// A close follows, unless the socket has not opened: then some versions of Node leave it at the error.
    fn on_error(&self) {
        if self.ready_state() != WebSocket::CONNECTING {
            return;
        }
        let mut inbox = self.inbox.borrow_mut();
        let failed = CarrierError::io("the WebSocket could not connect");
        inbox.end.get_or_insert(Err(failed));
        wake(inbox);
    }
}

/// Wakes the task that waits for the inbox, released first.
fn wake(mut inbox: std::cell::RefMut<'_, Inbox>) {
    let waker = inbox.waker.take();
    drop(inbox);
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn bytes_of(data: JsValue) -> Result<Uint8Array, CarrierError> {
    if data.is_string() {
        return Err(CarrierError::not_bytes("a text message"));
    }
    if data.is_instance_of::<ArrayBuffer>() {
        return Ok(Uint8Array::new(&data));
    }
    data.dyn_into().map_err(|_| {
        CarrierError::not_bytes("a message that came neither as an ArrayBuffer nor as bytes")
    })
}

/// Whether the socket is of the platform's own class.
fn is_native(socket: &WebSocket) -> bool {
    let class = Reflect::get(&js_sys::global(), &"WebSocket".into()).unwrap_or_default();
    let constructor = Reflect::get(socket, &"constructor".into()).unwrap_or_default();
    class.is_function() && class == constructor
}

type Listener = Closure<dyn FnMut(JsValue)>;

/// Listens to a socket's events until it is dropped.
pub(crate) struct Listeners {
    socket: Rc<Socket>,
    listeners: [(&'static str, Listener); 3],
}

impl Listeners {
    pub(crate) fn new(socket: Rc<Socket>) -> Self {
        let handler = |handle: fn(&Socket, JsValue)| {
            let socket = socket.clone();
            Listener::new(move |event| handle(&socket, event))
        };
        let listeners = [
            ("open", handler(|socket, _| socket.on_open())),
            (
                "message",
                handler(|socket, event| socket.on_message(event.unchecked_ref())),
            ),
            (
                "close",
                handler(|socket, event| socket.on_close(event.unchecked_ref())),
            ),
        ];
        let target: &EventTarget = socket.socket.unchecked_ref();
        for (name, listener) in &listeners {
            listen(target, name, listener.as_ref());
        }
        // Some implementations throw if nobody listens to an error, even after they were closed. So this one stays
        // for as long as the socket, and does not keep ours.
        let weak = Rc::downgrade(&socket);
        let on_error = Closure::<dyn FnMut()>::new(move || {
            if let Some(socket) = weak.upgrade() {
                socket.on_error();
            }
        });
        listen(target, "error", &on_error.into_js_value());
        Self { socket, listeners }
    }
}

fn listen(target: &EventTarget, name: &str, listener: &JsValue) {
    // A WebSocket takes listeners.
    let _ = target.add_event_listener_with_callback(name, listener.unchecked_ref());
}

impl Drop for Listeners {
    fn drop(&mut self) {
        let target: &EventTarget = self.socket.socket.unchecked_ref();
        for (name, listener) in &self.listeners {
            let listener = listener.as_ref().unchecked_ref();
            let _ = target.remove_event_listener_with_callback(name, listener);
        }
    }
}
