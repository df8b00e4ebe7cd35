//! A peer that says exactly what it is told to.

use std::collections::VecDeque;
use std::future::poll_fn;

use strandmux::carrier::memory::{self, MemoryCarrier};
use strandmux::tokio::TokioTimer;
use strandmux::{Carrier, CloseInfo, CloseReason, Config, Driver, Multiplexer, Role};

use crate::wire::{Message, Parser, Part};

/// The other end of a carrier.
#[derive(Debug)]
pub struct Peer {
    carrier: MemoryCarrier,
    parser: Parser,
    parts: VecDeque<Part>,
}

impl Peer {
    /// A peer at this end of a carrier.
    pub fn new(carrier: MemoryCarrier) -> Self {
        Self {
            carrier,
            parser: Parser::strict(),
            parts: VecDeque::new(),
        }
    }

    /// Sends a message, a data message without its payload.
    ///
    /// # Panics
    ///
    /// If the other end is gone.
    pub fn send(&mut self, message: Message) {
        self.send_bytes(&message.encode());
    }

    /// Sends anything.
    ///
    /// # Panics
    ///
    /// If the other end is gone.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.carrier
            .send(bytes.to_vec())
            .expect("the other end is there");
    }

    /// Ends what it sends.
    ///
    /// # Panics
    ///
    /// Never: memory does not fail.
    pub async fn end(&mut self) {
        let reason = CloseReason::Local(CloseInfo::default());
        let closed = poll_fn(|cx| self.carrier.poll_close(cx, &reason)).await;
        closed.expect("memory does not fail");
    }

    /// The next part of what arrives; `None` at the end.
    ///
    /// # Panics
    ///
    /// If what arrives is no message.
    pub async fn receive(&mut self) -> Option<Part> {
        while self.parts.is_empty() {
            let chunk = poll_fn(|cx| {
                let received = self.carrier.poll_receive(cx);
                received.map_ok(|chunk| chunk.map(<[u8]>::to_vec))
            });
            let chunk = chunk.await.expect("memory does not fail")?;
            self.parts
                .extend(self.parser.push(&chunk).expect("well-formed"));
        }
        self.parts.pop_front()
    }

    /// The next message.
    ///
    /// # Panics
    ///
    /// If something else arrives.
    pub async fn message(&mut self) -> Message {
        match self.receive().await {
            Some(Part::Message(message)) => message,
            other => panic!("{other:?} instead of a message"),
        }
    }
}

/// A client, its driver, and a peer.
pub fn client(config: Config) -> (Multiplexer, Driver<MemoryCarrier, TokioTimer>, Peer) {
    let (here, there) = memory::pair();
    let (mux, driver) = Multiplexer::new(here, TokioTimer::new(), Role::Client, config);
    (mux, driver, Peer::new(there))
}
