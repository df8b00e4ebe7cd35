//! Carriers from WebSockets, of any library that has them as `Stream + Sink`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::Carrier;
use crate::close::CloseInfo;
use crate::error::{CarrierError, CloseReason};

/// What a message of a WebSocket means to a carrier.
#[derive(Debug)]
pub enum Incoming<B> {
    /// A binary message: input.
    Binary(B),
    /// A text message, which no peer should send: the multiplexer closes.
    Text,
    /// The closing handshake, with the code and the reason if the frame has them: the input ends.
    Close(Option<CloseInfo>),
    /// A ping or pong, which the library deals with.
    Other,
}

/// What a carrier wants a WebSocket to send.
#[derive(Debug)]
pub enum Outgoing {
    /// A binary message.
    Binary(Vec<u8>),
    /// A close frame, with a code and a reason that are fit for it.
    Close {
        /// Why it closes.
        code: u16,
        /// The same in words, at most 123 bytes.
        reason: String,
    },
}

/// A carrier over a WebSocket: a `Stream` and `Sink` of messages, as tokio-tungstenite, axum and others
/// have it. Two functions say how a message is made and what a message is, so this crate
/// depends on no version of any of them.
///
/// It closes with a frame that says why, as [`CloseReason::close_info`] puts it.
///
/// # Memory
///
/// The library has buffers of its own for each connection, for as long as it lives: by default tungstenite's and axum's
/// read with 128 KiB, gather as much to write, and take messages of 64 MiB. With many connections that is most of what they take.
/// Set `read_buffer_size` and `write_buffer_size` (16 KiB do), and as `max_message_size` a little more than the peer's
/// [`Config::max_message_size`](crate::Config::max_message_size), as the example `axum_server` does. A `max_write_buffer_size`
/// has to be more than `write_buffer_size` and this end's `max_message_size` together: a message that finds no room fails
/// the carrier.
///
/// For messages of the shape that tungstenite's and axum's have, [`websocket_carrier!`](crate::websocket_carrier)
/// writes the two functions.
pub struct WebSocketCarrier<S, M, B> {
    socket: S,
    to_message: fn(Outgoing) -> M,
    from_message: fn(M) -> Incoming<B>,
    /// The message that was received last, lent to the caller.
    received: Option<B>,
    /// Whether something was sent that has not been flushed.
    is_unflushed: bool,
    /// Whether a close frame was sent, or came, which the library answers.
    is_closing: bool,
    /// Whether everything has left, and the close frame with it.
    is_output_over: bool,
    /// Whether nothing more comes in.
    is_input_over: bool,
    /// What the peer's close frame said.
    close_info: CloseInfo,
}

impl<S, M, B, E> WebSocketCarrier<S, M, B>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
    B: AsRef<[u8]> + Unpin,
    E: fmt::Display,
{
    /// A carrier that owns `socket`, which is past its handshake.
    pub fn new(
        socket: S,
        to_message: fn(Outgoing) -> M,
        from_message: fn(M) -> Incoming<B>,
    ) -> Self {
        Self {
            socket,
            to_message,
            from_message,
            received: None,
            is_unflushed: false,
            is_closing: false,
            is_output_over: false,
            is_input_over: false,
            close_info: CloseInfo::default(),
        }
    }

    /// Ready when a close frame has been handed over that says why.
    fn poll_close_frame(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        if self.is_closing {
            return Poll::Ready(());
        }
        let ready = core::task::ready!(Pin::new(&mut self.socket).poll_ready(cx));
        self.is_closing = true;
        let info = reason.close_info();
        let (code, reason) = info.for_close_frame();
        let message = (self.to_message)(Outgoing::Close {
            code,
            reason: reason.into(),
        });
        // If it fails, so does closing.
        let _ = ready.and_then(|()| Pin::new(&mut self.socket).start_send(message));
        Poll::Ready(())
    }
}

