//! Every order in which threads can take the lock of a multiplexer, as far as loom's bound on preemptions goes.
//!
//! In each of them everyone who waits is woken: loom reports threads that are left waiting as a deadlock.

#[path = "../../src/wire.rs"]
#[allow(dead_code, reason = "not all of it is needed here")]
mod wire;

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::{Arc, Mutex};
use loom::thread;
use strandmux::mux::{Clock, Timer};
use strandmux::{Carrier, CarrierError, CloseReason, Config, Error, Instant, Multiplexer, Role};
use wire::{Message, Parser, Part};

/// A timer whose clock stands still.
struct Timeless;

impl Timer for Timeless {
    fn clock(&self) -> Clock {
        Clock::new(|| Instant::ZERO)
    }

    fn poll_until(&mut self, _: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        match deadline {
            Instant::ZERO => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

/// A carrier whose other end answers at once.
struct Peer {
    input: VecDeque<Vec<u8>>,
    current: Vec<u8>,
    parser: Parser,
    /// What the other end says to a part of what it is sent.
    answer: fn(Part) -> Vec<Message>,
    /// Wakes the driver when there is input.
    waker: Option<Waker>,
    gate: Option<Arc<Gate>>,
}

/// Whether a carrier takes output, which another thread decides.
#[derive(Default)]
struct Gate {
    state: Mutex<(bool, Option<Waker>)>,
}

impl Gate {
    fn open(&self) {
        let waker = {
            let mut state = self.state.lock().expect("no panic");
            state.0 = true;
            state.1.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state.lock().expect("no panic");
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Peer {
    fn new(says: &[Message], answer: fn(Part) -> Vec<Message>) -> Self {
        Self {
            input: says.iter().map(|message| message.encode()).collect(),
            current: Vec::new(),
            parser: Parser::strict(),
            answer,
            waker: None,
            gate: None,
        }
    }
}

impl Carrier for Peer {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        match self.input.pop_front() {
            Some(input) => {
                self.current = input;
                Poll::Ready(Ok(Some(&self.current)))
            }
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        match &self.gate {
            Some(gate) => gate.poll(cx).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        for part in self
            .parser
            .push(&output)
            .expect("the wire's rules are kept")
        {
            for message in (self.answer)(part) {
                let mut bytes = message.encode();
                if let Message::Data(_, len) = message {
                    bytes.resize(bytes.len() + len, 7);
                }
                self.input.push_back(bytes);
                self.waker.take().into_iter().for_each(Waker::wake);
            }
        }
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
        Poll::Ready(Ok(()))
    }
}

/// Runs `body` in every order, beside the thread of the driver, which ends when the multiplexer has gone.
fn explore(
    role: Role,
    config: fn(&mut Config),
    peer: fn() -> Peer,
    body: impl Fn(Multiplexer) + Send + Sync + 'static,
) {
    explore_gated(role, config, peer, move |mux, gate| {
        gate.open();
        body(mux);
    });
}

/// The same with a carrier that takes no output before its gate is opened.
fn explore_gated(
    role: Role,
    config: fn(&mut Config),
    peer: fn() -> Peer,
    body: impl Fn(Multiplexer, Arc<Gate>) + Send + Sync + 'static,
) {
    check(move || {
        let mut settings = Config::default();
        config(&mut settings);
        let gate = Arc::new(Gate::default());
        let mut carrier = peer();
        carrier.gate = Some(Arc::clone(&gate));
        let (mux, driver) = Multiplexer::new(carrier, Timeless, role, settings);
        let driving = thread::spawn(move || block_on(driver));
        body(mux, gate);
        let reason = driving.join().expect("no panic");
        assert!(matches!(reason, CloseReason::Local(_)), "{reason}");
    });
}

/// Runs `body` in every order, on threads beside the one that this runs on.
fn check(body: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.max_branches = 20_000;
    model.check(body);
}

/// Polls a future once, and gives it up if it is not ready.
fn try_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    block_on(poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    }))
}

fn usual(_: &mut Config) {}

/// Accepts what is opened, and grants a byte.
fn accepting(part: Part) -> Vec<Message> {
    match part {
        Part::Message(Message::Open(id, _)) => vec![Message::Accept(id, 1)],
        // One more for each that was sent.
        Part::Message(Message::Data(id, len)) => vec![Message::WindowIncrement(id, len as u64)],
        _ => vec![],
    }
}

#[test]
fn a_reader_hears_of_what_arrives() {
    let peer = || {
        Peer::new(&[Message::Open(1, 0)], |part| match part {
            Part::Message(Message::Accept(id, _)) => vec![Message::Data(id, 1)],
            _ => vec![],
        })
    };
    explore(Role::Server, usual, peer, |mux| {
        let mut stream = block_on(mux.accept()).expect("it comes");
        let mut byte = [0];
        assert_eq!(block_on(stream.read(&mut byte)), Ok(1));
        assert_eq!(byte, [7]);
    });
}

#[test]
fn an_accept_that_is_given_up_passes_its_stream_on() {
    let peer = || Peer::new(&[Message::Open(1, 0), Message::Open(3, 0)], |_| vec![]);
    explore(Role::Server, usual, peer, |mux| {
        let other = mux.clone();
        let giving_up = thread::spawn(move || drop(try_once(other.accept())));
        assert!(block_on(mux.accept()).is_ok());
        giving_up.join().expect("no panic");
    });
}

#[test]
fn an_open_that_is_given_up_passes_its_place_on() {
    let one_at_a_time = |config: &mut Config| config.max_unaccepted_opens = 1;
    let peer = || Peer::new(&[], accepting);
    explore(Role::Client, one_at_a_time, peer, |mux| {
        let other = mux.clone();
        let giving_up = thread::spawn(move || drop(try_once(other.open())));
        assert!(block_on(mux.open()).is_ok());
        giving_up.join().expect("no panic");
    });
}

#[test]
fn a_writer_hears_of_its_window() {
    let peer = || Peer::new(&[], accepting);
    explore(Role::Client, usual, peer, |mux| {
        let mut stream = block_on(mux.open()).expect("it is accepted");
        assert_eq!(block_on(stream.write_all(b"abc")), Ok(()));
    });
}

/// The driver hears of what is written while its carrier is about to take output again.
#[test]
fn a_driver_hears_of_its_carrier_and_of_what_is_written() {
    let peer = || Peer::new(&[], accepting);
    explore_gated(Role::Client, usual, peer, |mux, gate| {
        let opening = thread::spawn(move || gate.open());
        let stream = block_on(mux.open()).expect("it is accepted");
        opening.join().expect("no panic");
        drop(stream);
    });
}

#[test]
fn closing_ends_who_waits() {
    let peer = || Peer::new(&[Message::Open(1, 0)], |_| vec![]);
    explore(Role::Server, usual, peer, |mux| {
        let mut stream = block_on(mux.accept()).expect("it comes");
        let reading = thread::spawn(move || block_on(stream.read(&mut [0])));
        block_on(mux.close());
        let read = reading.join().expect("no panic");
        assert!(matches!(read, Err(Error::MultiplexerClosed(_))), "{read:?}");
    });
}

#[test]
fn a_driver_that_is_dropped_ends_who_waits() {
    check(|| {
        let peer = Peer::new(&[], accepting);
        let (mux, driver) = Multiplexer::new(peer, Timeless, Role::Server, Config::default());
        let dropping = thread::spawn(move || drop(driver));
        let accepted = block_on(mux.accept());
        dropping.join().expect("no panic");
        let reason = match accepted {
            Err(Error::MultiplexerClosed(reason)) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason, CloseReason::DriverDropped);
    });
}
