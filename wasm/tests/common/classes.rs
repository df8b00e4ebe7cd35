//! The package's classes, by the names that JavaScript has for them.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::fault::Fault;
use super::get;
use super::op::Op;
use super::socket::FakeSocket;

#[wasm_bindgen]
extern "C" {
    #[derive(Clone, Debug)]
    pub(crate) type Multiplexer;

    #[wasm_bindgen(method, js_name = openStream)]
    fn js_open(this: &Multiplexer, options: &JsValue) -> Promise;

    #[wasm_bindgen(method, js_name = acceptStream)]
    fn js_accept(this: &Multiplexer, options: &JsValue) -> Promise;

    #[wasm_bindgen(method, js_name = close)]
    fn js_close(this: &Multiplexer, options: &JsValue) -> Promise;

    #[wasm_bindgen(method, getter, js_name = closed)]
    fn js_closed(this: &Multiplexer) -> Promise;

    #[wasm_bindgen(method, getter, js_name = incomingStreams)]
    pub(crate) fn incoming(this: &Multiplexer) -> Readable;

    #[wasm_bindgen(method)]
    pub(crate) fn stats(this: &Multiplexer) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = internalError)]
    pub(crate) fn internal_error(this: &Multiplexer) -> JsValue;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn addr(this: &Multiplexer) -> String;

    /// Gives up the handle, as if it were garbage.
    #[wasm_bindgen(method)]
    pub(crate) fn free(this: &Multiplexer);

    #[derive(Clone, Debug)]
    pub(crate) type Stream;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn id(this: &Stream) -> u64;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &Stream) -> Readable;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn writable(this: &Stream) -> Writable;

    #[wasm_bindgen(method, js_name = close)]
    fn js_close(this: &Stream) -> Promise;

    #[wasm_bindgen(method, js_name = closeWrite)]
    fn js_close_write(this: &Stream) -> Promise;

    #[wasm_bindgen(method, js_name = read)]
    fn js_read(this: &Stream, into: &JsValue, options: &JsValue) -> Promise;

    #[wasm_bindgen(method, js_name = write)]
    fn js_write(this: &Stream, chunk: &JsValue, options: &JsValue) -> Promise;

    #[wasm_bindgen(method, getter, js_name = bytesRead)]
    pub(crate) fn bytes_read(this: &Stream) -> f64;

    #[wasm_bindgen(method, getter, js_name = bytesWritten)]
    pub(crate) fn bytes_written(this: &Stream) -> f64;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn priority(this: &Stream) -> f64;

    #[wasm_bindgen(method, setter, catch)]
    fn set_priority(this: &Stream, priority: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = readable, catch)]
    fn try_readable(this: &Stream) -> Result<Readable, JsValue>;

    #[wasm_bindgen(method, getter, js_name = writable, catch)]
    fn try_writable(this: &Stream) -> Result<Writable, JsValue>;

    #[wasm_bindgen(method, js_name = setDeadline, catch)]
    fn js_set_deadline(this: &Stream, deadline: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = setReadDeadline, catch)]
    fn js_set_read_deadline(this: &Stream, deadline: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = setWriteDeadline, catch)]
    fn js_set_write_deadline(this: &Stream, deadline: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, getter, js_name = localAddr)]
    pub(crate) fn local_addr(this: &Stream) -> String;

    #[wasm_bindgen(method, getter, js_name = remoteAddr)]
    pub(crate) fn remote_addr(this: &Stream) -> String;

    #[wasm_bindgen(method)]
    pub(crate) fn free(this: &Stream);

    #[derive(Debug, PartialEq)]
    pub(crate) type Readable;

    #[wasm_bindgen(method, js_name = getReader)]
    fn get_reader(this: &Readable) -> Reader;

    #[wasm_bindgen(method, js_name = pipeTo)]
    fn js_pipe_to(this: &Readable, writable: &Writable) -> Promise;

    #[derive(Debug, PartialEq)]
    pub(crate) type Writable;

    #[wasm_bindgen(method, js_name = getWriter)]
    fn get_writer(this: &Writable) -> Writer;

    #[derive(Clone)]
    pub(crate) type Reader;

    #[wasm_bindgen(method, js_name = read)]
    fn js_read(this: &Reader) -> Promise;

    #[wasm_bindgen(method, js_name = cancel)]
    fn js_cancel(this: &Reader) -> Promise;

    #[wasm_bindgen(method, getter, js_name = closed)]
    fn js_closed(this: &Reader) -> Promise;

    #[derive(Clone)]
    pub(crate) type Writer;

    #[wasm_bindgen(method, js_name = write)]
    fn js_write(this: &Writer, chunk: &JsValue) -> Promise;

    #[wasm_bindgen(method, js_name = close)]
    fn js_close(this: &Writer) -> Promise;

    #[wasm_bindgen(method, getter, js_name = closed)]
    fn js_closed(this: &Writer) -> Promise;

    #[wasm_bindgen(method, js_name = abort)]
    fn js_abort(this: &Writer, reason: &JsValue) -> Promise;

    #[wasm_bindgen(method, js_name = releaseLock)]
    pub(crate) fn release(this: &Writer);

    /// What a read gives.
    #[derive(Debug)]
    pub(crate) type Step;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn done(this: &Step) -> bool;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &Step) -> JsValue;
}

