//! How the sockets of the server are set up.

use socket2::SockRef;
use tokio::net::TcpStream;

/// Bytes that may lie in the kernel without having left. More of them only delays what is written next: a keystroke's
/// echo, a heartbeat. What is on its way is not limited by this.
const MAX_UNSENT: u32 = 64 * 1_024;

/// Sets a socket up for many streams: what is written leaves at once, and little lies ahead of it.
///
/// The buffers keep the sizes that the system finds for them, which is what a path with a long round trip needs.
pub(crate) fn prepare(socket: &TcpStream) {
    // It fails only on a socket that is gone already, which the first read will notice.
    let _ = socket.set_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = SockRef::from(socket).set_tcp_notsent_lowat(MAX_UNSENT);
}
