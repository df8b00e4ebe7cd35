//! The carrier dies at every byte of a session, under the handles.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use futures_util::future::{join, join_all};
use strandmux::carrier::memory::{self, MemoryCarrier};
use strandmux::tokio::TokioTimer;
use strandmux::{
    Carrier, CarrierError, CloseInfo, CloseReason, Config, Error, Multiplexer, ReadHalf, Role,
    Stream, WriteHalf,
};

use super::session::{WORDS, arrived, cut};

/// Where a carrier dies, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    Never,
    /// After this much input, as if the peer had gone.
    EndOfInput(usize),
    /// After this much input.
    Input(usize),
    /// After this much output.
    Output(usize),
}

/// A carrier in memory that dies, and that tells what came through before.
#[derive(Debug)]
struct Mortal {
    inner: MemoryCarrier,
    death: Death,
    received: Arc<Mutex<Vec<u8>>>,
    sent: usize,
}

impl Mortal {
    fn new(inner: MemoryCarrier, death: Death) -> (Self, Arc<Mutex<Vec<u8>>>) {
        let received = Arc::default();
        let mortal = Self {
            inner,
            death,
            received: Arc::clone(&received),
            sent: 0,
        };
        (mortal, received)
    }
}

impl Carrier for Mortal {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<&[u8]>, CarrierError>> {
        let mut received = self.received.lock().expect("nobody panicked");
        let left = match self.death {
            Death::EndOfInput(at) | Death::Input(at) => at - received.len(),
            Death::Never | Death::Output(_) => usize::MAX,
        };
        if left == 0 {
            let is_end = matches!(self.death, Death::EndOfInput(_));
            return Poll::Ready(if is_end { Ok(None) } else { Err(cut()) });
        }
        let Some(chunk) = ready!(self.inner.poll_receive(cx))? else {
            return Poll::Ready(Ok(None));
        };
        let arrived = &chunk[..chunk.len().min(left)];
        received.extend_from_slice(arrived);
        Poll::Ready(Ok(Some(arrived)))
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        self.inner.poll_ready(cx)
    }

