//! Two ends whose users do anything, over a carrier that delays, cuts and dies. What is written on a stream
//! is what is read on it.

use std::collections::VecDeque;

use strandmux::{CloseInfo, CloseReason, Role};

use super::host::{Host, How};
use super::source::Source;

/// Rounds after which two ends that are left alone have settled.
const MAX_ROUNDS: usize = 100_000;

/// Two ends and what is between them.
struct Pair {
    /// The client and the server.
    hosts: [Host; 2],
    /// To the client and to the server.
    pipes: [VecDeque<u8>; 2],
    /// Whether something on the way was lost.
    is_cut: bool,
}

/// Runs two ends with decisions from `bytes`.
///
/// # Panics
///
/// If one of them breaks a rule towards the other, a read gives something else than was written, something
/// is lost without the carrier's doing, or an operation waits that need not.
pub fn pair(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let mut pair = Pair::new(&mut source);
    while !source.is_empty() {
        let at = source.below(2);
        match source.byte() % 8 {
            0..=2 => pair.hosts[at].act(&mut source),
            3 => pair.hosts[at].settle(),
            4 => {
                if let Some(piece) = pair.hosts[at].transmit() {
                    pair.pipes[1 - at].extend(piece);
                }
            }
            5 | 6 => {
                let len = source.size();
                let how = source.how();
                pair.deliver(at, len, how);
            }
            _ => pair.unlikely(at, &mut source),
        }
    }
    pair.finish();
}

impl Pair {
    fn new(source: &mut Source<'_>) -> Self {
        let hosts = [Role::Client, Role::Server].map(|role| {
            let config = source.config();
            Host::new(role, config, true)
        });
        Self {
            hosts,
            pipes: Default::default(),
            is_cut: false,
        }
    }

    /// Lets some of what is on the way to an end arrive.
    fn deliver(&mut self, at: usize, len: usize, how: How) {
        let len = len.min(self.pipes[at].len());
        let arrived: Vec<u8> = self.pipes[at].drain(..len).collect();
        self.hosts[at].receive(&arrived, how);
    }

    fn unlikely(&mut self, at: usize, source: &mut Source<'_>) {
        match source.byte() {
            // The carrier's end, with the loss of some of what was on its way.
            0 => {
                let len = source.size();
                self.deliver(at, len, How::Copied);
                self.is_cut = true;
                self.pipes[at].clear();
                let info = CloseInfo::new(1_001, "going away");
                self.hosts[at].connection.handle_close(info);
                self.hosts[at].assert_ended();
            }
            1 => {
                self.is_cut = true;
                self.pipes[at].clear();
                self.hosts[at].fail();
                self.hosts[at].assert_ended();
            }
            2..8 => self.hosts[at].close(source),
            8..32 => {
                let time = self.hosts[at].until_timeout();
                self.hosts.iter_mut().for_each(|host| host.advance(time));
            }
            32..128 => {
                let time = source.time();
                self.hosts.iter_mut().for_each(|host| host.advance(time));
            }
            byte => self.deliver(at, usize::from(byte), How::Copied),
        }
    }

    /// Lets everything arrive and everything be read, and looks at what came of it.
    fn finish(&mut self) {
        self.exchange();
        for host in &self.hosts {
            let reason = host.connection.close_reason();
            let is_fault = matches!(reason, Some(CloseReason::Violation(_)));
            assert!(!is_fault, "{reason:?}");
        }
        self.check_all_arrived();
        for at in [0, 1] {
            // What the carrier still takes of a close arrives ahead of its end.
            self.hosts[at].connection.close();
            self.exchange();
            self.hosts[1 - at].connection.handle_end();
        }
        self.check_no_more_than_written();
        self.hosts.iter_mut().for_each(Host::assert_ended);
    }

    /// Lets everything arrive, and reads it.
    fn exchange(&mut self) {
        for round in 0.. {
            assert!(round < MAX_ROUNDS, "the two never come to rest");
            let mut is_at_rest = true;
            for at in [0, 1] {
                self.hosts[at].settle();
                while let Some(piece) = self.hosts[at].transmit() {
                    self.pipes[1 - at].extend(piece);
                    is_at_rest = false;
                }
                is_at_rest &= self.pipes[at].is_empty();
                self.deliver(at, usize::MAX, How::AsItLies);
                is_at_rest &= !self.read_all(at);
            }
            if is_at_rest {
                return;
            }
        }
    }

    /// Reads what there is; whether there was something.
    fn read_all(&mut self, at: usize) -> bool {
        let host = &mut self.hosts[at];
        let ids: Vec<u64> = host.streams.keys().copied().collect();
        let mut has_read = false;
        for id in ids {
            while host
                .streams
                .get(&id)
                .is_some_and(|stream| !stream.is_closed && host.connection.unread(stream.id) > 0)
            {
                let before = host.streams[&id].read;
                host.read(id, 100_000, How::AsItLies);
                if host.streams[&id].read == before {
                    // Its deadline has passed.
                    break;
                }
                has_read = true;
            }
        }
        has_read
    }

    /// What was written on streams that both ends have has arrived, even if the end that wrote it has closed the
    /// connection since, unless the carrier lost it or did not take it in time.
    fn check_all_arrived(&self) {
        for [here, there] in [[0, 1], [1, 0]] {
            let [here, there] = [&self.hosts[here], &self.hosts[there]];
            let is_received = there.connection.close_reason().is_none();
            if self.is_cut || !here.keeps_sending() || !is_received {
                continue;
            }
            assert!(!here.connection.has_output());
            for (id, sender) in &here.streams {
                let Some(receiver) = there.streams.get(id).filter(|s| !s.is_closed) else {
                    continue;
                };
                let unread = there.connection.unread(receiver.id);
                assert_eq!(receiver.read + unread, sender.written, "stream {id}");
            }
        }
    }

    /// No more was read than was written, and an end only where there was one.
    fn check_no_more_than_written(&mut self) {
        for at in [0, 1] {
            let other = &self.hosts[1 - at];
            for (id, receiver) in &self.hosts[at].streams {
                let Some(sender) = other.streams.get(id) else {
                    assert_eq!(receiver.read, 0, "stream {id} was never accepted");
                    continue;
                };
                assert!(receiver.read <= sender.written, "stream {id}");
                if receiver.is_end_read {
                    assert!(sender.is_write_ended, "stream {id} ended by itself");
                    assert_eq!(receiver.read, sender.written, "stream {id}");
                }
            }
        }
    }
}
