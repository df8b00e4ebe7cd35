//! A WebSocket: the platform's own, or an object that behaves like one, such as those of the npm
//! package `ws`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use js_sys::{ArrayBuffer, Function, Reflect, Uint8Array};
use strandmux::{CarrierError, CloseInfo, CloseReason, ForeignBytes};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, EventTarget, MessageEvent, WebSocket};

use crate::foreign::JsBytes;

/// Closed on purpose, with nothing to add.
const NORMAL: u16 = 1_000;
/// What a close event says of a closing frame without a code.
const NO_STATUS: u16 = 1_005;
/// From the codes that only a platform may send to those that a program may.
const TO_OWN_CODES: u16 = 3_000;

#[wasm_bindgen]
extern "C" {
    type CallbackSocket;

    /// `send` of the package `ws`, which calls back when the bytes have left. Others ignore what they do not know.
    #[wasm_bindgen(method, catch, js_name = send)]
    fn send_and_call(
        this: &CallbackSocket,
        bytes: &Uint8Array,
        on_sent: &JsValue,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = bufferedAmount)]
    fn level(this: &CallbackSocket) -> Result<JsValue, JsValue>;

    /// The buffer of Bun's `ServerWebSocket`, and of what wraps one.
    #[wasm_bindgen(method, catch, js_name = getBufferedAmount)]
    fn buffered_amount(this: &CallbackSocket) -> Result<JsValue, JsValue>;
}

/// A message that has arrived, not empty.
enum Message {
    /// Long, and in a buffer of its own.
    Large(ArrayBuffer),
    Bytes(Uint8Array),
}

/// A WebSocket as its users in this crate share it.
pub(crate) struct Socket {
    socket: WebSocket,
    /// Whether `send` has copied the bytes when it returns, as browsers do. An implementation in JavaScript may
    /// keep the view for later.
    copies_on_send: bool,
    /// Whether there is a method for what lies in the send buffer.
    has_method_for_buffer: bool,
    inbox: RefCell<Inbox>,
    /// Whether someone waits for the send buffer to empty.
    wants_room: Cell<bool>,
    /// Told by sockets that do so that what was sent has left.
    on_sent: JsValue,
    /// The code and reason that the socket closed with.
    closed_with: RefCell<Option<(u16, String)>>,
}

#[derive(Default)]
struct Inbox {
    messages: VecDeque<Message>,
    /// How the input ended, behind the messages.
    end: Option<Result<(), CarrierError>>,
    waker: Option<Waker>,
}

impl Socket {
    /// The bytes of messages come as `ArrayBuffer`s from now on.
    pub(crate) fn new(socket: WebSocket) -> Rc<Self> {
        socket.set_binary_type(BinaryType::Arraybuffer);
        let copies_on_send = is_native(&socket);
        let has_method_for_buffer = Reflect::get(&socket, &"getBufferedAmount".into())
            .is_ok_and(|method| method.is_function());
        Rc::new_cyclic(|weak: &Weak<Self>| {
            let weak = weak.clone();
            // Called for as long as the socket exists, and does not keep ours.
            let on_sent = Closure::<dyn FnMut()>::new(move || {
                if let Some(socket) = weak.upgrade() {
                    socket.on_sent();
                }
            });
            Self {
                socket,
                copies_on_send,
                has_method_for_buffer,
                inbox: RefCell::default(),
                wants_room: Cell::default(),
                on_sent: on_sent.into_js_value(),
                closed_with: RefCell::default(),
            }
        })
    }

    pub(crate) fn ready_state(&self) -> u16 {
        self.socket.ready_state()
    }

    /// The socket's send buffer, in bytes. Not part of every implementation; 0 then.
    pub(crate) fn buffered(&self) -> f64 {
        let socket: &CallbackSocket = self.socket.unchecked_ref();
        let level = if self.has_method_for_buffer {
            socket.buffered_amount()
        } else {
            socket.level()
        };
        let level = level.ok().and_then(|level| level.as_f64());
        level.filter(|level| *level > 0.0).unwrap_or(0.0)
    }

    /// Whether the task that polls is to be woken when something of what was sent has left, on platforms that tell.
    pub(crate) fn set_wants_room(&self, wants_room: bool) {
        self.wants_room.set(wants_room);
    }

