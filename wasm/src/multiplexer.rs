//! The class `Multiplexer`.

use std::cell::OnceCell;
use std::future::poll_fn;
use std::rc::Rc;

use js_sys::{JsString, Object, Promise};
use strandmux::{CloseReason, Config, Role};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStream, WebSocket};

use crate::abort::unless_aborted;
use crate::carrier::SocketCarrier;
use crate::clock::Alarm;
use crate::connect::{check_socket, open_socket};
use crate::error::{Class, close_error, error, operation_error, set};
use crate::exported::Exported;
use crate::foreign;
use crate::incoming::Incoming;
use crate::options::Options;
use crate::promise::{future_to_promise, spawn_local};
use crate::socket::{Socket, close_frame};
use crate::stats;
use crate::stream::Stream;

/// Many byte streams over one WebSocket.
///
/// It closes when it is told to, when the WebSocket closes, or when it and all its streams are garbage.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Multiplexer {
    inner: foreign::Multiplexer,
    socket: SocketHandle,
    closed: Promise,
    incoming: OnceCell<ReadableStream>,
}

struct SocketHandle(Rc<Socket>);

impl std::fmt::Debug for SocketHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebSocket in state {}", self.0.ready_state())
    }
}

#[wasm_bindgen]
impl Multiplexer {
    /// Multiplexes a WebSocket that is connecting or open, and owns it from now on.
    ///
    /// @throws A `TypeError` or `RangeError` with the code `invalid_option` or `invalid_socket`, an
    /// `Error` with the code `socket_closed` if the socket is closing or closed.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "WebSocket | object")] socket: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "SocketOptions")] options: JsValue,
    ) -> Result<Self, JsValue> {
        let options = Options::new(options)?;
        let role = options.role()?;
        let config = options.config(role)?;
        let socket = Socket::new(check_socket(socket)?);
        let carrier = SocketCarrier::new(socket.clone());
        Ok(Self::start(socket, carrier, role, config))
    }

    /// Connects to a server, as its client. Resolves when the WebSocket is open.
    ///
    /// Rejects with the code `invalid_url`, `invalid_option`, `connect_failed`, or the signal's reason.
    #[wasm_bindgen(unchecked_return_type = "Promise<Multiplexer>")]
    pub fn connect(
        #[wasm_bindgen(unchecked_param_type = "string | URL")] url: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "ConnectOptions")] options: JsValue,
    ) -> Exported<Promise> {
        Ok(future_to_promise(async move {
            let options = Options::new(options)?;
            let (signal, config) = (options.signal()?, options.config(Role::Client)?);
            if let Some(signal) = signal.as_ref().filter(|signal| signal.aborted()) {
                return Err(signal.reason());
            }
            let socket = Socket::new(open_socket(&url, options.protocols()?)?);
            let carrier = SocketCarrier::new(socket.clone());
            Self::open(socket, carrier, signal, config).await
        }))
    }

    /// As `connect`, over a WebSocket of the platform's own that connects already: for the package's entry, which
    /// makes one while the WebAssembly is compiled. Listens to it before it returns.
    #[wasm_bindgen(js_name = connectSocket, skip_typescript)]
    pub fn connect_socket(socket: WebSocket, options: JsValue) -> Exported<Promise> {
        let socket = Socket::new(socket);
        let carrier = SocketCarrier::new(socket.clone());
        Ok(future_to_promise(async move {
            let options = Options::new(options)?;
            let (signal, config) = (options.signal()?, options.config(Role::Client)?);
            // Offered already; those that are wrong are refused all the same.
            options.protocols()?;
            Self::open(socket, carrier, signal, config).await
        }))
    }

    /// Waits for the socket to open. The carrier closes it if it is dropped.
    async fn open(
        socket: Rc<Socket>,
        carrier: SocketCarrier,
        signal: Option<AbortSignal>,
        config: Config,
    ) -> Result<JsValue, JsValue> {
        unless_aborted(signal, async {
            let opened = poll_fn(|cx| socket.poll_open(cx)).await;
            opened.map_err(|cause| error(Class::Error, "connect_failed", &cause.to_string()))
        })
        .await?;
        Ok(Self::start(socket, carrier, Role::Client, config).into())
    }

    fn start(socket: Rc<Socket>, carrier: SocketCarrier, role: Role, config: Config) -> Self {
        let (inner, driver) = foreign::Multiplexer::new(carrier, Alarm::new(), role, config);
        let closed = closed_promise(&inner, socket.clone());
        spawn_local(async move {
            driver.await;
        });
        Self {
            inner,
            socket: SocketHandle(socket),
            closed,
            incoming: OnceCell::new(),
        }
    }

    /// Opens a stream. Resolves when the peer has accepted it.
    ///
    /// Rejects with the code `stream_rejected`, `stream_ids_exhausted`, `multiplexer_closed` or
    /// `invalid_option`, or with the signal's reason; the open is taken back then.
    #[wasm_bindgen(js_name = openStream, unchecked_return_type = "Promise<Stream>")]
    pub fn open_stream(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "OpenOptions")] options: JsValue,
    ) -> Exported<Promise> {
        let open = self.inner.open();
        Ok(future_to_promise(async move {
            let options = Options::new(options)?;
            let (signal, priority) = (options.signal()?, options.priority()?);
            let open = open.with_priority(priority);
            let stream = unless_aborted(signal, async {
                open.await.map_err(|error| operation_error(&error))
            });
            Ok(Stream::new(stream.await?).into())
        }))
    }

    /// Accepts the next stream that the peer opens.
    ///
    /// Rejects with the code `multiplexer_closed` or `invalid_option`, or with the signal's reason; no stream is
    /// lost then.
    #[wasm_bindgen(js_name = acceptStream, unchecked_return_type = "Promise<Stream>")]
    pub fn accept_stream(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "WaitOptions")] options: JsValue,
    ) -> Exported<Promise> {
        let accept = self.inner.accept();
        Ok(future_to_promise(async move {
            let signal = Options::new(options)?.signal()?;
            let stream = unless_aborted(signal, async {
                accept.await.map_err(|error| operation_error(&error))
            });
            Ok(Stream::new(stream.await?).into())
        }))
    }

    /// The streams that the peer opens, for `for await`. Ends when the multiplexer closes, for whatever reason.
    #[wasm_bindgen(
        js_name = "[Symbol.asyncIterator]",
        unchecked_return_type = "AsyncIterableIterator<Stream>"
    )]
    pub fn async_iterator(&self) -> Result<JsValue, JsValue> {
        Ok(self.incoming()?.into_iterator())
    }

    /// The streams that the peer opens, always the same `ReadableStream`. It accepts a stream when it is read and none
    /// ahead; cancelling it accepts no more. Closes when either end has closed on purpose, fails with
    /// the code `multiplexer_closed` otherwise.
    ///
    /// `acceptStream`, `for await` and this share the streams: each goes to whoever asked first.
    #[wasm_bindgen(
        getter,
        js_name = incomingStreams,
        unchecked_return_type = "ReadableStream<Stream>"
    )]
    pub fn incoming_streams(&self) -> Result<ReadableStream, JsValue> {
        if let Some(incoming) = self.incoming.get() {
            return Ok(incoming.clone());
        }
        let incoming = self.incoming()?.into_readable()?;
        Ok(self.incoming.get_or_init(|| incoming).clone())
    }

    fn incoming(&self) -> Result<Incoming, JsValue> {
        Incoming::new(self.inner.clone())
    }

    /// Closes the multiplexer: sends what was written, then closes the WebSocket with the code and reason. What
    /// was received stays readable. Resolves when that is done, or has taken too long; at once if it was done before. The
    /// first close counts.
    ///
    /// Rejects with the code `invalid_option` for wrong options; nothing is closed then.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "CloseOptions")] options: JsValue,
    ) -> Exported<Promise> {
        let request = Options::new(options).and_then(|options| options.close_request());
        let (info, deadline) = match request {
            Ok(request) => request,
            Err(error) => return Ok(Promise::reject(&error)),
        };
        let close = match deadline {
            Some(deadline) => self.inner.close_by(info, deadline),
            None => self.inner.close_with(info),
        };
        Ok(future_to_promise(async move {
            close.await;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Fulfils with the WebSocket's code and reason after either end closed on purpose, rejects with the
    /// error that closed the multiplexer otherwise.
    #[wasm_bindgen(getter, unchecked_return_type = "Promise<CloseInfo>")]
    pub fn closed(&self) -> Exported<Promise> {
        Ok(self.closed.clone())
    }

    /// The error that closed the multiplexer; undefined while it is open, and after either end closed it
    /// on purpose.
    #[wasm_bindgen(
        getter,
        js_name = internalError,
        unchecked_return_type = "StrandmuxError | undefined"
    )]
    pub fn internal_error(&self) -> Exported<JsValue> {
        let error = self.inner.internal_error();
        Ok(error.map_or(JsValue::UNDEFINED, |reason| close_error(&reason)))
    }

    /// What the multiplexer has done since it began, and what it holds now.
    #[wasm_bindgen(unchecked_return_type = "MultiplexerStats")]
    pub fn stats(&self) -> Exported<JsValue> {
        Ok(stats::to_object(
            &self.inner.stats(),
            self.socket.0.buffered(),
        ))
    }

    /// `multiplexer:odd` for a client, `multiplexer:even` for a server.
    #[wasm_bindgen(getter)]
    pub fn addr(&self) -> String {
        self.inner.addr().to_string()
    }
}

/// A promise for the end. Nobody has to handle its rejection.
fn closed_promise(multiplexer: &foreign::Multiplexer, socket: Rc<Socket>) -> Promise {
    let (closed, done) = (multiplexer.closed(), multiplexer.finished());
    let promise = future_to_promise(async move {
        let reason: CloseReason = closed.await;
        if !reason.is_graceful() {
            return Err(close_error(&reason));
        }
        done.await;
        let (code, reason) = socket.closed_with().unwrap_or_else(|| close_frame(&reason));
        let info = Object::new();
        set(&info, "code", &code.into());
        set(&info, "reason", &JsString::from(reason.as_str()));
        Ok(info.into())
    });
    // As for the platform's own `closed` promises, an end that nobody looks at is not an unhandled error.
    let watched = JsFuture::from(promise.clone());
    spawn_local(async move {
        let _ = watched.await;
    });
    promise
}
