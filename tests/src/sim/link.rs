//! One direction of a carrier in virtual time.

use std::collections::VecDeque;
use std::time::Duration;

use strandmux::Instant;

use crate::random::Random;

/// What a link is like.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// From the moment a byte leaves to the moment it arrives.
    pub latency: Duration,
    /// Bytes a second that leave; `None` for any number.
    pub rate: Option<u64>,
    /// A piece is taken when no more than this many bytes wait to leave: a socket's send buffer.
    pub buffer: usize,
    /// The longest chunk that arrives in one piece.
    pub max_chunk: usize,
}

impl Default for LinkConfig {
    /// A link that is there and back at once.
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            rate: None,
            buffer: 0,
            max_chunk: usize::MAX,
        }
    }
}

/// Bytes on their way from one end to the other.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    random: Random,
    /// When what was taken will have left, a chunk at a time.
    departures: VecDeque<(Instant, usize)>,
    /// Bytes that wait to leave.
    waiting: usize,
    arrivals: VecDeque<(Instant, Vec<u8>)>,
    is_dead: bool,
}

impl Link {
    pub(super) fn new(config: LinkConfig, random: Random) -> Self {
        Self {
            config,
            random,
            departures: VecDeque::new(),
            waiting: 0,
            arrivals: VecDeque::new(),
            is_dead: false,
        }
    }

    /// From now on it swallows what it takes, and what is on its way.
    pub fn cut(&mut self) {
        self.is_dead = true;
        self.arrivals.clear();
    }

    /// Whether it takes another piece.
    pub(super) fn has_room(&self) -> bool {
        self.waiting <= self.config.buffer
    }

    pub(super) fn is_empty(&self) -> bool {
        self.departures.is_empty() && self.arrivals.is_empty()
    }

    pub(super) fn send(&mut self, now: Instant, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let most = self.config.max_chunk.min(rest.len());
            let len = 1 + self.random.within(0..most);
            let (chunk, later) = rest.split_at(len);
            let starts = self.departures.back().map_or(now, |(at, _)| *at);
            let departs = starts + self.time_for(len);
            self.departures.push_back((departs, len));
            self.waiting += len;
            if !self.is_dead {
                let arrives = departs + self.config.latency;
                self.arrivals.push_back((arrives, chunk.to_vec()));
            }
            rest = later;
        }
    }

    fn time_for(&self, len: usize) -> Duration {
        match self.config.rate {
            Some(rate) => Duration::from_micros((len as u64 * 1_000_000).div_ceil(rate)),
            None => Duration::ZERO,
        }
    }

    /// Lets go what has left by now.
    pub(super) fn depart(&mut self, now: Instant) {
        while let Some(len) = pop_due(&mut self.departures, now) {
            self.waiting -= len;
        }
    }

    /// Whether a chunk has arrived by now.
    pub(super) fn has_arrived(&self, now: Instant) -> bool {
        self.arrivals.front().is_some_and(|(at, _)| *at <= now)
    }

    /// The next chunk that has arrived by now.
    pub(super) fn receive(&mut self, now: Instant) -> Option<Vec<u8>> {
        pop_due(&mut self.arrivals, now)
    }

    /// When it changes next.
    pub(super) fn next(&self) -> Option<Instant> {
        let departure = self.departures.front().map(|(at, _)| *at);
        let arrival = self.arrivals.front().map(|(at, _)| *at);
        [departure, arrival].into_iter().flatten().min()
    }
}

fn pop_due<T>(queue: &mut VecDeque<(Instant, T)>, now: Instant) -> Option<T> {
    let is_due = queue.front().is_some_and(|(at, _)| *at <= now);
    let (_, due) = is_due.then(|| queue.pop_front()).flatten()?;
    Some(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_their_time_and_keep_their_order() {
        let config = LinkConfig {
            latency: Duration::from_millis(20),
            rate: Some(1_000),
            buffer: 50,
            max_chunk: 7,
        };
        let mut link = Link::new(config, Random::new(1));
        let sent: Vec<u8> = (0..100).collect();
        link.send(Instant::ZERO, &sent);
        assert!(!link.has_room());
        let mut received = Vec::new();
        while let Some(now) = link.next() {
            link.depart(now);
            assert_eq!(link.has_room(), now >= Instant::from_millis(50));
            while let Some(chunk) = link.receive(now) {
                assert!(chunk.len() <= 7);
                received.extend(chunk);
                let due = Duration::from_millis(received.len() as u64 + 20);
                assert_eq!(now, Instant::ZERO + due);
            }
        }
        assert_eq!(received, sent);
    }
}
