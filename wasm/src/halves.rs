//! The two halves of a stream, which the class and the stream's WHATWG streams share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use js_sys::Uint8Array;
use strandmux::{Chunk, Error, ForeignBytes, MAX_DATA_MESSAGE};
use wasm_bindgen::prelude::*;

use crate::error::{Class, error};
use crate::foreign::{ReadHalf, Stream, WriteHalf};
use crate::line::Line;
use crate::weak::WeakRef;

/// The most bytes that are moved at a time.
pub(crate) const MAX_CHUNK: usize = 64 * 1_024;

/// The most bytes that are read unless more are asked for: what a long message brings is not cut up.
const MAX_READ: usize = 4 * MAX_DATA_MESSAGE;

thread_local! {
    /// Where bytes are on their way from the core to JavaScript, or the other way.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_CHUNK]);
}

/// Runs `f` with a buffer of [`MAX_CHUNK`] bytes, whatever they are.
fn with_scratch<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    SCRATCH.with_borrow_mut(|scratch| f(scratch))
}

/// The two halves of a stream, and who uses them. A borrow lasts for one call into the core and never into
/// JavaScript.
#[derive(Debug)]
pub(crate) struct Halves {
    pub(crate) read: RefCell<ReadHalf>,
    pub(crate) write: RefCell<WriteHalf>,
    pub(crate) reading: Direction,
    pub(crate) writing: Direction,
    /// What the `ReadableStream` is about.
    pub(crate) reader: Cell<Reader>,
    /// Bytes that a reader's own buffer holds already, while they are fewer than it asked for.
    pub(crate) partial: Cell<u32>,
    /// Bytes that were read and given back: they are read again first.
    returned: RefCell<Option<Uint8Array>>,
    /// Whether something already waits for the directions to end.
    pub(crate) is_watched: Cell<bool>,
}

/// One direction of a stream.
#[derive(Debug, Default)]
pub(crate) struct Direction {
    /// The direct operations that are under way.
    pub(crate) line: Line,
    /// Whether a WHATWG stream has the direction to itself.
    pub(crate) is_locked: Cell<bool>,
    /// The WHATWG stream's controller, until that stream has ended.
    controller: RefCell<Option<WeakRef>>,
    /// Whether nothing more will be read or written by way of this end.
    has_ended: Cell<bool>,
    /// Whether the core will receive or take no more.
    pub(crate) is_over: Cell<bool>,
    /// Bytes that were read or written.
    bytes: Cell<u64>,
}

/// What the `ReadableStream` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Reader {
    #[default]
    Idle,
    /// A pull waits for input.
    Pull,
    /// It was cancelled: what still comes is for nobody.
    Discard,
}

impl Direction {
    /// A direct operation may begin.
    pub(crate) fn check_direct(&self, stream: &str) -> Result<(), JsValue> {
        if self.is_locked.get() {
            return Err(locked(&format!("the stream's `{stream}` is in use")));
        }
        Ok(())
    }

    /// A WHATWG stream may take the direction.
    pub(crate) fn check_idle(&self, operation: &str) -> Result<(), JsValue> {
        if !self.line.is_empty() {
            return Err(locked(&format!("a direct {operation} is under way")));
        }
        Ok(())
    }

    pub(crate) fn set_controller(&self, controller: &JsValue) {
        *self.controller.borrow_mut() = Some(WeakRef::new(controller));
    }

    /// The controller of a WHATWG stream that has not ended and is not garbage.
    pub(crate) fn controller(&self) -> Option<JsValue> {
        let target = self.controller.borrow().as_ref()?.deref();
        (!target.is_undefined()).then_some(target)
    }

    /// The WHATWG stream has ended as its user wanted, or with the stream.
    pub(crate) fn forget_controller(&self) {
        *self.controller.borrow_mut() = None;
    }

    /// The WHATWG stream has failed, which need not be the end of the stream: another may take its place.
    pub(crate) fn unlock(&self) {
        self.forget_controller();
        self.is_locked.set(false);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.get()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    fn count(&self, len: usize) {
        self.bytes.set(self.bytes.get().saturating_add(len as u64));
    }
}

impl Halves {
    pub(crate) fn new(stream: Stream) -> Rc<Self> {
        let (read, write) = stream.into_split();
        Rc::new(Self {
            read: RefCell::new(read),
            write: RefCell::new(write),
            reading: Direction::default(),
            writing: Direction::default(),
            reader: Cell::default(),
            partial: Cell::new(0),
            returned: RefCell::default(),
            is_watched: Cell::new(false),
        })
    }

    /// Whether there is something to read.
    pub(crate) fn has_unread(&self) -> bool {
        self.read.borrow().unread() > 0 || self.returned.borrow().is_some()
    }

    /// These bytes were read last, and are read again.
    pub(crate) fn give_back(&self, bytes: Uint8Array) {
        let count = &self.reading.bytes;
        count.set(count.get().saturating_sub(u64::from(bytes.length())));
        self.returned.replace(Some(bytes));
    }

    /// At most `max` bytes that were given back.
    ///
    /// # Errors
    ///
    /// Those that a read of bytes in the core has as well, however many there are.
    fn take_returned(&self, max: usize) -> Result<Option<Uint8Array>, Error> {
        if self.returned.borrow().is_none() {
            return Ok(None);
        }
        let mut nobody = Context::from_waker(Waker::noop());
        // Into nothing it does not wait.
        if let Poll::Ready(Err(error)) = self.read.borrow_mut().poll_read(&mut nobody, &mut []) {
            return Err(error);
        }
        Ok(self.take_some_returned(max))
    }