    fn send(&mut self, output: Vec<u8>) -> Result<(), CarrierError> {
        if let Death::Output(at) = self.death
            && self.sent + output.len() > at
        {
            let last = output[..at - self.sent].to_vec();
            self.sent = at;
            self.inner.send(last)?;
            return Err(cut());
        }
        self.sent += output.len();
        self.inner.send(output)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CarrierError>> {
        self.inner.poll_flush(cx)
    }

    fn poll_close(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<Result<(), CarrierError>> {
        self.inner.poll_close(cx, reason)
    }
}

/// What a user has had of a stream.
#[derive(Debug)]
struct Had {
    id: u64,
    data: Vec<u8>,
    end: Result<(), Error>,
}

/// How one end fared.
struct Outcome {
    reason: CloseReason,
    /// Of each stream; and why there were no more, as often as somebody asked for one.
    had: Vec<Result<Had, Error>>,
    received: Vec<u8>,
}

/// Says `words` and listens meanwhile.
async fn say(stream: Stream, words: &str) -> Had {
    let id = stream.id();
    let (read, mut write) = stream.into_split();
    let saying = async {
        // What cannot be written shows in what can be read.
        let _ = write.write_all(words.as_bytes()).await;
        write.close_write();
    };
    let ((), (data, end)) = join(saying, listen(read, None)).await;
    Had { id, data, end }
}

/// Says everything back that is heard.
async fn echo(stream: Stream) -> Had {
    let id = stream.id();
    let (read, mut write) = stream.into_split();
    let (data, end) = listen(read, Some(&mut write)).await;
    write.close_write();
    Had { id, data, end }
}

/// Reads to the end, and writes it to `back`.
async fn listen(
    mut read: ReadHalf,
    mut back: Option<&mut WriteHalf>,
) -> (Vec<u8>, Result<(), Error>) {
    let mut data = Vec::new();
    let mut buffer = [0; 100];
    loop {
        let heard = match read.read(&mut buffer).await {
            Ok(0) => return (data, Ok(())),
            Ok(len) => &buffer[..len],
            Err(error) => return (data, Err(error)),
        };
        data.extend_from_slice(heard);
        if let Some(write) = &mut back {
            let _ = write.write_all(heard).await;
        }
    }
}

async fn use_client(mux: Multiplexer) -> Vec<Result<Had, Error>> {
    let talks = WORDS.map(|words| {
        let open = mux.open();
        async move { Ok(say(open.await?, words).await) }
    });
    join_all(talks).await
}

async fn use_server(mux: Multiplexer) -> Vec<Result<Had, Error>> {
    let mut talks = Vec::new();
    let end = loop {
        match mux.accept().await {
            Ok(stream) => talks.push(tokio::spawn(echo(stream))),
            Err(error) => break error,
        }
    };
    let mut had = Vec::new();
    for talk in talks {
        had.push(Ok(talk.await.expect("no panic")));
    }
    had.push(Err(end));
    had
}

/// A session of which the carrier of one end dies: how the client fared, and the server.
async fn session(mortal: Role, death: Death) -> [Outcome; 2] {
    let (here, there) = memory::pair();
    let of = |role| if role == mortal { death } else { Death::Never };
    let closes = death == Death::Never;
    let server = tokio::spawn(end(Role::Server, there, of(Role::Server), false));
    let client = end(Role::Client, here, of(Role::Client), closes).await;
    [client, server.await.expect("no panic")]
}

/// One end, until all is over; `closes` when it has said everything.
async fn end(role: Role, carrier: MemoryCarrier, death: Death, closes: bool) -> Outcome {
    let mut config = Config::default();
    // So that the session has increments and several messages a stream.
    config.stream_receive_window = 16;
    let (carrier, received) = Mortal::new(carrier, death);
    let (mux, driver) = Multiplexer::new(carrier, TokioTimer::new(), role, config);
    let driver = tokio::spawn(driver);
    let had = match role {
        Role::Client => use_client(mux.clone()).await,
        Role::Server => use_server(mux.clone()).await,
    };
    if closes {
        mux.close().await;
    }
    let reason = mux.closed().await;
    assert_eq!(driver.await.expect("no panic"), reason);
    let received = received.lock().expect("nobody panicked").clone();
    Outcome {
        reason,
        had,
        received,
    }
}

/// Everybody has had what arrived, whole or not, and has heard why there is no more.
fn assert_honest(outcome: &Outcome, is_cut: bool, how: &str) {
    let (streams, is_at_boundary) = arrived(&outcome.received);
    let reason = if is_cut {
        CloseReason::Carrier(cut())
    } else if is_at_boundary {
        CloseReason::Remote(CloseInfo::default())
    } else {
        CloseReason::TruncatedMessage
    };
    assert_eq!(outcome.reason, reason, "{how}");
    let closed = Error::MultiplexerClosed(reason);
    for had in &outcome.had {
        let Ok(had) = had else {
            assert_eq!(had.as_ref().err(), Some(&closed), "{how}");
            continue;
        };
        let (data, has_ended) = streams.get(&had.id).cloned().unwrap_or_default();
        assert_eq!(had.data, data, "{how}: stream {}", had.id);
        let end = if has_ended {
            Ok(())
        } else {
            Err(closed.clone())
        };
        assert_eq!(had.end, end, "{how}: stream {}", had.id);
    }
}

#[tokio::test(start_paused = true)]
async fn the_carrier_may_die_at_every_byte_under_the_handles() {
    let whole = session(Role::Client, Death::Never).await;
    let said: Vec<_> = whole[0]
        .had
        .iter()
        .flatten()
        .map(|had| &had.data[..])
        .collect();
    assert_eq!(said, WORDS.map(str::as_bytes));
    let [to_client, to_server] = whole.map(|outcome| outcome.received.len());
    assert!(to_client > 100 && to_server > 100);

    for mortal in [Role::Client, Role::Server] {
        let (input, output) = match mortal {
            Role::Client => (to_client, to_server),
            Role::Server => (to_server, to_client),
        };
        let deaths = (0..=input)
            .flat_map(|at| [Death::EndOfInput(at), Death::Input(at)])
            .chain((0..=output).map(Death::Output));
        for death in deaths {
            let how = format!("{mortal:?}, {death:?}");
            let [client, server] = session(mortal, death).await;
            assert_eq!(client.had.len(), WORDS.len(), "{how}");
            let is_cut = |role| role == mortal && !matches!(death, Death::EndOfInput(_));
            assert_honest(&client, is_cut(Role::Client), &format!("client of {how}"));
            assert_honest(&server, is_cut(Role::Server), &format!("server of {how}"));
        }
    }
}
