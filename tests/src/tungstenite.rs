//! strandmux over the WebSockets of tokio-tungstenite.

use strandmux::Carrier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A carrier over a WebSocket that is past its handshake.
pub fn carrier<S>(socket: WebSocketStream<S>) -> impl Carrier + Send + 'static
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    strandmux::websocket_carrier!(socket, Message, CloseFrame)
}
