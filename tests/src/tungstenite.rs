//! strandmux over the WebSockets of tokio-tungstenite.

use strandmux::Carrier;
use strandmux::carrier::websocket::{Incoming, WebSocketCarrier};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// A carrier over a WebSocket that is past its handshake.
pub fn carrier<S>(socket: WebSocketStream<S>) -> impl Carrier + Send + 'static
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    WebSocketCarrier::new(
        socket,
        |bytes| Message::Binary(bytes.into()),
        |message| match message {
            Message::Binary(bytes) => Incoming::Binary(bytes),
            Message::Text(_) => Incoming::Text,
            Message::Close(_) => Incoming::Closed,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Incoming::Other,
        },
    )
}
