//! strandmux over the WebSockets of tokio-tungstenite.

use strandmux::carrier::websocket::{Incoming, Outgoing, WebSocketCarrier};
use strandmux::{Carrier, CloseInfo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A carrier over a WebSocket that is past its handshake.
pub fn carrier<S>(socket: WebSocketStream<S>) -> impl Carrier + Send + 'static
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    WebSocketCarrier::new(
        socket,
        |message| match message {
            Outgoing::Binary(bytes) => Message::Binary(bytes.into()),
            Outgoing::Close { code, reason } => Message::Close(Some(CloseFrame {
                code: code.into(),
                reason: reason.into(),
            })),
        },
        |message| match message {
            Message::Binary(bytes) => Incoming::Binary(bytes),
            Message::Text(_) => Incoming::Text,
            Message::Close(frame) => {
                Incoming::Close(frame.map(|frame| CloseInfo::new(frame.code.into(), &frame.reason)))
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Incoming::Other,
        },
    )
}
