//! Two connections, the links between them, and time.

use std::time::Duration;

use strandmux::proto::Connection;
use strandmux::{Config, Instant, MAX_DATA_MESSAGE, Role};

use super::link::{Link, LinkConfig};
use super::plan::Plan;
use super::user::User;
use crate::audit::Audit;
use crate::random::Random;
use crate::wire::{Message, Part};

/// The client's place in pairs of things.
pub const CLIENT: usize = 0;
/// The server's place in pairs of things.
pub const SERVER: usize = 1;

/// Rounds at one point of time after which something must be wrong.
const MAX_ROUNDS: usize = 1_000_000;

/// One end.
#[derive(Debug)]
pub struct End {
    /// The connection under test.
    pub connection: Connection,
    /// Its bookkeeper.
    pub audit: Audit,
    /// Its user.
    pub user: User,
    /// When heartbeats left.
    pub heartbeats: Vec<Instant>,
    /// The most bytes that were written and had not left.
    pub most_unsent: usize,
    /// The most bytes that all its receive windows came to.
    pub largest_window: u64,
    /// If its timers only go off at multiples of this, as in a hidden browser tab.
    pub timers_every: Option<Duration>,
    /// All bytes that left.
    pub bytes_out: usize,
    output_bound: usize,
}

impl End {
    fn new(role: Role, config: Config, plan: &Plan) -> Self {
        let audit = Audit::new(role, config.stream_receive_window)
            .with_growth(config.max_stream_receive_window);
        let output_bound = config.write_buffer_count.max(1) * MAX_DATA_MESSAGE;
        Self {
            connection: Connection::new(role, config, Instant::ZERO),
            audit,
            user: User::new(role, plan),
            heartbeats: Vec::new(),
            most_unsent: 0,
            largest_window: 0,
            timers_every: None,
            bytes_out: 0,
            output_bound,
        }
    }

    /// Calls its user, with the connection and the bookkeeper.
    pub fn with_user(&mut self, f: impl FnOnce(&mut User, &mut Connection, &mut Audit)) {
        f(&mut self.user, &mut self.connection, &mut self.audit);
    }

    /// Closes all streams in use.
    pub fn close_streams(&mut self) {
        self.user.close_all(&mut self.connection, &mut self.audit);
    }

    /// When it wants to be called next.
    fn next(&self) -> Option<Instant> {
        let at = self.connection.poll_timeout()?;
        Some(match self.timers_every {
            Some(every) => {
                let every = every.as_micros() as u64;
                Instant::from_micros(at.as_micros().div_ceil(every) * every)
            }
            None => at,
        })
    }

    /// Takes what has arrived, sends what there is room for and tells the user.
    fn run(&mut self, now: Instant, incoming: &mut Link, outgoing: &mut Link) {
        let is_awake = incoming.has_arrived(now) || self.next().is_some_and(|at| at <= now);
        if self.timers_every.is_some() && !is_awake {
            return outgoing.depart(now);
        }
        self.user.now = now;
        while let Some(chunk) = incoming.receive(now) {
            self.audit.on_received(&chunk);
            self.connection.handle_input(now, &chunk);
        }
        self.connection.handle_timeout(now);
        outgoing.depart(now);
        loop {
            self.most_unsent = self.most_unsent.max(self.audit.unsent());
            let window = self.connection.stats().receive_window;
            self.largest_window = self.largest_window.max(window);
            while outgoing.has_room()
                && let Some(bytes) = self.connection.poll_transmit()
            {
                self.bytes_out += bytes.len();
                let parts = self.audit.on_sent(&bytes);
                let heartbeat = Part::Message(Message::Heartbeat);
                let heartbeats = parts.iter().filter(|part| **part == heartbeat);
                self.heartbeats.extend(heartbeats.map(|_| now));
                outgoing.send(now, &bytes);
                outgoing.depart(now);
            }
            let Some(event) = self.connection.poll_event() else {
                break;
            };
            self.user
                .on_event(event, &mut self.connection, &mut self.audit);
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = self.audit.faults().to_vec();
        faults.extend(self.user.faults.iter().cloned());
        if self.most_unsent > self.output_bound {
            faults.push(format!("{} bytes waited to leave", self.most_unsent));
        }
        faults
    }
}

/// A simulation.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: Instant,
    /// The client and the server.
    pub ends: [End; 2],
    /// From the client to the server, and back.
    pub links: [Link; 2],
}

