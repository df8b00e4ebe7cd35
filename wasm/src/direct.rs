//! Reads and writes without a WHATWG stream.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::abort::unless_aborted;
use crate::bytes;
use crate::error::{Class, error, operation_error, set};
use crate::halves::Halves;
use crate::options::Options;
use crate::promise::promise;

/// The largest integer that a number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Where a read puts what it reads.
enum Target {
    /// Where it lies, as much as lies together.
    Any,
    /// Into a new buffer, at most so many bytes.
    New(usize),
    /// Into the caller's, as far as it goes when the bytes are there.
    View(JsValue),
}

impl Target {
    fn parse(into: JsValue) -> Result<Self, JsValue> {
        if into.is_undefined() || into.is_null() {
            return Ok(Self::Any);
        }
        if ArrayBuffer::is_view(&into) {
            bytes_to_fill(&into)?;
            return Ok(Self::View(into));
        }
        let Some(max) = into.as_f64() else {
            let message = "a read takes a maximum or a view of a buffer";
            return Err(error(Class::Type, "invalid_argument", message));
        };
        if max.fract() != 0.0 || !(1.0..=MAX_SAFE_INTEGER).contains(&max) {
            let message = "the maximum must be an integer from 1 to 2^53 - 1";
            return Err(error(Class::Range, "invalid_argument", message));
        }
        // Saturates where memory ends.
        Ok(Self::New(max as usize))
    }

    /// What has arrived; null at the end.
    fn poll_read(&self, halves: &Halves, cx: &mut Context<'_>) -> Poll<Result<JsValue, JsValue>> {
        let chunk = match self {
            Self::Any => ready!(halves.poll_chunk(cx, usize::MAX)),
            Self::New(max) => ready!(halves.poll_all(cx, *max)),
            Self::View(view) => {
                let target = bytes_to_fill(view)?;
                let len = ready!(halves.poll_fill(cx, &target));
                // No more than the target's length, which is a `u32`.
                len.map(|len| (len > 0).then(|| target.subarray(0, len as u32)))
            }
        };
        let chunk = chunk.map_err(|error| operation_error(&error))?;
        if chunk.is_none() {
            halves.end_read();
        }
        Poll::Ready(Ok(chunk.map_or(JsValue::NULL, JsValue::from)))
    }
}

/// The view's bytes, which can go away or change in number whenever JavaScript runs.
fn bytes_to_fill(view: &JsValue) -> Result<Uint8Array, JsValue> {
    let bytes = bytes::view(view).filter(|bytes| bytes.length() > 0);
    bytes.ok_or_else(|| {
        let message = "the view to fill is empty, detached or outside its buffer";
        error(Class::Type, "invalid_argument", message)
    })
}

/// `Stream.read`.
pub(crate) fn read(halves: Rc<Halves>, into: JsValue, options: JsValue) -> Promise {
    promise(async move {
        let target = Target::parse(into)?;
        let signal = Options::new(options)?.signal()?;
        halves.reading.check_direct("readable")?;
        unless_aborted(signal, async {
            let place = halves.reading.line.join();
            poll_fn(|cx| {
                ready!(place.poll_turn(cx));
                if halves.reading.has_ended() {
                    // The end does not go away.
                    return Poll::Ready(Ok(JsValue::NULL));
                }
                target.poll_read(&halves, cx)
            })
            .await
        })
        .await
    })
}

/// `Stream.write`.
pub(crate) fn write(halves: Rc<Halves>, chunk: JsValue, options: JsValue) -> Promise {
    promise(async move {
        let bytes = bytes::chunk(&chunk)?;
        let signal = Options::new(options)?.signal()?;
        halves.writing.check_direct("writable")?;
        unless_aborted(signal, async {
            let place = halves.writing.line.join();
            poll_fn(|cx| place.poll_turn(cx)).await;
            write_all(&halves, &bytes).await
        })
        .await?;
        Ok(JsValue::UNDEFINED)
    })
}

/// Writes all of `bytes`. If it fails, the error's `written` says how many of them were taken.
pub(crate) async fn write_all(halves: &Halves, bytes: &Uint8Array) -> Result<(), JsValue> {
    let (mut at, total) = (0, bytes.length());
    let mut turn = Turn {
        halves,
        is_waiting: false,
    };
    while at < total {
        let written = poll_fn(|cx| {
            // It is not ours: the buffer may have been transferred while it waited.
            if bytes.length() != total {
                return Poll::Ready(Err(bytes::gone()));
            }
            let written = halves.poll_write(cx, bytes, at, total);
            turn.is_waiting = written.is_pending();
            written.map_err(|error| operation_error(&error))
        })
        .await;
        match written {
            // No more than the bytes, whose length is a `u32`.
            Ok(len) => at += len as u32,
            Err(error) => {
                set(&error, "written", &at.into());
                return Err(error);
            }
        }
    }
    Ok(())
}

/// A write's turn in the core, given up when the write ends while it waits.
struct Turn<'a> {
    halves: &'a Halves,
    is_waiting: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_waiting {
            self.halves.write.borrow().cancel_write();
        }
    }
}