    fn take_some_returned(&self, max: usize) -> Option<Uint8Array> {
        let bytes = self.returned.take()?;
        let (total, max) = (bytes.length(), u32::try_from(max).unwrap_or(u32::MAX));
        if total <= max {
            self.reading.count(total as usize);
            return Some(bytes);
        }
        self.returned.replace(Some(bytes.slice(max, total)));
        self.reading.count(max as usize);
        Some(bytes.slice(0, max))
    }

    /// All bytes that have arrived, but at most `max`, in a buffer that is nobody else's, though it may be larger; none at
    /// the end.
    pub(crate) fn poll_all(
        &self,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Result<Option<Uint8Array>, Error>> {
        let len = self.read.borrow().unread().min(max);
        if len <= MAX_CHUNK {
            return self.poll_chunk(cx, max);
        }
        if let Some(bytes) = self.take_returned(max)? {
            return Poll::Ready(Ok(Some(bytes)));
        }
        // There is no more than the memory of wasm holds.
        let all = Uint8Array::new_with_length(len as u32);
        self.poll_fill(cx, &all).map_ok(|_| Some(all))
    }

    /// The same of those that lie together.
    pub(crate) fn poll_chunk(
        &self,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Result<Option<Uint8Array>, Error>> {
        let max = max.min(MAX_READ);
        if let Some(bytes) = self.take_returned(max)? {
            return Poll::Ready(Ok(Some(bytes)));
        }
        let chunk = ready!(self.read.borrow_mut().poll_read_chunk(cx, max))?;
        Poll::Ready(Ok(chunk.map(|chunk| {
            self.reading.count(chunk.len());
            match chunk {
                Chunk::Bytes(bytes) => Uint8Array::from(&bytes[..]),
                Chunk::Foreign { bytes, is_shared } if is_shared => {
                    bytes.view().slice(0, bytes.len() as u32)
                }
                Chunk::Foreign { bytes, .. } => bytes.view(),
            }
        })))
    }

    /// The same into `target`, which is not empty: how many. 0 at the end.
    pub(crate) fn poll_fill(
        &self,
        cx: &mut Context<'_>,
        target: &Uint8Array,
    ) -> Poll<Result<usize, Error>> {
        let (mut at, total) = (0, target.length());
        if let Some(bytes) = self.take_returned(total as usize)? {
            target.set(&bytes, 0);
            return Poll::Ready(Ok(bytes.length() as usize));
        }
        // What has been moved waits for nothing.
        while at == 0 || (at < total && self.read.borrow().unread() > 0) {
            let rest = (total - at) as usize;
            let chunk = self.read.borrow_mut().poll_read_chunk(cx, rest);
            let chunk = match chunk {
                Poll::Ready(Ok(Some(chunk))) => chunk,
                end if at == 0 => return end.map_ok(|_| 0),
                _ => break,
            };
            // A part of the target's length.
            let end = at + chunk.len() as u32;
            self.reading.count(chunk.len());
            match chunk {
                Chunk::Bytes(bytes) => target.subarray(at, end).copy_from(&bytes),
                Chunk::Foreign { bytes, .. } => target.set(&bytes.view(), at),
            }
            at = end;
        }
        Poll::Ready(Ok(at as usize))
    }

    /// Drops what has arrived. Ready when nothing more comes.
    pub(crate) fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let chunk = ready!(self.read.borrow_mut().poll_read_chunk(cx, MAX_CHUNK));
            if !matches!(chunk, Ok(Some(_))) {
                return Poll::Ready(());
            }
        }
    }

    /// Writes some of the bytes from `at`, which is before their `end`.
    pub(crate) fn poll_write(
        &self,
        cx: &mut Context<'_>,
        bytes: &Uint8Array,
        at: u32,
        end: u32,
    ) -> Poll<Result<usize, Error>> {
        with_scratch(|scratch| {
            let len = (end - at).min(MAX_CHUNK as u32);
            let piece = &mut scratch[..len as usize];
            if len == end {
                // All of them, most likely small.
                bytes.copy_to(piece);
            } else {
                bytes.subarray(at, at + len).copy_to(piece);
            }
            let written = self.write.borrow_mut().poll_write(cx, piece);
            written.map_ok(|len| {
                self.writing.count(len);
                len
            })
        })
    }

    /// Why nothing can be written any more, if so.
    pub(crate) fn write_error(&self) -> Option<Error> {
        let mut nobody = Context::from_waker(Waker::noop());
        // Without bytes it does not wait.
        match self.write.borrow_mut().poll_write(&mut nobody, &[]) {
            Poll::Ready(Err(error)) => Some(error).filter(|e| *e != Error::DeadlineExceeded),
            _ => None,
        }
    }

    pub(crate) fn close(&self) {
        self.returned.take();
        self.read.borrow().close();
    }

    /// Half-closes; a stream with nothing left in either direction is closed.
    pub(crate) fn end_write(&self) {
        self.write.borrow().close_write();
        self.forget_write();
    }

    /// Nothing more can be written.
    pub(crate) fn forget_write(&self) {
        self.writing.has_ended.set(true);
        self.close_if_over();
    }

    /// Nothing more will be read.
    pub(crate) fn end_read(&self) {
        self.reading.has_ended.set(true);
        self.close_if_over();
    }

    fn close_if_over(&self) {
        if self.reading.has_ended.get() && self.writing.has_ended.get() {
            self.close();
        }
    }
}

fn locked(message: &str) -> JsValue {
    error(Class::Type, "stream_locked", message)
}
