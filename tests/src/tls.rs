//! WebSockets over TLS, to servers whose certificate the tests have made.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;

/// The host that the certificates are for.
const HOST: &str = "localhost";

/// Connects to a URL, `wss://localhost:PORT/PATH`, and trusts only the certificate in that file.
///
/// # Errors
///
/// The URL is another one, the file holds no certificate, or connecting failed.
pub async fn connect(
    url: &str,
    certificate: &Path,
) -> Result<WebSocketStream<TlsStream<TcpStream>>, Box<dyn Error + Send + Sync>> {
    let rest = url.strip_prefix("wss://").unwrap_or_default();
    let site = rest.split('/').next().unwrap_or_default();
    let port = site
        .strip_prefix(HOST)
        .and_then(|rest| rest.strip_prefix(':'));
    let port: u16 = port
        .and_then(|port| port.parse().ok())
        .ok_or_else(|| format!("{url:?} is not wss://localhost:PORT/PATH"))?;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate)?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect(("127.0.0.1", port)).await?;
    socket.set_nodelay(true)?;
    let host = ServerName::try_from(HOST)?;
    let socket = TlsConnector::from(Arc::new(config))
        .connect(host, socket)
        .await?;
    let (socket, _) = tokio_tungstenite::client_async(url, socket).await?;
    Ok(socket)
}
