//! What the server answers over HTTP: the page, the browser package, and the WebSocket at `/mux`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use strandmux::websocket_carrier;

use crate::hub::{Hub, Place};
use crate::limits::{MAX_MESSAGE, MAX_WRITE_BUFFER, READ_BUFFER, WRITE_BUFFER};
use crate::{connection, origin, package, page};

/// Every route of the server.
pub(crate) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/mux", any(upgrade))
        .route("/", get(async || page_file("index.html")))
        .route(
            "/pkg/{*name}",
            get(async |Path(name): Path<String>| package_file(&name).await),
        )
        .route(
            "/{*name}",
            get(async |Path(name): Path<String>| page_file(&name)),
        )
        .with_state(hub)
}

async fn upgrade(
    upgrade: WebSocketUpgrade,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Extension(place): Extension<Place>,
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
) -> Response {
    if !origin::is_allowed(&headers, &hub.allowed_origins) {
        return (
            StatusCode::FORBIDDEN,
            "pages of this origin may not connect\n",
        )
            .into_response();
    }
    upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .on_upgrade(move |socket| {
            let carrier = websocket_carrier!(socket, Message, CloseFrame);
            connection::serve(carrier, format!("ws {peer}"), hub, place)
        })
}

fn page_file(name: &str) -> Response {
    match page::file(name) {
        Some(contents) => file(name, contents),
        None => (StatusCode::NOT_FOUND, "there is no such page\n").into_response(),
    }
}

async fn package_file(name: &str) -> Response {
    match package::file(name).await {
        Some(contents) => file(name, contents),
        None => (
            StatusCode::NOT_FOUND,
            "the browser package has no such file; `bash wasm/build.sh` builds it\n",
        )
            .into_response(),
    }
}

/// A response that browsers ask for again after the server has been replaced by a newer one.
fn file(name: &str, contents: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type(name)),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, contents.into()).into_response()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("ts" | "md" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
