//! The carrier over a WebSocket.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use js_sys::Uint8Array;
use strandmux::{Carrier, CarrierError, CloseInfo, CloseReason, Timer};
use web_sys::WebSocket;

use crate::clock::{Alarm, now};
use crate::drain::Drain;
use crate::foreign::JsBytes;
use crate::gathering::Gathering;
use crate::socket::{Listeners, Socket};

/// The most bytes of a message that are copied into this memory at a time: it never shrinks, and the peer chooses
/// how long its messages are.
const MAX_PIECE: u32 = 128 * 1_024;

/// A [`Carrier`] over a [`Socket`]. It waits for the socket to open.
pub(crate) struct SocketCarrier {
    socket: Rc<Socket>,
    _listeners: Listeners,
    /// The piece that was received last, lent to the caller.
    received: Vec<u8>,
    /// What follows it of its message.
    rest: Option<Uint8Array>,
    drain: Drain,
    gathering: Gathering,
    alarm: Alarm,
    is_closing: bool,
}

impl SocketCarrier {
    pub(crate) fn new(socket: Rc<Socket>) -> Self {
        Self {
            _listeners: Listeners::new(socket.clone()),
            socket,
            received: Vec::new(),
            rest: None,
            drain: Drain::default(),
            gathering: Gathering::new(),
            alarm: Alarm::new(),
            is_closing: false,
        }
    }
}

impl Carrier<JsBytes> for SocketCarrier {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        let message = match self.rest.take() {
            Some(rest) => rest,
            None => match ready!(self.socket.poll_message(cx))? {
                Some(message) => message,
                None => return Poll::Ready(Ok(None)),
            },
        };
        let len = message.length();
        let piece = if len > MAX_PIECE {
            self.rest = Some(message.subarray(MAX_PIECE, len));
            message.subarray(0, MAX_PIECE)
        } else {
            message
        };
        self.received.resize(piece.length() as usize, 0);
        piece.copy_to(&mut self.received);
        Poll::Ready(Ok(Some(&self.received)))
    }

    fn take_foreign(&mut self) -> Option<JsBytes> {
        match self.rest {
            None => self.socket.take_large(),
            Some(_) => None,
        }
    }

    /// Few platforms tell when a send buffer has emptied. So it is looked at again whenever the driver is polled (on
    /// every message that arrives, above all), and when there should be room by its past rate.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        if self.socket.ready_state() != WebSocket::OPEN {
            // An event is to come, which wakes the task as input: that the socket is open, or how it
            // has closed. A peer that closes is no failure, also if there is something to send.
            return Poll::Pending;
        }
        let is_full = self.drain.is_full(now(), self.socket.buffered());
        self.socket.set_wants_room(is_full);
        let Some(look) = self.drain.next_look() else {
            return Poll::Ready(Ok(()));
        };
        if self.alarm.poll_until(cx, look).is_ready() {
            // It has become due since.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        self.drain.add(output.len());
        self.gathering.end();
        self.socket.send(&output)
    }

    fn poll_gathered(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        self.gathering.poll(cx, bytes)
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        if !std::mem::replace(&mut self.is_closing, true) {
            self.socket.close(reason);
        }
        self.socket.poll_closed(cx).map(Ok)
    }

    fn close_info(&self) -> CloseInfo {
        self.socket.peers_close_info()
    }
}

impl Drop for SocketCarrier {
    fn drop(&mut self) {
        if !self.is_closing {
            self.socket.give_up();
        }
    }
}
