//! What the user of a host waits for, and that it is told when the wait is over.

use strandmux::proto::{Event, Half};

use super::host::{Host, How};

/// Rounds after which a host that is left alone has settled.
const MAX_ROUNDS: usize = 100_000;

/// An operation that may wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Wait {
    /// There is none.
    #[default]
    No,
    /// It waits and has not been told anything.
    Waits,
    /// It was told to try again.
    Told,
}

impl Wait {
    fn tell(&mut self) {
        if *self == Self::Waits {
            *self = Self::Told;
        }
    }
}

/// The operations on a stream.
#[derive(Debug, Default)]
pub(super) struct Waits {
    pub(super) opened: Wait,
    pub(super) reading: Wait,
    pub(super) writing: Wait,
    /// How much the write that waits has.
    pub(super) write_size: usize,
    /// For the end of what is read, and of what is written.
    pub(super) ended: [Wait; 2],
}

impl Waits {
    fn all(&self) -> [Wait; 5] {
        let [read, write] = self.ended;
        [self.opened, self.reading, self.writing, read, write]
    }

    fn tell_all(&mut self) {
        let [read, write] = &mut self.ended;
        for wait in [
            &mut self.opened,
            &mut self.reading,
            &mut self.writing,
            read,
            write,
        ] {
            wait.tell();
        }
    }
}

impl Host {
    /// Takes events, and does what they are about.
    pub(super) fn events(&mut self, most: usize) {
        for _ in 0..most {
            let Some(event) = self.connection.poll_event() else {
                return;
            };
            self.on_event(event);
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::OpenAvailable => self.opening.tell(),
            Event::Incoming => self.accepting.tell(),
            Event::Opened(id) | Event::Readable(id) | Event::Writable(id) | Event::Ended(id) => {
                let Some(stream) = self.streams.get_mut(&id.value()) else {
                    panic!("{event:?} of no stream");
                };
                assert!(!stream.is_closed, "{event:?} of a closed stream");
                match event {
                    Event::Opened(_) => stream.waits.opened.tell(),
                    Event::Readable(_) => stream.waits.reading.tell(),
                    Event::Writable(_) => stream.waits.writing.tell(),
                    _ => stream.waits.ended.iter_mut().for_each(Wait::tell),
                }
            }
            Event::Closed => {
                assert!(self.connection.close_reason().is_some());
                self.opening.tell();
                self.accepting.tell();
                let streams = self.streams.values_mut();
                streams.for_each(|stream| stream.waits.tell_all());
            }
            other => panic!("{other:?} is news to this test"),
        }
    }

    /// Takes all events and lets what was told try again, until nothing is told. What has not been told has
    /// nothing to do either.
    pub(super) fn settle(&mut self) {
        for round in 0.. {
            assert!(round < MAX_ROUNDS, "it never settles");
            self.events(usize::MAX);
            let told_stream = self.streams.values().find_map(|stream| {
                let is_told = stream.waits.all().contains(&Wait::Told);
                is_told.then_some(stream.id.value())
            });
            if self.opening == Wait::Told {
                self.open();
            } else if self.accepting == Wait::Told {
                self.accept();
            } else if let Some(id) = told_stream {
                self.retry(id);
            } else {
                break;
            }
            self.check();
        }
        self.check_waiting();
    }

    fn retry(&mut self, id: u64) {
        let Some(stream) = self.streams.get(&id) else {
            return;
        };
        let Waits {
            opened,
            reading,
            writing,
            write_size,
            ended: [read_ended, write_ended],
        } = stream.waits;
        if opened == Wait::Told {
            self.poll_opened(id);
        }
        if reading == Wait::Told {
            self.read(id, 1_000, How::Copied);
        }
        if writing == Wait::Told {
            self.write(id, write_size);
        }
        if read_ended == Wait::Told {
            self.poll_ended(id, Half::Read);
        }
        if write_ended == Wait::Told {
            self.poll_ended(id, Half::Write);
        }
    }

    /// An operation that waits and has not been told anything would still wait.
    fn check_waiting(&mut self) {
        if self.opening == Wait::Waits {
            assert!(self.connection.open().is_pending(), "an open was not told");
        }
        if self.accepting == Wait::Waits {
            let accepted = self.connection.accept();
            assert!(accepted.is_pending(), "an accept was not told");
        }
        let ids: Vec<u64> = self.streams.keys().copied().collect();
        for id in ids {
            // To ask again on one stream may make room for another, which is told of it.
            self.events(usize::MAX);
            let stream = &self.streams[&id];
            let (id, waits) = (stream.id, &stream.waits);
            if waits.opened == Wait::Waits {
                let opened = self.connection.poll_opened(id);
                assert!(opened.is_pending(), "open {id} was not told");
            }
            if waits.reading == Wait::Waits {
                let read = self.connection.read(id, &mut [0]);
                assert!(
                    read.is_pending(),
                    "read {id} was not told: {read:?} {:?} {stream:?}",
                    self.connection.close_reason()
                );
            }
            if waits.writing == Wait::Waits && waits.write_size > 0 {
                let data = vec![0; waits.write_size];
                let written = self.connection.write(id, &data);
                assert!(written.is_pending(), "write {id} was not told");
            }
            for (half, wait) in [Half::Read, Half::Write].into_iter().zip(waits.ended) {
                if wait == Wait::Waits {
                    let ended = self.connection.poll_ended(id, half);
                    assert!(ended.is_pending(), "{half:?} end of {id} was not told");
                }
            }
        }
    }

    /// The connection has closed: nothing waits any longer, and nothing more leaves.
    pub(super) fn assert_ended(&mut self) {
        assert!(self.connection.close_reason().is_some());
        self.settle();
        assert_eq!([self.opening, self.accepting], [Wait::No; 2]);
        for stream in self.streams.values() {
            let all = stream.waits.all();
            assert_eq!(all, [Wait::No; 5], "{stream:?} still waits");
        }
    }
}
