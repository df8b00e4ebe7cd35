//! The carrier over a WebSocket: the platform's own, or an object that behaves like one, such as
//! those of the npm package `ws`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{ArrayBuffer, Reflect, Uint8Array};
use strandmux::{Carrier, CarrierError, Instant, Timer};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, EventTarget, MessageEvent, WebSocket};

use crate::clock::{Alarm, now};
use crate::drain::Drain;

/// Bytes that may lie in the socket's send buffer before more waits here, where it can still be
/// overtaken.
const MAX_BUFFERED: f64 = 128.0 * 1_024.0;

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

    fn on_message(&self, event: &MessageEvent) {
        let data = event.data();
        let mut inbox = self.inbox.borrow_mut();
        if inbox.end.is_none() {
            match bytes_of(data) {
                Ok(bytes) if bytes.length() == 0 => {}
                Ok(bytes) => inbox.messages.push_back(bytes),
                Err(error) => inbox.end = Some(Err(error)),
            }
        }
        wake(inbox);
    }

    fn on_close(&self, event: &CloseEvent) {
        let (code, reason) = (event.code(), event.reason());
        let mut inbox = self.inbox.borrow_mut();
        let end = if event.was_clean() {
            Ok(())
        } else {
            Err(CarrierError::io(format_args!(
                "the WebSocket closed abnormally with code {code}"
            )))
        };
        inbox.end.get_or_insert(end);
        *self.closed_with.borrow_mut() = Some((code, reason));
        wake(inbox);
    }

    fn wake(&self) {
        wake(self.inbox.borrow_mut());
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

/// A [`Carrier`] over a [`Socket`]. It waits for the socket to open.
pub(crate) struct SocketCarrier {
    socket: Rc<Socket>,
    listeners: Vec<(&'static str, Listener)>,
    /// The message that was received last, lent to the caller.
    received: Vec<u8>,
    drain: Drain,
    /// When to look at the send buffer again.
    look: Option<Instant>,
    alarm: Alarm,
    is_closing: Cell<bool>,
}

impl SocketCarrier {
    pub(crate) fn new(socket: Rc<Socket>) -> Self {
        let handler = |handle: fn(&Socket, JsValue)| {
            let socket = socket.clone();
            Listener::new(move |event| handle(&socket, event))
        };
        let listeners = vec![
            ("open", handler(|socket, _| socket.wake())),
            (
                "message",
                handler(|socket, event| socket.on_message(event.unchecked_ref())),
            ),
            (
                "close",
                handler(|socket, event| socket.on_close(event.unchecked_ref())),
            ),
            // A close follows; without a listener some implementations throw.
            ("error", handler(|_, _| ())),
        ];
        let target: &EventTarget = socket.socket.unchecked_ref();
        for (name, listener) in &listeners {
            // A WebSocket takes listeners.
            let _ =
                target.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        Self {
            socket,
            listeners,
            received: Vec::new(),
            drain: Drain::default(),
            look: None,
            alarm: Alarm::new(),
            is_closing: Cell::new(false),
        }
    }

    /// The socket's send buffer, in bytes. Not part of every implementation; 0 then.
    fn buffered(&self) -> f64 {
        let level = Reflect::get(&self.socket.socket, &"bufferedAmount".into());
        level.ok().and_then(|level| level.as_f64()).unwrap_or(0.0)
    }
}

impl Carrier for SocketCarrier {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        let mut inbox = self.socket.inbox.borrow_mut();
        if let Some(message) = inbox.messages.pop_front() {
            drop(inbox);
            self.received.resize(message.length() as usize, 0);
            message.copy_to(&mut self.received);
            return Poll::Ready(Ok(Some(&self.received)));
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

    /// There is no event for a send buffer that has emptied. So it is looked at again whenever the driver is polled
    /// (on every message that arrives, above all), and when it should be empty by its past rate.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        match self.socket.ready_state() {
            // The event wakes the task, as it does for input.
            WebSocket::CONNECTING => return Poll::Pending,
            WebSocket::OPEN => {}
            _ => return Poll::Ready(Err(CarrierError::io("the WebSocket is closing"))),
        }
        let now = now();
        let level = self.buffered();
        self.drain.observe(now, level);
        if level < MAX_BUFFERED {
            self.look = None;
            return Poll::Ready(Ok(()));
        }
        let look = match self.look {
            Some(look) if look > now => look,
            _ => now + self.drain.delay(MAX_BUFFERED / 2.0),
        };
        self.look = Some(look);
        // Not due, as it was just set or is in the future.
        let _ = self.alarm.poll_until(cx, look);
        Poll::Pending
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        let sent = if self.socket.copies_on_send {
            self.socket.socket.send_with_u8_array(&output)
        } else {
            let copy = Uint8Array::from(&output[..]);
            self.socket.socket.send_with_array_buffer_view(&copy)
        };
        self.drain.add(output.len());
        sent.map_err(|error| CarrierError::io(format_args!("sending failed: {error:?}")))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        if !self.is_closing.replace(true) {
            self.socket.close();
        }
        if self.socket.ready_state() == WebSocket::CLOSED {
            return Poll::Ready(Ok(()));
        }
        // The closing handshake ends with an event that wakes the task.
        self.socket.inbox.borrow_mut().waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for SocketCarrier {
    fn drop(&mut self) {
        let target: &EventTarget = self.socket.socket.unchecked_ref();
        for (name, listener) in &self.listeners {
            let _ =
                target.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        if !self.is_closing.get() {
            self.socket.close();
        }
    }
}