impl Multiplexer {
    /// The class itself.
    pub(crate) fn class() -> Function {
        thread_local! {
            static CLASS: Function = {
                let socket = FakeSocket::new().into();
                let any = strandmux_wasm::Multiplexer::new(socket, JsValue::UNDEFINED);
                let any = JsValue::from(any.expect("a multiplexer"));
                get(&any, "constructor").unchecked_into()
            };
        }
        CLASS.with(Clone::clone)
    }

    /// `new Multiplexer(socket, options)`.
    pub(crate) fn new(socket: &JsValue, options: &JsValue) -> Result<Self, Fault> {
        let object = Reflect::construct(&Self::class(), &Array::of2(socket, options));
        object.map(JsCast::unchecked_into).map_err(Fault)
    }

    /// A client over the socket.
    pub(crate) fn client(socket: &FakeSocket) -> Self {
        Self::client_with(socket, &[])
    }

    pub(crate) fn client_with(socket: &FakeSocket, options: &[(&str, JsValue)]) -> Self {
        Self::new(socket, &super::object(options)).expect("a client")
    }

    pub(crate) fn server(socket: &FakeSocket) -> Self {
        let options = super::object(&[("role", "server".into())]);
        Self::new(socket, &options).expect("a server")
    }

    /// `Multiplexer.connect(url, options)`.
    pub(crate) fn connect(url: &JsValue, options: &JsValue) -> Op<Self> {
        let class = Self::class();
        let connect: Function = get(&class, "connect").unchecked_into();
        let promise = connect.call2(&class, url, options).expect("a promise");
        Op::new("a connect", promise.unchecked_into())
    }

    pub(crate) fn open(&self) -> Op<Stream> {
        self.open_with(&JsValue::UNDEFINED)
    }

    pub(crate) fn open_with(&self, options: &JsValue) -> Op<Stream> {
        Op::new("an open", self.js_open(options))
    }

    pub(crate) fn accept(&self) -> Op<Stream> {
        self.accept_with(&JsValue::UNDEFINED)
    }

    pub(crate) fn accept_with(&self, options: &JsValue) -> Op<Stream> {
        Op::new("an accept", self.js_accept(options))
    }

    pub(crate) fn close(&self) -> Op<JsValue> {
        self.close_with(&JsValue::UNDEFINED)
    }

    pub(crate) fn close_with(&self, options: &JsValue) -> Op<JsValue> {
        Op::new("closing the multiplexer", self.js_close(options))
    }

    pub(crate) fn closed(&self) -> Op<JsValue> {
        Op::new("the multiplexer's end", self.js_closed())
    }

    /// The code and reason of a graceful end.
    pub(crate) async fn close_info(&self) -> (f64, String) {
        let info = self.closed().ok().await;
        let (code, reason) = (get(&info, "code"), get(&info, "reason"));
        (
            code.as_f64().expect("a number"),
            reason.as_string().expect("a string"),
        )
    }

    /// `multiplexer[Symbol.asyncIterator]()`.
    pub(crate) fn iterator(&self) -> JsValue {
        let method = Reflect::get(self, &js_sys::Symbol::async_iterator());
        let method: Function = method.expect("a method").unchecked_into();
        method.call0(self).expect("an iterator")
    }

    /// `multiplexer.stats()[name]`.
    pub(crate) fn stat(&self, name: &str) -> f64 {
        let stat = get(&self.stats(), name).as_f64();
        stat.unwrap_or_else(|| panic!("{name} is no number"))
    }
}

impl Stream {
    pub(crate) fn reader(&self) -> Reader {
        self.readable().get_reader()
    }

