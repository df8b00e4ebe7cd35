//! Input in foreign memory means what the same input in our own does, and what it leaves there is bounded.

use std::task::Poll;

use strandmux::proto::{Connection, StreamId};
use strandmux::{Chunk, Config, ForeignBytes, Instant, Role};
use strandmux_tests::elsewhere::{Elsewhere, take_all};
use strandmux_tests::random::{self, Random};

/// A server with the streams 1 and 3.
fn server() -> (Connection<Elsewhere>, [StreamId; 2]) {
    let mut config = Config::default();
    config.stream_receive_window = 1 << 20;
    let mut server = Connection::with_foreign_bytes(Role::Server, config, Instant::ZERO);
    server.handle_input(Instant::ZERO, &[1, 1, 0, 1, 3, 0]);
    let ids = [(); 2].map(|()| match server.accept() {
        Poll::Ready(Ok(id)) => id,
        other => panic!("{other:?}"),
    });
    (server, ids)
}

fn data(id: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).expect("it fits");
    [&[3, id][..], &len.to_be_bytes(), payload].concat()
}

/// What is unread, each chunk as it lies.
fn chunks(server: &mut Connection<Elsewhere>, id: StreamId) -> Vec<Chunk<Elsewhere>> {
    let mut chunks = Vec::new();
    while let Poll::Ready(Ok(Some(chunk))) = server.read_chunk(id, usize::MAX) {
        chunks.push(chunk);
    }
    chunks
}

/// What is unread, each chunk of which has to lie in foreign memory that is as long as the chunk, and nobody else's.
fn alone(server: &mut Connection<Elsewhere>, id: StreamId) -> Vec<Vec<u8>> {
    let bytes_of = |chunk: Chunk<Elsewhere>| match chunk {
        Chunk::Foreign { bytes, is_shared } => {
            assert_eq!((bytes.kept(), is_shared), ((bytes.len(), 1), false));
            bytes.to_vec()
        }
        Chunk::Bytes(bytes) => panic!("{bytes:?} was copied"),
    };
    chunks(server, id).into_iter().map(bytes_of).collect()
}

#[test]
fn what_is_more_than_half_of_an_input_is_not_copied_and_keeps_only_that() {
    let (mut server, [first, second]) = server();
    let input = [
        data(3, b"small"),
        data(1, &[7; 100]),
        data(3, b"tail"),
        vec![0],
    ]
    .concat();
    let total = input.len();
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&input));
    match &chunks(&mut server, first)[..] {
        [Chunk::Foreign { bytes, is_shared }] => {
            assert_eq!(bytes.to_vec(), [7; 100]);
            assert_eq!(bytes.kept(), (total, 1));
            assert!(!is_shared);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(alone(&mut server, second), [b"small", &b"tail"[..]]);
    assert_eq!(server.stats().heartbeats_received, 1);
    assert_eq!(server.stats().bytes_received, 6 + total as u64);
}

#[test]
fn two_halves_of_an_input_keep_their_own_memory() {
    let (mut server, [first, second]) = server();
    let input = [data(1, &[1; 50]), data(3, &[2; 50])].concat();
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&input));
    assert_eq!(alone(&mut server, first), [[1; 50]]);
    assert_eq!(alone(&mut server, second), [[2; 50]]);
}

/// As a peer sends what one stream alone writes.
#[test]
fn messages_of_a_stream_that_follow_each_other_are_read_as_one() {
    let (mut server, [first, _]) = server();
    let payloads = [vec![1; 65_535], vec![2; 65_535], vec![3; 10], vec![4; 900]];
    let input = payloads.each_ref().map(|payload| data(1, payload)).concat();
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&input));
    match &chunks(&mut server, first)[..] {
        [Chunk::Foreign { bytes, is_shared }] => {
            assert!(bytes.to_vec() == payloads.concat());
            assert_eq!(bytes.kept(), (input.len(), 1));
            assert!(!is_shared);
        }
        other => panic!("{} chunks", other.len()),
    }
    assert_eq!(server.stats().unread_bytes, 0);
}

#[test]
fn messages_with_anothers_between_them_are_read_as_one() {
    let (mut server, [first, second]) = server();
    let input = [data(1, &[1; 50]), data(3, &[2; 60]), data(1, &[3; 40])].concat();
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&input));
    assert_eq!(alone(&mut server, second), [[2; 60]]);
    let together = [[1; 50].as_slice(), &[3; 40]].concat();
    assert_eq!(input.len(), 162);
    match &chunks(&mut server, first)[..] {
        [Chunk::Foreign { bytes, .. }] => {
            assert_eq!(bytes.to_vec(), together);
            assert_eq!(bytes.kept(), (162, 1));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_to_half_of_an_input_in_parts_moves_out_of_it() {
    let (mut server, [first, _]) = server();
    let mut input = [data(1, &[1; 50]), data(1, &[3; 40])].concat();
    input.resize(180, 0);
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&input));
    let together = [[1; 50].as_slice(), &[3; 40]].concat();
    assert_eq!(alone(&mut server, first), [together]);
}

/// A write of 65,536 bytes is a byte longer than a message can be.
#[test]
fn the_rest_of_a_write_is_read_with_it() {
    let (mut server, [first, _]) = server();
    let input = [data(1, &[5; 65_535]), data(1, &[6])].concat();
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&input));
    let Poll::Ready(Ok(Some(chunk))) = server.read_chunk(first, 65_536) else {
        panic!("all of it is there");
    };
    let bytes = take_all(chunk);
    assert_eq!((bytes.len(), bytes[65_534], bytes[65_535]), (65_536, 5, 6));
    assert!(server.read_chunk(first, 1).is_pending());
}

