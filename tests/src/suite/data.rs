//! Data to send, and to recognise when it arrives.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use strandmux::{Error, ReadHalf, WriteHalf};

use crate::random::Random;

/// The bytes that a seed stands for, without end.
#[derive(Debug)]
pub(super) struct Data {
    random: Random,
    /// What was drawn and not taken.
    rest: Vec<u8>,
}

impl Data {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            rest: Vec::new(),
        }
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Vec<u8> {
        while self.rest.len() < len {
            self.rest.extend(self.random.next_u64().to_le_bytes());
        }
        let later = self.rest.split_off(len);
        std::mem::replace(&mut self.rest, later)
    }
}

/// Writes `len` bytes of the seed's data in pieces of all sizes, and half-closes.
pub(super) async fn send(mut stream: WriteHalf, seed: u64, len: usize) -> Result<(), Error> {
    let mut data = Data::new(seed);
    let mut sizes = Random::new(seed);
    let mut left = len;
    while left > 0 {
        let most = [10, 1_000, 40_000, 300_000][sizes.within(0..4)];
        let piece = data.take(left.min(1 + sizes.within(0..most)));
        left -= piece.len();
        stream.write_all(&piece).await?;
    }
    stream.close_write();
    Ok(())
}

/// Reads to the end in pieces of all sizes and checks that it is the seed's data. How much it was.
pub(super) async fn check(stream: &mut ReadHalf, seed: u64) -> usize {
    let mut data = Data::new(seed);
    let mut sizes = Random::new(!seed);
    let mut total = 0;
    loop {
        let most = [10, 1_000, 40_000, 300_000][sizes.within(0..4)];
        let mut buffer = vec![0; 1 + sizes.within(0..most)];
        let len = stream.read(&mut buffer).await.expect("readable");
        if len == 0 {
            return total;
        }
        total += len;
        assert!(
            buffer[..len] == data.take(len),
            "wrong bytes before {total}"
        );
    }
}

/// Reads to the end.
pub(super) async fn read_all(stream: &mut ReadHalf) -> Vec<u8> {
    let mut all = Vec::new();
    let mut buffer = [0; 5_000];
    loop {
        match stream.read(&mut buffer).await.expect("readable") {
            0 => return all,
            len => all.extend_from_slice(&buffer[..len]),
        }
    }
}

/// Polls a future once.
pub(super) async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx))).await
}
