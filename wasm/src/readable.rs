//! A stream's incoming bytes as a `ReadableStream`.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use js_sys::{Reflect, Uint8Array};
use strandmux::Error;
use wasm_bindgen::prelude::*;
use web_sys::{QueuingStrategy, ReadableStream};

use crate::error::operation_error;
use crate::exported::Exported;
use crate::halves::{Halves, Reader};
use crate::promise::{begin, spawn_local};

#[wasm_bindgen]
extern "C" {
    /// A `ReadableByteStreamController`, or a `ReadableStreamDefaultController` where the platform has no byte
    /// streams.
    type Controller;

    #[wasm_bindgen(method, catch)]
    fn enqueue(this: &Controller, chunk: &Uint8Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Controller) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn error(this: &Controller, error: &JsValue);

    /// What the next reader brought to be filled, if it did.
    #[wasm_bindgen(method, getter, js_name = byobRequest)]
    fn byob_request(this: &Controller) -> Option<ByobRequest>;

    type ByobRequest;

    #[wasm_bindgen(method, getter)]
    fn view(this: &ByobRequest) -> Option<Uint8Array>;

    #[wasm_bindgen(method, catch)]
    fn respond(this: &ByobRequest, len: u32) -> Result<(), JsValue>;
}

/// What a `ReadableStream` reads from: an object with methods costs less than a closure for each.
///
/// Nobody else gets to see it.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Source(Rc<Halves>);

