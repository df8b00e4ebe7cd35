//! The class `Stream`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, WritableStream};

use crate::exported::Exported;
use crate::halves::Halves;
use crate::{deadline, direct, ends, foreign, options, readable, writable};

/// A byte stream in both directions, with flow control and half-close.
///
/// Each direction is used directly, with `read` and `write`, or by way of a WHATWG stream, `readable` and `writable`.
/// One that has been used directly can be handed to its WHATWG stream later, but not be used in both ways at once:
/// that fails with the code `stream_locked`, and nothing is lost.
///
/// When both directions have ended, or when it is garbage, it closes by itself.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Stream {
    halves: Rc<Halves>,
    readable: RefCell<Option<ReadableStream>>,
    writable: RefCell<Option<WritableStream>>,
}

impl Stream {
    pub(crate) fn new(stream: foreign::Stream) -> Self {
        Self {
            halves: Halves::new(stream),
            readable: RefCell::default(),
            writable: RefCell::default(),
        }
    }
}

#[wasm_bindgen]
impl Stream {
    /// The identifier on the wire: odd if the client opened the stream, even if the server did.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> u64 {
        self.halves.read.borrow().id()
    }

    /// `local:` and the identifier.
    #[wasm_bindgen(getter, js_name = localAddr)]
    pub fn local_addr(&self) -> String {
        self.halves.read.borrow().local_addr().to_string()
    }

    /// `remote:` and the identifier.
    #[wasm_bindgen(getter, js_name = remoteAddr)]
    pub fn remote_addr(&self) -> String {
        self.halves.read.borrow().remote_addr().to_string()
    }

    /// Bytes that were read so far, in whatever way.
    #[wasm_bindgen(getter, js_name = bytesRead)]
    pub fn bytes_read(&self) -> f64 {
        self.halves.reading.bytes() as f64
    }

    /// Bytes that were written so far, in whatever way: those that are on their way in order. Tells how much of a
    /// write was taken that was given up.
    #[wasm_bindgen(getter, js_name = bytesWritten)]
    pub fn bytes_written(&self) -> f64 {
        self.halves.writing.bytes() as f64
    }

    /// Reads what has arrived, or waits until something has: at least a byte, at most as many as asked for. If none are
    /// asked for, what lies together, as one message brought it, at most 262,192. The chunk can be a part of a larger
    /// buffer, which nobody else uses. Given a view, puts the bytes there, without detaching it, and resolves to the part
    /// that they fill. Resolves to null at the end of the stream, again and again. Reads that overlap are served in
    /// the order in which they were begun.
    ///
    /// Rejects with the code `stream_closed`, `multiplexer_closed`, `aborted`, `deadline_exceeded`, `stream_locked`,
    /// `invalid_argument` or `invalid_option`, or with the signal's reason. No byte is lost to any of them.
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array | null>")]
    pub fn read(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "number | ArrayBufferView | null")]
        into: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "WaitOptions")] options: JsValue,
    ) -> Exported<Promise> {
        Ok(direct::read(self.halves.clone(), into, options))
    }

    /// Writes all the bytes of a buffer or view. Resolves when they are on their way in order, which waits for the
    /// peer's window; until then they must not change. Writes that overlap are done in the order in which they
    /// were begun.
    ///
    /// Rejects with the code `stream_closed`, `write_closed`, `remote_closed`, `multiplexer_closed`,
    /// `deadline_exceeded`, `stream_locked`, `invalid_chunk` or `invalid_option`, or with the signal's reason. Some of
    /// the bytes may have been taken by then: the error's `written` says how many, except for the signal's reason, which is
    /// passed as it is; `bytesWritten` tells in any case.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn write(
        &self,
        #[wasm_bindgen(unchecked_param_type = "ArrayBufferLike | ArrayBufferView")] chunk: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "WaitOptions")] options: JsValue,
    ) -> Exported<Promise> {
        Ok(direct::write(self.halves.clone(), chunk, options))
    }

    /// What the peer writes: a byte stream, which takes BYOB readers, where the platform has them. Made when first
    /// asked for. Nothing is read ahead of who reads it, so a reader that pauses makes the peer pause. Ends when
    /// the peer half-closes or closes the stream. Cancelling it discards what still comes.
    ///
    /// A read that meets its deadline ends it with the code `deadline_exceeded`, but not the stream: another is made
    /// when it is asked for, and no byte is lost.
    ///
    /// @throws An error with the code `stream_locked` while a direct read waits.
    #[wasm_bindgen(getter, unchecked_return_type = "ReadableStream<Uint8Array>")]
    pub fn readable(&self) -> Result<ReadableStream, JsValue> {
        let direction = &self.halves.reading;
        let made = self.readable.borrow().clone();
        if let Some(readable) = made.filter(|_| direction.is_locked.get()) {
            return Ok(readable);
        }
        direction.check_idle("read")?;
        let readable = readable::stream(self.halves.clone())?;
        direction.is_locked.set(true);
        self.readable.replace(Some(readable.clone()));
        ends::watch(&self.halves);
        Ok(readable)
    }

    /// What the peer reads, in chunks of bytes: any buffer or view of one. Made when first asked for. A write resolves
    /// when its bytes are on their way in order, which waits for the peer's window. Closing it half-closes
    /// the stream, aborting it closes the stream.
    ///
    /// A write that meets its deadline ends it with the code `deadline_exceeded`, and so does a chunk that is not
    /// bytes with `invalid_chunk`, but neither ends the stream: another is made when it is asked for. The error's `written`
    /// says how much of the chunk whose turn it was has been taken; chunks behind it were not.
    ///
    /// @throws An error with the code `stream_locked` while a direct write waits.
    #[wasm_bindgen(
        getter,
        unchecked_return_type = "WritableStream<ArrayBufferLike | ArrayBufferView>"
    )]
    pub fn writable(&self) -> Result<WritableStream, JsValue> {
        let direction = &self.halves.writing;
        let made = self.writable.borrow().clone();
        if let Some(writable) = made.filter(|_| direction.is_locked.get()) {
            return Ok(writable);
        }
        direction.check_idle("write")?;
        let writable = writable::stream(self.halves.clone())?;
        direction.is_locked.set(true);
        self.writable.replace(Some(writable.clone()));
        ends::watch(&self.halves);
        Ok(writable)
    }

    /// Sets when reads and writes fail with the code `deadline_exceeded`; see `setReadDeadline`.
    ///
    /// @throws A `TypeError` or `RangeError` with the code `invalid_deadline`.
    #[wasm_bindgen(js_name = setDeadline)]
    pub fn set_deadline(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Date | number | null")] deadline: JsValue,
    ) -> Result<(), JsValue> {
        let deadline = deadline::parse(&deadline)?;
        self.halves.read.borrow().set_read_deadline(deadline);
        self.halves.write.borrow().set_write_deadline(deadline);
        Ok(())
    }

    /// Sets when reads fail with the code `deadline_exceeded`, those that wait included: a `Date`, milliseconds since
    /// the epoch, or null for never. It can be moved or cleared at any time, also after it has passed; one that lies in
    /// the past has passed. It ends nothing and no byte is lost to it. Setting the wall clock later does not
    /// move it.
    ///
    /// @throws A `TypeError` or `RangeError` with the code `invalid_deadline`.
    #[wasm_bindgen(js_name = setReadDeadline)]
    pub fn set_read_deadline(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Date | number | null")] deadline: JsValue,
    ) -> Result<(), JsValue> {
        let deadline = deadline::parse(&deadline)?;
        self.halves.read.borrow().set_read_deadline(deadline);
        Ok(())
    }

    /// Sets when writes fail with the code `deadline_exceeded`, those that wait included; see `setReadDeadline`. What was
    /// taken of them is still sent.
    ///
    /// @throws A `TypeError` or `RangeError` with the code `invalid_deadline`.
    #[wasm_bindgen(js_name = setWriteDeadline)]
    pub fn set_write_deadline(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Date | number | null")] deadline: JsValue,
    ) -> Result<(), JsValue> {
        let deadline = deadline::parse(&deadline)?;
        self.halves.write.borrow().set_write_deadline(deadline);
        Ok(())
    }

    /// How urgent what is written is, against the other streams of this end: 0 to 7, the higher the more urgent, 3 unless
    /// it was set. While a more urgent stream has something to send and window for it, a less urgent one gets no room.
    #[wasm_bindgen(getter)]
    pub fn priority(&self) -> u8 {
        self.halves.write.borrow().priority().class()
    }

    /// Sets it, at any time, for what is written from then on.
    ///
    /// @throws A `TypeError` or `RangeError` with the code `invalid_option` unless it is an integer from 0 to 7.
    #[wasm_bindgen(setter, js_name = priority)]
    pub fn set_priority(
        &self,
        #[wasm_bindgen(unchecked_param_type = "number")] priority: JsValue,
    ) -> Result<(), JsValue> {
        let priority = options::priority(&priority)?;
        self.halves.write.borrow().set_priority(priority);
        Ok(())
    }

    /// Half-closes the stream: the peer reads end of stream after what was written. Writes that still wait fail with
    /// the code `write_closed`; to finish them first, await them, or close `writable` instead.
    #[wasm_bindgen(js_name = closeWrite, unchecked_return_type = "Promise<void>")]
    pub fn close_write(&self) -> Exported<Promise> {
        self.halves.end_write();
        Ok(Promise::resolve(&JsValue::UNDEFINED))
    }

    /// Closes the stream in both directions. What was written is still sent; reads and writes that wait fail
    /// with the code `stream_closed`.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(&self) -> Exported<Promise> {
        self.halves.close();
        Ok(Promise::resolve(&JsValue::UNDEFINED))
    }
}
