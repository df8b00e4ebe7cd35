//! Two carriers that are each other's other end, in memory.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Context, Poll, Waker};

use super::Carrier;
use crate::error::{CarrierError, CloseReason};
use crate::mux::Lock;

/// Bytes that lie between the two ends, each way, before the sender waits.
const CAPACITY: usize = 256 * 1_024;

/// One end of an in-memory carrier.
#[derive(Debug)]
pub struct MemoryCarrier {
    incoming: Arc<Lock<Pipe>>,
    outgoing: Arc<Lock<Pipe>>,
    /// The piece that was received last, lent to the caller.
    received: Vec<u8>,
}

/// Pieces on their way in one direction.
#[derive(Debug, Default)]
struct Pipe {
    pieces: VecDeque<Vec<u8>>,
    len: usize,
    is_closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Two connected carriers.
pub fn pair() -> (MemoryCarrier, MemoryCarrier) {
    let pipes = [(); 2].map(|()| Arc::new(Lock::new(Pipe::default())));
    let [there, back] = &pipes;
    let end = |incoming: &Arc<Lock<Pipe>>, outgoing: &Arc<Lock<Pipe>>| MemoryCarrier {
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
        received: Vec::new(),
    };
    (end(back, there), end(there, back))
}

impl Carrier for MemoryCarrier {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        let (received, woken) = self.incoming.with(|pipe| {
            let Some(piece) = pipe.pieces.pop_front() else {
                if pipe.is_closed {
                    return (Poll::Ready(None), None);
                }
                return (Poll::Pending, pipe.reader.replace(cx.waker().clone()));
            };
            pipe.len -= piece.len();
            (Poll::Ready(Some(piece)), pipe.writer.take())
        });
        // A waker that was replaced is of the same task, and this one is awake.
        if received.is_ready() {
            woken.into_iter().for_each(Waker::wake);
        }
        let Some(piece) = core::task::ready!(received) else {
            return Poll::Ready(Ok(None));
        };
        self.received = piece;
        Poll::Ready(Ok(Some(&self.received)))
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        let (ready, replaced) = self.outgoing.with(|pipe| {
            if pipe.is_closed {
                return (Poll::Ready(Err(closed())), None);
            }
            if pipe.len >= CAPACITY {
                return (Poll::Pending, pipe.writer.replace(cx.waker().clone()));
            }
            (Poll::Ready(Ok(())), None)
        });
        drop(replaced);
        ready
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        let reader = self.outgoing.with(|pipe| {
            if pipe.is_closed {
                return Err(closed());
            }
            pipe.len += output.len();
            pipe.pieces.push_back(output);
            Ok(pipe.reader.take())
        })?;
        reader.into_iter().for_each(Waker::wake);
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(
        &mut self,
        _: &mut Context<'_>,
        _: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        close(&self.outgoing);
        Poll::Ready(Ok(()))
    }
}

fn closed() -> CarrierError {
    CarrierError::io("the other end is closed")
}

fn close(pipe: &Lock<Pipe>) {
    let wakers = pipe.with(|pipe| {
        pipe.is_closed = true;
        [pipe.reader.take(), pipe.writer.take()]
    });
    wakers.into_iter().flatten().for_each(Waker::wake);
}

impl Drop for MemoryCarrier {
    fn drop(&mut self) {
        close(&self.outgoing);
        close(&self.incoming);
    }
}