#[wasm_bindgen]
impl Source {
    /// Of bytes, where the platform has such streams. Without `autoAllocateChunkSize`: a buffer of the size that has
    /// arrived is cheaper than one that may be too large.
    #[wasm_bindgen(getter, js_name = type, skip_typescript)]
    pub fn kind(&self) -> Option<String> {
        has_byte_streams().then(|| "bytes".to_owned())
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn start(&self, controller: &JsValue) {
        self.0.reading.set_controller(controller);
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn pull(&self, controller: JsValue) -> Exported<JsValue> {
        let halves = self.0.clone();
        let controller: Controller = controller.unchecked_into();
        Ok(begin(async move { pull(&halves, &controller).await }))
    }

    #[wasm_bindgen(skip_typescript)]
    pub fn cancel(&self) {
        discard(&self.0);
    }
}

thread_local! {
    /// Nothing is read ahead.
    static STRATEGY: QueuingStrategy = {
        let strategy = QueuingStrategy::new();
        strategy.set_high_water_mark(0.0);
        strategy
    };
}

/// A `ReadableStream` that reads when it is asked to, not before, so that the peer gets credit for what was consumed.
/// One of bytes, where the platform has them.
pub(crate) fn stream(halves: Rc<Halves>) -> Result<ReadableStream, JsValue> {
    let source = JsValue::from(Source(halves));
    let source = source.unchecked_ref();
    STRATEGY
        .with(|strategy| ReadableStream::new_with_underlying_source_and_strategy(source, strategy))
}

/// Whether a `ReadableStream` can be one of bytes, which WebKitGTK's cannot.
fn has_byte_streams() -> bool {
    let class = Reflect::get(&js_sys::global(), &"ReadableByteStreamController".into());
    class.is_ok_and(|class| class.is_function())
}

/// What a reader wants to have filled: where it begins in its buffer, and how long it is.
type Room = (u32, u32);

fn room(request: &ByobRequest) -> Option<Room> {
    request
        .view()
        .map(|view| (view.byte_offset(), view.length()))
}

/// What a pull came to.
enum Pulled {
    /// Bytes, and what room the buffer that a reader brought has behind them, if one did.
    Chunk(Uint8Array, Option<Room>),
    End,
    /// The stream was cancelled meanwhile.
    Discarded,
}

/// Hands over what is there, or waits until something is. An error is the `ReadableStream`'s.
async fn pull(halves: &Halves, controller: &Controller) -> Result<(), JsValue> {
    halves.reader.set(Reader::Pull);
    let pulled = poll_fn(|cx| poll_pull(halves, controller, cx)).await;
    if halves.reader.get() == Reader::Pull {
        halves.reader.set(Reader::Idle);
    }
    match pulled {
        Ok(Pulled::Chunk(chunk, rest)) => {
            // Which takes the chunk's buffer away.
            let len = chunk.length();
            controller.enqueue(&chunk)?;
            // A reader that asked for a minimum goes on with the same buffer.
            let next = rest.and(controller.byob_request());
            let goes_on = next.is_some_and(|next| room(&next) == rest);
            let before = halves.partial.get();
            halves.partial.set(if goes_on { before + len } else { 0 });
        }
        Ok(Pulled::Discarded) => return Ok(()),
        Ok(Pulled::End) => return close(halves, controller),
        Err(error) => {
            if error == Error::DeadlineExceeded {
                // It is the end of the `ReadableStream`, but not the stream's.
                take_back(halves, controller);
                halves.reading.unlock();
            }
            return Err(operation_error(&error));
        }
    }
    if halves.reading.is_over.get() && !halves.has_unread() {
        on_over(halves);
    }
    Ok(())
}

fn poll_pull(
    halves: &Halves,
    controller: &Controller,
    cx: &mut Context<'_>,
) -> Poll<Result<Pulled, Error>> {
    if halves.reader.get() == Reader::Discard {
        return halves.poll_discard(cx).map(|()| Ok(Pulled::Discarded));
    }
    // A buffer that a reader brought is not filled here, but by the platform, with no more than it holds: `respond`
    // strands the bytes if that reader has gone meanwhile and another kind of reader waits.
    let room = controller.byob_request().and_then(|request| room(&request));
    let max = room.map_or(usize::MAX, |(_, len)| len as usize);
    let Some(chunk) = ready!(halves.poll_chunk(cx, max))? else {
        return Poll::Ready(Ok(Pulled::End));
    };
    let len = chunk.length();
    let rest = room.map(|(at, room)| (at + len, room.saturating_sub(len)));
    Poll::Ready(Ok(Pulled::Chunk(chunk, rest)))
}

/// A reader that asked for a minimum goes away with less: the next one gets it.
fn take_back(halves: &Halves, controller: &Controller) {
    let len = halves.partial.take();
    let view = controller
        .byob_request()
        .filter(|_| len > 0)
        .and_then(|request| request.view());
    if let Some(view) = view {
        let start = view.byte_offset().saturating_sub(len);
        let filled = Uint8Array::new_with_byte_offset_and_length(&view.buffer(), start, len);
        halves.give_back(filled.slice(0, len));
    }
}

/// The peer has ended its direction, and everything was read.
fn close(halves: &Halves, controller: &Controller) -> Result<(), JsValue> {
    halves.reading.forget_controller();
    halves.end_read();
    controller.close()?;
    match controller.byob_request() {
        // Who brought a buffer gets it back.
        Some(request) => request.respond(0),
        None => Ok(()),
    }
}

/// Nothing more is received. What was received before stays readable, so the `ReadableStream` ends now only if there is
/// nothing.
pub(crate) fn on_over(halves: &Halves) {
    let Some(controller) = halves.reading.controller() else {
        return;
    };
    let controller: Controller = controller.unchecked_into();
    // A pull that waits hears of it itself.
    if halves.reader.get() != Reader::Idle || halves.has_unread() {
        return;
    }
    let mut nobody = Context::from_waker(Waker::noop());
    let ended = halves.read.borrow_mut().poll_read(&mut nobody, &mut [0]);
    match ended {
        // One that is closed already refuses to be closed again.
        Poll::Ready(Ok(_)) => drop(close(halves, &controller)),
        // Not the end: the next read hears of it.
        Poll::Ready(Err(Error::DeadlineExceeded)) | Poll::Pending => {}
        Poll::Ready(Err(error)) => {
            halves.reading.forget_controller();
            controller.error(&operation_error(&error));
        }
    }
}

/// Reads on for nobody, so that the peer is not held up, until there is nothing more.
fn discard(halves: &Rc<Halves>) {
    halves.reading.forget_controller();
    halves.end_read();
    if halves.reader.replace(Reader::Discard) == Reader::Pull {
        // The pull that waits goes on with it.
        return;
    }
    let weak = Rc::downgrade(halves);
    spawn_local(poll_fn(move |cx| match weak.upgrade() {
        Some(halves) => halves.poll_discard(cx),
        None => Poll::Ready(()),
    }));
}
