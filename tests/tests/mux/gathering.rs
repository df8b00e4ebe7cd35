//! Small writes share a piece if the carrier lets others go first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use strandmux::tokio::TokioTimer;
use strandmux::{Carrier, CarrierError, CloseReason, Config, Multiplexer, Role, Stream};

/// A carrier that keeps what is sent, and gathers for as long as a test wants.
struct Patient {
    input: VecDeque<Vec<u8>>,
    current: Vec<u8>,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
    gate: Arc<Mutex<Gate>>,
}

#[derive(Default)]
struct Gate {
    gathers: bool,
    waker: Option<Waker>,
    /// The bytes that it was asked for.
    asked: Vec<usize>,
}

impl Carrier for Patient {
    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        match self.input.pop_front() {
            Some(input) => {
                self.current = input;
                Poll::Ready(Ok(Some(&self.current)))
            }
            None => Poll::Pending,
        }
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        Poll::Ready(Ok(()))
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        self.sent.lock().expect("no panic").push(output);
        Ok(())
    }

    fn poll_gathered(&mut self, cx: &mut Context<'_>, bytes: usize) -> Poll<()> {
        let mut gate = self.gate.lock().expect("no panic");
        gate.asked.push(bytes);
        gate.waker = Some(cx.waker().clone());
        if gate.gathers {
            return Poll::Pending;
        }
        Poll::Ready(())
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

type Sent = Arc<Mutex<Vec<Vec<u8>>>>;

/// A stream with an ample window over a carrier that gathers from now on or not, and what is sent from now on.
struct Fixture {
    stream: Stream,
    sent: Sent,
    gate: Arc<Mutex<Gate>>,
    mux: Multiplexer,
}

impl Fixture {
    async fn new(gathers: bool) -> Self {
        let (sent, gate) = (Sent::default(), Arc::new(Mutex::new(Gate::default())));
        let carrier = Patient {
            input: [vec![1, 2, 0x80, 0x80, 0x80, 1]].into(),
            current: Vec::new(),
            sent: sent.clone(),
            gate: gate.clone(),
        };
        let (mux, driver) =
            Multiplexer::new(carrier, TokioTimer::new(), Role::Client, Config::default());
        tokio::spawn(driver);
        let stream = mux.accept().await.expect("one was opened");
        turns(5).await;
        assert_eq!(take(&sent), [[2, 2, 0xff, 0xff, 3]]);
        *gate.lock().expect("no panic") = Gate {
            gathers,
            ..Gate::default()
        };
        Self {
            stream,
            sent,
            gate,
            mux,
        }
    }

    async fn write(&mut self, data: &[u8]) {
        self.stream.write_all(data).await.expect("room");
        turns(5).await;
    }

    /// The carrier has gathered for long enough.
    async fn gathered(&self) {
        let waker = {
            let mut gate = self.gate.lock().expect("no panic");
            gate.gathers = false;
            gate.waker.take()
        };
        waker.expect("the carrier was asked").wake();
        turns(5).await;
    }

    fn asked(&self) -> Vec<usize> {
        std::mem::take(&mut self.gate.lock().expect("no panic").asked)
    }
}

async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

fn take(sent: &Sent) -> Vec<Vec<u8>> {
    std::mem::take(&mut *sent.lock().expect("no panic"))
}

fn lens(sent: &Sent) -> Vec<usize> {
    take(sent).iter().map(Vec::len).collect()
}

#[tokio::test(start_paused = true)]
async fn writes_share_a_piece_until_the_carrier_has_gathered() {
    let mut fixture = Fixture::new(true).await;
    for byte in b"abcdef" {
        fixture.write(&[*byte]).await;
    }
    assert_eq!(take(&fixture.sent), Vec::<Vec<u8>>::new());
    // The driver sleeps meanwhile, whatever is written.
    assert_eq!(fixture.asked(), [5]);
    fixture.gathered().await;
    assert_eq!(fixture.asked(), [30]);
    let messages: Vec<u8> = b"abcdef"
        .iter()
        .flat_map(|byte| [3, 2, 0, 1, *byte])
        .collect();
    assert_eq!(take(&fixture.sent), [messages]);
}

#[tokio::test(start_paused = true)]
async fn a_carrier_that_does_not_gather_sends_at_once() {
    let mut fixture = Fixture::new(false).await;
    for byte in b"ab" {
        fixture.write(&[*byte]).await;
    }
    let sent = take(&fixture.sent);
    assert_eq!(sent, [[3, 2, 0, 1, b'a'], [3, 2, 0, 1, b'b']]);
}

#[tokio::test(start_paused = true)]
async fn a_whole_piece_does_not_wait() {
    let mut fixture = Fixture::new(true).await;
    fixture.write(&[7; 100_000]).await;
    // Pieces are of this size until the carrier has taken many.
    assert_eq!(lens(&fixture.sent), [16_384; 6]);
    // The rest does, and shares a piece with what is written next. Each message has a header.
    fixture.write(&[8; 50]).await;
    assert_eq!(lens(&fixture.sent), Vec::<usize>::new());
    fixture.gathered().await;
    let rest = 100_000 + 7 * 4 - 6 * 16_384 + 4 + 50;
    assert_eq!(lens(&fixture.sent), [rest]);
}

#[tokio::test(start_paused = true)]
async fn what_becomes_a_whole_piece_waits_no_longer() {
    let mut fixture = Fixture::new(true).await;
    fixture.write(b"a").await;
    assert_eq!(lens(&fixture.sent), Vec::<usize>::new());
    fixture.write(&[7; 20_000]).await;
    assert_eq!(lens(&fixture.sent), [16_384]);
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait() {
    let mut fixture = Fixture::new(true).await;
    fixture.write(b"a").await;
    assert_eq!(take(&fixture.sent), Vec::<Vec<u8>>::new());
    fixture.mux.close().await;
    assert_eq!(take(&fixture.sent), [[3, 2, 0, 1, b'a']]);
}
