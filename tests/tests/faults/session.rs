//! What is said in the sessions whose carriers die, and what of it has arrived.

use std::collections::BTreeMap;

use strandmux::CarrierError;
use strandmux_tests::wire::{Message, Parser, Part};

/// What the client says on its streams; the server says it back.
pub(crate) const WORDS: [&str; 3] = [
    "one",
    "a longer message that takes several data messages and some increments, too",
    "",
];

/// How a carrier fails.
pub(crate) fn cut() -> CarrierError {
    CarrierError::io("the cable is cut")
}

/// The bytes that arrived on each stream, and whether its end did.
pub(crate) type Streams = BTreeMap<u64, (Vec<u8>, bool)>;

/// What arrived on each stream, and whether the last message arrived as a whole.
pub(crate) fn arrived(bytes: &[u8]) -> (Streams, bool) {
    let mut parser = Parser::strict();
    let mut streams = Streams::new();
    for part in parser.push(bytes).expect("a session is well-formed") {
        match part {
            Part::Payload(id, payload) => streams.entry(id).or_default().0.extend(payload),
            Part::Message(Message::CloseWrite(id) | Message::Close(id)) => {
                streams.entry(id).or_default().1 = true;
            }
            Part::Message(_) => {}
        }
    }
    (streams, parser.is_at_boundary())
}