    pub(crate) fn writer(&self) -> Writer {
        self.writable().get_writer()
    }

    /// A direct read of whatever size.
    pub(crate) fn read(&self) -> Op<JsValue> {
        self.read_with(&JsValue::UNDEFINED, &JsValue::UNDEFINED)
    }

    pub(crate) fn read_with(&self, into: &JsValue, options: &JsValue) -> Op<JsValue> {
        Op::new("a direct read", self.js_read(into, options))
    }

    /// A direct write.
    pub(crate) fn write(&self, bytes: &[u8]) -> Op<JsValue> {
        self.write_with(&Uint8Array::from(bytes), &JsValue::UNDEFINED)
    }

    pub(crate) fn write_with(&self, chunk: &JsValue, options: &JsValue) -> Op<JsValue> {
        Op::new("a direct write", self.js_write(chunk, options))
    }

    /// What asking for `readable` throws.
    pub(crate) fn readable_fault(&self) -> Fault {
        Fault(self.try_readable().expect_err("no readable"))
    }

    pub(crate) fn writable_fault(&self) -> Fault {
        Fault(self.try_writable().expect_err("no writable"))
    }

    pub(crate) fn prioritise(&self, priority: impl Into<JsValue>) -> Result<(), Fault> {
        self.set_priority(&priority.into()).map_err(Fault)
    }

    pub(crate) fn set_deadline(&self, deadline: impl Into<JsValue>) -> Result<(), Fault> {
        self.js_set_deadline(&deadline.into()).map_err(Fault)
    }

    pub(crate) fn set_read_deadline(&self, deadline: impl Into<JsValue>) -> Result<(), Fault> {
        self.js_set_read_deadline(&deadline.into()).map_err(Fault)
    }

    pub(crate) fn set_write_deadline(&self, deadline: impl Into<JsValue>) -> Result<(), Fault> {
        self.js_set_write_deadline(&deadline.into()).map_err(Fault)
    }

    pub(crate) fn close(&self) -> Op<JsValue> {
        Op::new("closing the stream", self.js_close())
    }

    pub(crate) fn close_write(&self) -> Op<JsValue> {
        Op::new("half-closing the stream", self.js_close_write())
    }
}

impl Readable {
    pub(crate) fn reader(&self) -> Reader {
        self.get_reader()
    }

    pub(crate) fn pipe_to(&self, writable: &Writable) -> Op<JsValue> {
        Op::new("a pipe", self.js_pipe_to(writable))
    }
}

impl Reader {
    pub(crate) fn read(&self) -> Op<Step> {
        Op::new("a read", self.js_read())
    }

    /// The next chunk, or none at the end.
    pub(crate) async fn next(&self) -> Result<Option<Vec<u8>>, Fault> {
        let step = self.read().await?;
        if step.done() {
            return Ok(None);
        }
        let chunk: Uint8Array = step.value().dyn_into().expect("chunks are bytes");
        Ok(Some(chunk.to_vec()))
    }

    /// `len` bytes or more, in as many reads as it takes.
    pub(crate) async fn at_least(&self, len: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while all.len() < len {
            let chunk = self.next().await.expect("a read");
            all.extend(chunk.expect("not the end"));
        }
        all
    }

    /// All that comes until the end.
    pub(crate) async fn to_end(&self) -> Result<Vec<u8>, Fault> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next().await? {
            all.extend(chunk);
        }
        Ok(all)
    }

    pub(crate) fn cancel(&self) -> Op<JsValue> {
        Op::new("cancelling", self.js_cancel())
    }

    pub(crate) fn closed(&self) -> Op<JsValue> {
        Op::new("the reader's end", self.js_closed())
    }
}

impl Writer {
    pub(crate) fn write(&self, bytes: &[u8]) -> Op<JsValue> {
        self.write_chunk(&Uint8Array::from(bytes))
    }

    pub(crate) fn write_chunk(&self, chunk: &JsValue) -> Op<JsValue> {
        Op::new("a write", self.js_write(chunk))
    }

    pub(crate) fn close(&self) -> Op<JsValue> {
        Op::new("closing the writable", self.js_close())
    }

    pub(crate) fn closed(&self) -> Op<JsValue> {
        Op::new("the writer's end", self.js_closed())
    }

    pub(crate) fn abort(&self) -> Op<JsValue> {
        Op::new("aborting", self.js_abort(&"enough".into()))
    }
}
