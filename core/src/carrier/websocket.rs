//! Carriers from WebSockets, of any library that has them as `Stream + Sink`.

use alloc::vec::Vec;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::Carrier;
use crate::error::CarrierError;

/// What a message of a WebSocket means to a carrier.
#[derive(Debug)]
pub enum Incoming<B> {
    /// A binary message: input.
    Binary(B),
    /// A text message, which no peer should send: the multiplexer closes.
    Text,
    /// The closing handshake: the input ends.
    Closed,
    /// A ping or pong, which the library deals with.
    Other,
}

/// A carrier over a WebSocket: a `Stream` and `Sink` of messages, as tokio-tungstenite, axum and others
/// have it. Two functions say how bytes become a message and what a message is, so this crate
/// depends on no version of any of them.
///
/// # Examples
///
/// With tokio-tungstenite (axum's `Message` has the same variants):
///
/// ```text
/// WebSocketCarrier::new(
///     socket,
///     |bytes| Message::Binary(bytes.into()),
///     |message| match message {
///         Message::Binary(bytes) => Incoming::Binary(bytes),
///         Message::Text(_) => Incoming::Text,
///         Message::Close(_) => Incoming::Closed,
///         _ => Incoming::Other,
///     },
/// )
/// ```
pub struct WebSocketCarrier<S, M, B> {
    socket: S,
    to_message: fn(Vec<u8>) -> M,
    from_message: fn(M) -> Incoming<B>,
    /// The message that was received last, lent to the caller.
    received: Option<B>,
    /// Whether something was sent that has not been flushed.
    is_unflushed: bool,
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
        to_message: fn(Vec<u8>) -> M,
        from_message: fn(M) -> Incoming<B>,
    ) -> Self {
        Self {
            socket,
            to_message,
            from_message,
            received: None,
            is_unflushed: false,
        }
    }
}

impl<S, M, B, E> Carrier for WebSocketCarrier<S, M, B>
where
    S: Stream<Item = Result<M, E>> + Sink<M, Error = E> + Unpin,
    B: AsRef<[u8]> + Unpin,
    E: fmt::Display,
{
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        loop {
            let Some(message) = core::task::ready!(Pin::new(&mut self.socket).poll_next(cx)) else {
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
                Incoming::Closed => return Poll::Ready(Ok(None)),
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
            .start_send((self.to_message)(output))
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

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Pin::new(&mut self.socket)
            .poll_close(cx)
            .map_err(CarrierError::io)
    }
}

impl<S, M, B> fmt::Debug for WebSocketCarrier<S, M, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketCarrier").finish_non_exhaustive()
    }
}