#[test]
fn a_chunk_of_which_more_is_unread_says_so() {
    let (mut server, [first, _]) = server();
    server.handle_foreign_input(Instant::ZERO, Elsewhere::new(&data(1, b"abcdef")));
    let mut seen = Vec::new();
    for max in [1, 3, 9] {
        match server.read_chunk(first, max) {
            Poll::Ready(Ok(Some(Chunk::Foreign { bytes, is_shared }))) => {
                seen.push((bytes.to_vec(), is_shared));
            }
            other => panic!("{other:?}"),
        }
    }
    let expected = [(&b"a"[..], true), (b"bcd", true), (b"ef", false)];
    assert_eq!(
        seen,
        expected.map(|(bytes, is_shared)| (bytes.to_vec(), is_shared))
    );
}

/// The longest payload in the longest input that it is not copied from, and more behind it.
#[test]
fn a_byte_of_foreign_memory_that_is_left_unread_keeps_one_input() {
    const MOST: usize = 2 * 65_535;
    let (mut server, [first, second]) = server();
    let mut input = [data(1, &[7; 65_535]), data(3, &[8; 65_000])].concat();
    input.resize(MOST - 1, 0);
    let mut input = Elsewhere::new(&input);
    let witness = input.split_to(0);
    server.handle_foreign_input(Instant::ZERO, input);
    let mut buffer = vec![0; 65_534];
    assert_eq!(server.read(first, &mut buffer), Poll::Ready(Ok(65_534)));
    assert_eq!(chunks(&mut server, second).len(), 1);
    // This one and the one that the byte keeps.
    assert_eq!(witness.kept(), (MOST - 1, 2));
    // What comes later is another's.
    let mut later = Elsewhere::new(&data(1, &[9; 100]));
    let later_witness = later.split_to(0);
    server.handle_foreign_input(Instant::ZERO, later);
    assert_eq!(server.read(first, &mut [0]), Poll::Ready(Ok(1)));
    assert_eq!(witness.kept().1, 1);
    assert_eq!(later_witness.kept(), (104, 2));

    let longer = [data(1, &[7; 65_535]), vec![0; MOST - 65_539]].concat();
    let mut longer = Elsewhere::new(&longer);
    let witness = longer.split_to(0);
    server.handle_foreign_input(Instant::ZERO, longer);
    assert_eq!(witness.kept(), (MOST, 1));
}

#[test]
fn what_is_for_a_closed_stream_is_let_go() {
    let (mut server, [first, _]) = server();
    server.close_stream(first);
    let mut input = Elsewhere::new(&data(1, &[1; 100]));
    let witness = input.split_to(0);
    server.handle_foreign_input(Instant::ZERO, input);
    assert_eq!(witness.kept().1, 1);
}

/// Two streams, messages of all sizes, cut anywhere, read anyhow: both ways of giving the input come to the same.
#[test]
fn foreign_input_and_plain_input_come_to_the_same() {
    let mut random = Random::new(random::seed());
    for _ in 0..200 {
        let mut run = random.fork();
        compare(&mut run);
    }
}

fn compare(random: &mut Random) {
    let (mut foreign, ids) = server();
    let (mut plain, _) = server();
    let mut sent = [Vec::new(), Vec::new()];
    let mut wire = Vec::new();
    for at in 0..random.within(1..40) {
        let most = [1, 4, 80, 2_000][random.within(0..4)];
        let payload = vec![at as u8; random.within(1..most + 1)];
        let which = random.within(0..2);
        sent[which].extend_from_slice(&payload);
        wire.extend(data(2 * which as u8 + 1, &payload));
        if random.within(0..4) == 0 {
            wire.push(0);
        }
    }
    let mut received = [Vec::new(), Vec::new()];
    let mut rest = &wire[..];
    while !rest.is_empty() {
        let most = [1, 30, 300, 4_000][random.within(0..4)];
        let (piece, later) = rest.split_at(random.within(1..most + 1).min(rest.len()));
        rest = later;
        plain.handle_input(Instant::ZERO, piece);
        if random.within(0..4) == 0 {
            foreign.handle_input(Instant::ZERO, piece);
        } else {
            foreign.handle_foreign_input(Instant::ZERO, Elsewhere::new(piece));
        }
        assert_eq!(foreign.stats(), plain.stats());
        let which = random.within(0..2);
        read_both(
            random,
            [&mut foreign, &mut plain],
            ids[which],
            &mut received[which],
        );
        while let Some(output) = plain.poll_transmit() {
            assert_eq!(foreign.poll_transmit(), Some(output));
        }
        assert_eq!(foreign.poll_transmit(), None);
    }
    for (which, id) in ids.into_iter().enumerate() {
        while foreign.unread(id) > 0 {
            read_both(random, [&mut foreign, &mut plain], id, &mut received[which]);
        }
    }
    assert!(received == sent);
    assert_eq!(foreign.stats(), plain.stats());
}

/// Reads some of a stream from both, in one way or the other from the first.
fn read_both(
    random: &mut Random,
    [foreign, plain]: [&mut Connection<Elsewhere>; 2],
    id: StreamId,
    received: &mut Vec<u8>,
) {
    let max = random.within(1..5_000);
    let bytes = if random.within(0..2) == 0 {
        match foreign.read_chunk(id, max) {
            Poll::Ready(Ok(Some(chunk))) => take_all(chunk),
            _ => return,
        }
    } else {
        let mut buffer = vec![0; max];
        match foreign.read(id, &mut buffer) {
            Poll::Ready(Ok(len)) => buffer[..len].to_vec(),
            _ => return,
        }
    };
    let mut same = vec![0; bytes.len()];
    assert_eq!(plain.read(id, &mut same), Poll::Ready(Ok(bytes.len())));
    assert!(bytes == same);
    received.extend(bytes);
}
