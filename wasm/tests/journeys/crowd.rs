//! Many streams at once.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::bytes::{assert_same, ramp};
use crate::common::classes::{Multiplexer, Stream};
use crate::common::op::Op;
use crate::common::wire::pair;

/// More than the peer's backlog of 10 and the 8 opens that are under way at a time.
const CROWD: u64 = 100;

fn opens(from: &Multiplexer) -> Vec<Op<Stream>> {
    (0..CROWD).map(|_| from.open()).collect()
}

fn accepts(at: &Multiplexer) -> Vec<Op<Stream>> {
    (0..CROWD).map(|_| at.accept()).collect()
}

async fn all(ops: Vec<Op<Stream>>) -> Vec<Stream> {
    let mut streams = Vec::new();
    for op in ops {
        streams.push(op.ok().await);
    }
    streams
}

fn ids(streams: &[Stream]) -> Vec<u64> {
    streams.iter().map(Stream::id).collect()
}

#[wasm_bindgen_test]
async fn a_hundred_streams_from_each_side_at_once_all_arrive() {
    let (client, server) = pair();
    let opened = [opens(&client), opens(&server)];
    let accepted = [accepts(&server), accepts(&client)];
    for (first, (opened, accepted)) in [1, 2].into_iter().zip(opened.into_iter().zip(accepted)) {
        let (opened, accepted) = (all(opened).await, all(accepted).await);
        let expected: Vec<u64> = (0..CROWD).map(|nth| first + 2 * nth).collect();
        assert_eq!(ids(&opened), expected);
        assert_eq!(ids(&accepted), expected);
        for peer in &accepted {
            drop(peer.readable().pipe_to(&peer.writable()));
        }
        let bytes = |stream: &Stream| ramp(1_000 + stream.id() as usize);
        for stream in &opened {
            let writer = stream.writer();
            drop(writer.write(&bytes(stream)));
            drop(writer.close());
        }
        for stream in &opened {
            let back = stream.reader().to_end().await.expect("an echo");
            assert_same(&back, &bytes(stream));
        }
    }
}