    pub(crate) fn send(&self, bytes: &[u8]) -> Result<(), CarrierError> {
        let sent = if self.copies_on_send {
            self.socket.send_with_u8_array(bytes)
        } else {
            let socket: &CallbackSocket = self.socket.unchecked_ref();
            socket.send_and_call(&Uint8Array::from(bytes), &self.on_sent)
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

    /// The code and reason that the socket closed with, if it has closed.
    pub(crate) fn closed_with(&self) -> Option<(u16, String)> {
        self.closed_with.borrow().clone()
    }

    /// What the peer said when it closed.
    pub(crate) fn peers_close_info(&self) -> CloseInfo {
        match &*self.closed_with.borrow() {
            Some((code, reason)) if *code != NO_STATUS => CloseInfo::new(*code, reason),
            _ => CloseInfo::default(),
        }
    }

    /// Begins the closing handshake, or answers the peer's where the platform leaves that to us. What was sent before
    /// goes out first.
    pub(crate) fn close(&self, reason: &CloseReason) {
        let (code, words) = close_frame(reason);
        if self
            .socket
            .close_with_code_and_reason(code, &words)
            .is_err()
        {
            // A code that only platforms may send, which the peer has.
            let _ = self.socket.close();
        }
    }

    /// Gives up a socket that has not opened.
    pub(crate) fn give_up(&self) {
        // A socket that is closed already ignores it.
        let _ = self.socket.close_with_code_and_reason(NORMAL, "");
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
            return Poll::Ready(Ok(Some(match message {
                Message::Large(buffer) => Uint8Array::new(&buffer),
                Message::Bytes(bytes) => bytes,
            })));
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

    /// The next message, if it is a large one.
    pub(crate) fn take_large(&self) -> Option<JsBytes> {
        let messages = &mut self.inbox.borrow_mut().messages;
        match messages.pop_front()? {
            Message::Large(buffer) => Some(JsBytes::new(buffer)),
            message @ Message::Bytes(_) => {
                messages.push_front(message);
                None
            }
        }
    }

    /// Ready once the closing handshake has ended.
    pub(crate) fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.ready_state() == WebSocket::CLOSED || self.closed_with.borrow().is_some() {
            return Poll::Ready(());
        }
        // The event wakes the task.
        self.inbox.borrow_mut().waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn on_message(&self, event: &MessageEvent) {
        let message = message_of(event.data());
        let mut inbox = self.inbox.borrow_mut();
        if inbox.end.is_none() {
            match message {
                Ok(message) => inbox.messages.extend(message),
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

    fn on_sent(&self) {
        if self.wants_room.take() {
            wake(self.inbox.borrow_mut());
        }
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

/// The code and reason for closing: the user's, or the peer's in answer. An error has the code that the RFC has for it,
/// and 3000 more, as a program may send 1000 and 3000 to 4999 only.
pub(crate) fn close_frame(reason: &CloseReason) -> (u16, String) {
    let info = reason.close_info();
    let (code, words) = info.for_close_frame();
    let is_own = reason.is_graceful() || code == NORMAL || code >= TO_OWN_CODES;
    let code = if is_own { code } else { code + TO_OWN_CODES };
    (code, words.to_owned())
}

/// Wakes the task that waits for the inbox, released first.
fn wake(mut inbox: std::cell::RefMut<'_, Inbox>) {
    let waker = inbox.waker.take();
    drop(inbox);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// The message that `data` is, unless it is empty.
fn message_of(data: JsValue) -> Result<Option<Message>, CarrierError> {
    if data.is_string() {
        return Err(CarrierError::not_bytes("a text message"));
    }
    let bytes = match data.dyn_into::<ArrayBuffer>() {
        Ok(buffer) if buffer.byte_length() as usize >= JsBytes::MIN_PAYLOAD => {
            return Ok(Some(Message::Large(buffer)));
        }
        Ok(buffer) => Uint8Array::new(&buffer),
        // Its buffer may be others' as well.
        Err(data) => data.dyn_into().map_err(|_| {
            CarrierError::not_bytes("a message that came neither as an ArrayBuffer nor as bytes")
        })?,
    };
    Ok((bytes.length() > 0).then_some(Message::Bytes(bytes)))
}

/// Whether the socket is of the platform's own class. One in JavaScript may have been put in its place.
fn is_native(socket: &WebSocket) -> bool {
    let class = Reflect::get(&js_sys::global(), &"WebSocket".into()).unwrap_or_default();
    let constructor = Reflect::get(socket, &"constructor".into()).unwrap_or_default();
    class == constructor && class.dyn_ref().is_some_and(is_native_code)
}

/// Whether the platform has no source to show for a function.
fn is_native_code(function: &Function) -> bool {
    let source: String = function.to_string().into();
    let words = source.split_whitespace().collect::<String>();
    words.ends_with("{[nativecode]}")
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
