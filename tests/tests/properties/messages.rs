//! What a peer may well send, and now and then something else.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use strandmux_tests::wire::Message;

/// A data message with its payload.
fn data(id: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Message::Data(id, payload.len()).encode();
    bytes.extend(payload);
    bytes
}

/// Some message on one of the streams, or another now and then.
fn message(ids: &'static [u64]) -> impl Strategy<Value = Vec<u8>> {
    let id = || {
        let any_id = prop_oneof![0..12u64, any::<u64>()];
        prop_oneof![30 => prop::sample::select(ids), 1 => any_id]
    };
    let number = || prop_oneof![6 => 1..400u64, 1 => any::<u64>()];
    prop_oneof![
        1 => Just(Message::Heartbeat.encode()),
        8 => (id(), vec(any::<u8>(), 1..40)).prop_map(|(id, payload)| data(id, &payload)),
        3 => (id(), number()).prop_map(|(id, by)| Message::WindowIncrement(id, by).encode()),
        1 => (5..30u64, number()).prop_map(|(id, window)| Message::Open(id, window).encode()),
        1 => id().prop_map(|id| Message::CloseWrite(id).encode()),
        1 => id().prop_map(|id| Message::Close(id).encode()),
    ]
}

/// What a client sends to a server that has opened two streams: it opens two itself, accepts those, and says
/// something on them. In one input of four a byte is another.
pub(crate) fn session() -> impl Strategy<Value = Vec<u8>> {
    let beginning = [
        Message::Open(1, 100),
        Message::Accept(2, 100),
        Message::Open(3, 0),
        Message::Accept(4, 100),
    ];
    let beginning: Vec<_> = beginning.map(|message| message.encode()).concat();
    let mutation = prop::option::weighted(0.25, (any::<Index>(), any::<u8>()));
    (vec(message(&[2, 4]), 0..40), mutation).prop_map(move |(messages, mutation)| {
        let mut bytes = [beginning.clone(), messages.concat()].concat();
        if let Some((at, byte)) = mutation {
            *at.get_mut(&mut bytes) = byte;
        }
        bytes
    })
}