impl<S, M, B, E> Carrier for WebSocketCarrier<S, M, B>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
    B: AsRef<[u8]> + Unpin,
    E: fmt::Display,
{
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        // It has been handled, and can be large.
        self.received = None;
        loop {
            let Some(message) = core::task::ready!(Pin::new(&mut self.socket).poll_next(cx)) else {
                self.is_closing = true;
                self.is_input_over = true;
                return Poll::Ready(Ok(None));
            };
            match (self.from_message)(message.map_err(CarrierError::io)?) {
                Incoming::Binary(bytes) if bytes.as_ref().is_empty() => {}
                Incoming::Binary(bytes) => {
                    let bytes = self.received.insert(bytes);
                    return Poll::Ready(Ok(Some((*bytes).as_ref())));
                }
                Incoming::Text => {
                    return Poll::Ready(Err(CarrierError::not_bytes("a text message")));
                }
                Incoming::Close(info) => {
                    self.is_closing = true;
                    self.is_input_over = true;
                    self.close_info = info.unwrap_or_default();
                    return Poll::Ready(Ok(None));
                }
                Incoming::Other => {}
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Pin::new(&mut self.socket)
            .poll_ready(cx)
            .map_err(CarrierError::io)
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        self.is_unflushed = true;
        Pin::new(&mut self.socket)
            .start_send((self.to_message)(Outgoing::Binary(output)))
            .map_err(CarrierError::io)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        if self.is_unflushed {
            core::task::ready!(Pin::new(&mut self.socket).poll_flush(cx))
                .map_err(CarrierError::io)?;
            self.is_unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        if !self.is_output_over {
            core::task::ready!(self.poll_close_frame(cx, reason));
            core::task::ready!(Pin::new(&mut self.socket).poll_close(cx))
                .map_err(CarrierError::io)?;
            self.is_output_over = true;
        }
        // The handshake ends with the peer's frame. Until then what comes in is of no use, but a socket that is closed
        // with it unread resets the connection, and what the peer has not read is lost.
        while !self.is_input_over {
            let message = core::task::ready!(Pin::new(&mut self.socket).poll_next(cx));
            let is_last = |message| matches!((self.from_message)(message), Incoming::Close(_));
            self.is_input_over = message.is_none_or(|message| message.map_or(true, is_last));
        }
        Poll::Ready(Ok(()))
    }

    fn close_info(&self) -> CloseInfo {
        self.close_info.clone()
    }
}

impl<S, M, B> fmt::Debug for WebSocketCarrier<S, M, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketCarrier").finish_non_exhaustive()
    }
}

/// Makes a [`WebSocketCarrier`] over a WebSocket whose messages have the shape that tungstenite's have: those of
/// tokio-tungstenite and of axum, in any version with that shape.
///
/// `websocket_carrier!(socket, Message, CloseFrame)`: a socket past its handshake, and the library's types of a message and of
/// what a close frame says.
///
/// # Examples
///
/// ```text
/// use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};
///
/// let (socket, _) = tokio_tungstenite::connect_async("ws://127.0.0.1:8080/mux").await?;
/// let carrier = strandmux::websocket_carrier!(socket, Message, CloseFrame);
/// let mux = strandmux::tokio::spawn(carrier, Role::Client, Config::default());
/// ```
#[macro_export]
macro_rules! websocket_carrier {
    ($socket:expr, $message:ty, $close_frame:ty $(,)?) => {{
        // Variants and fields can be named by an alias of a type, but not by a macro's type.
        type StrandmuxMessage = $message;
        type StrandmuxCloseFrame = $close_frame;
        $crate::carrier::websocket::WebSocketCarrier::new(
            $socket,
            |message| match message {
                $crate::carrier::websocket::Outgoing::Binary(bytes) => {
                    StrandmuxMessage::Binary(bytes.into())
                }
                $crate::carrier::websocket::Outgoing::Close { code, reason } => {
                    StrandmuxMessage::Close(Some(StrandmuxCloseFrame {
                        code: code.into(),
                        reason: reason.into(),
                    }))
                }
            },
            |message| match message {
                StrandmuxMessage::Binary(bytes) => {
                    $crate::carrier::websocket::Incoming::Binary(bytes)
                }
                StrandmuxMessage::Text(_) => $crate::carrier::websocket::Incoming::Text,
                StrandmuxMessage::Close(frame) => $crate::carrier::websocket::Incoming::Close(
                    frame.map(|frame| $crate::CloseInfo::new(frame.code.into(), &frame.reason)),
                ),
                _ => $crate::carrier::websocket::Incoming::Other,
            },
        )
    }};
}
