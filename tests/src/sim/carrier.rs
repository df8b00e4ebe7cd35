//! A carrier over simulated links, on tokio's clock: with the clock paused, multiplexers run in virtual
//! time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use strandmux::carrier::Carrier;
use strandmux::{CarrierError, CloseReason, Instant};
use tokio::time::Sleep;

use super::link::{Link, LinkConfig};
use crate::random::Random;

/// One end of a simulated carrier.
#[derive(Debug)]
pub struct SimulatedCarrier {
    start: tokio::time::Instant,
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
    /// Until something arrives.
    arrival: Option<Pin<Box<Sleep>>>,
    /// Until something has left.
    departure: Option<Pin<Box<Sleep>>>,
    received: Vec<u8>,
}

/// One direction.
#[derive(Debug)]
struct Pipe {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    link: Link,
    is_closed: bool,
    reader: Option<Waker>,
}

/// Two connected carriers, with these links from the first to the second and back.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn pair(links: [LinkConfig; 2], seed: u64) -> (SimulatedCarrier, SimulatedCarrier) {
    let mut random = Random::new(seed);
    let [there, back] = links.map(|config| {
        Arc::new(Pipe {
            state: Mutex::new(State {
                link: Link::new(config, random.fork()),
                is_closed: false,
                reader: None,
            }),
        })
    });
    let start = tokio::time::Instant::now();
    let end = |incoming: &Arc<Pipe>, outgoing: &Arc<Pipe>| SimulatedCarrier {
        start,
        incoming: incoming.clone(),
        outgoing: outgoing.clone(),
        arrival: None,
        departure: None,
        received: Vec::new(),
    };
    (end(&back, &there), end(&there, &back))
}

impl SimulatedCarrier {
    fn now(&self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    fn sleep_until(&self, at: Option<Instant>) -> Option<Pin<Box<Sleep>>> {
        let at = self.start + Duration::from_micros(at?.as_micros());
        Some(Box::pin(tokio::time::sleep_until(at)))
    }
}

impl Pipe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the direction; what was sent still arrives.
    fn close(&self) {
        let reader = {
            let mut state = self.lock();
            state.is_closed = true;
            state.reader.take()
        };
        reader.into_iter().for_each(Waker::wake);
    }
}

/// Registers for the end of the sleep; whether it is over already.
fn is_over(sleep: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> bool {
    let over = sleep.as_mut().map(|sleep| sleep.as_mut().poll(cx));
    over.is_some_and(|over| over.is_ready())
}

impl Carrier for SimulatedCarrier {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        loop {
            let next = {
                let now = self.now();
                let mut state = self.incoming.lock();
                state.link.depart(now);
                if let Some(chunk) = state.link.receive(now) {
                    drop(state);
                    self.received = chunk;
                    return Poll::Ready(Ok(Some(&self.received)));
                }
                if state.is_closed && state.link.is_empty() {
                    return Poll::Ready(Ok(None));
                }
                state.reader = Some(cx.waker().clone());
                state.link.next()
            };
            self.arrival = self.sleep_until(next);
            if !is_over(&mut self.arrival, cx) {
                return Poll::Pending;
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        loop {
            let next = {
                let now = self.now();
                let mut state = self.outgoing.lock();
                state.link.depart(now);
                if state.link.has_room() {
                    return Poll::Ready(Ok(()));
                }
                state.link.next()
            };
            self.departure = self.sleep_until(next);
            if !is_over(&mut self.departure, cx) {
                return Poll::Pending;
            }
        }
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        let now = self.now();
        let reader = {
            let mut state = self.outgoing.lock();
            state.link.send(now, &output);
            state.link.depart(now);
            state.reader.take()
        };
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
        self.outgoing.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for SimulatedCarrier {
    fn drop(&mut self) {
        self.outgoing.close();
        // Nobody reads any more. Whoever writes learns that no sooner than what was sent before.
        self.incoming.lock().link.cut();
    }
}