impl World {
    /// Two ends that are about to do as planned.
    pub fn new(plan: &Plan, configs: [Config; 2], links: [LinkConfig; 2]) -> Self {
        let [client, server] = configs;
        let mut random = Random::new(plan.seed);
        Self {
            now: Instant::ZERO,
            ends: [
                End::new(Role::Client, client, plan),
                End::new(Role::Server, server, plan),
            ],
            links: links.map(|link| Link::new(link, random.fork())),
        }
    }

    /// Two ends with the same configuration, and the same link both ways.
    pub fn symmetric(plan: &Plan, config: &Config, link: &LinkConfig) -> Self {
        let both = [(); 2];
        Self::new(
            plan,
            both.map(|()| config.clone()),
            both.map(|()| link.clone()),
        )
    }

    /// Runs for `time`.
    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        self.run(end, |_| false);
        self.now = end;
    }

    /// Runs until both users are idle and nothing is under way, for `limit` at most.
    ///
    /// # Panics
    ///
    /// If it takes longer.
    pub fn run_to_end(&mut self, limit: Duration) {
        let is_over = |world: &Self| {
            let is_idle = |end: &End| end.user.is_idle() && !end.connection.has_output();
            world.ends.iter().all(is_idle) && world.links.iter().all(Link::is_empty)
        };
        let is_in_time = self.run(self.now + limit, is_over);
        self.assert_sound();
        assert!(
            is_in_time,
            "not over at {:?}: {:#?}",
            self.now,
            self.users()
        );
    }

    /// Runs until `is_over` or time has come to `end`; whether it was the former.
    pub fn run(&mut self, end: Instant, is_over: impl Fn(&Self) -> bool) -> bool {
        for end in &mut self.ends {
            end.with_user(User::start);
        }
        let mut rounds = 0;
        loop {
            let [client, server] = &mut self.ends;
            let [there, back] = &mut self.links;
            client.run(self.now, back, there);
            server.run(self.now, there, back);
            if is_over(self) {
                return true;
            }
            let Some(next) = self.next().filter(|next| *next <= end) else {
                return false;
            };
            rounds = if next > self.now { 0 } else { rounds + 1 };
            assert!(rounds < MAX_ROUNDS, "time stands still at {:?}", self.now);
            self.now = self.now.max(next);
        }
    }

    fn next(&self) -> Option<Instant> {
        let links = self.links.iter().filter_map(Link::next);
        let timeouts = self.ends.iter().filter_map(End::next);
        links.chain(timeouts).min()
    }

    /// Asserts that nothing has gone wrong so far.
    ///
    /// # Panics
    ///
    /// If something has.
    pub fn assert_sound(&self) {
        for end in &self.ends {
            let faults = end.faults();
            let role = end.connection.role();
            assert!(faults.is_empty(), "{role:?} at {:?}: {faults:#?}", self.now);
        }
    }

    /// Asserts that everything planned was done and nothing is left over.
    ///
    /// # Panics
    ///
    /// If something is.
    pub fn assert_finished(&mut self) {
        for end in &mut self.ends {
            end.audit.check_quiet();
            assert_eq!(end.connection.close_reason(), None);
            assert_eq!(end.connection.stream_count(), 0, "{:?}", end.user);
            assert_eq!(end.user.rejected, 0);
        }
        self.assert_sound();
        let finished = [CLIENT, SERVER].map(|at| self.ends[at].user.finished);
        assert_eq!(finished[CLIENT], finished[SERVER]);
    }

    fn users(&self) -> [&User; 2] {
        [&self.ends[CLIENT].user, &self.ends[SERVER].user]
    }
}
