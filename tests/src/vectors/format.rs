//! The form of the recordings: sections 3 and 4 of `vectors/README.md`. Fields that inform people are left
//! out.

use std::time::Duration;

use serde::Deserialize;
use strandmux::{Config, Role};

use super::blob::{Blob, Integer};

/// A scripted session.
#[derive(Debug, Clone, Deserialize)]
pub struct Transcript {
    /// The file's name without its ending.
    pub name: String,
    pub(super) role: Side,
    pub(super) config: Settings,
    pub(super) first_outbound_id: Option<Integer>,
    #[serde(default)]
    steps: Vec<Step>,
    r#final: Option<Final>,
    #[serde(default)]
    alternatives: Vec<Course>,
}

/// One way that a session may go.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Course {
    pub(super) steps: Vec<Step>,
    pub(super) r#final: Option<Final>,
}

impl Transcript {
    /// The length of every input.
    pub(super) fn inputs(&self) -> impl Iterator<Item = usize> {
        let alternatives = self.alternatives.iter().flat_map(|course| &course.steps);
        self.steps.iter().chain(alternatives).filter_map(|step| {
            let Step::Recv { hex } = step else {
                return None;
            };
            Some(hex.0.len())
        })
    }

    /// The ways that the session may go, any of which is right.
    pub(super) fn courses(&self) -> Vec<Course> {
        if self.alternatives.is_empty() {
            vec![Course {
                steps: self.steps.clone(),
                r#final: self.r#final,
            }]
        } else {
            self.alternatives.clone()
        }
    }
}

/// An input that is wrong, or odd but tolerated.
#[derive(Debug, Clone, Deserialize)]
pub struct Malformed {
    /// Unique among the cases.
    pub name: String,
    pub(super) role: Side,
    pub(super) config: Settings,
    pub(super) first_outbound_id: Option<Integer>,
    pub(super) setup: Vec<Step>,
    pub(super) input: Blob,
    pub(super) eof: bool,
    expect: Option<Expectation>,
    #[serde(default)]
    expect_any: Vec<Expectation>,
}

impl Malformed {
    /// The outcomes, any of which is right.
    pub(super) fn expectations(&self) -> impl Iterator<Item = &Expectation> {
        self.expect.iter().chain(&self.expect_any)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Expectation {
    pub(super) outcome: Outcome,
    pub(super) error: Option<String>,
    pub(super) sent: Option<Blob>,
    #[serde(default)]
    pub(super) returns: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Closes,
    Tolerates,
}

/// The file of malformed inputs.
#[derive(Debug, Deserialize)]
pub(super) struct MalformedFile {
    pub(super) cases: Vec<Malformed>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Side {
    Even,
    Odd,
}

impl Side {
    pub(super) fn role(self) -> Role {
        match self {
            Self::Even => Role::Server,
            Self::Odd => Role::Client,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Settings {
    receive_window: Integer,
    accept_backlog: usize,
    write_buffers: usize,
    heartbeat_transmit_ms: u64,
    heartbeat_receive_max_ms: u64,
}

impl Settings {
    /// The configuration that behaves like the reference: opens are neither held back nor taken out of order, and
    /// windows do not grow.
    pub(super) fn config(&self) -> Config {
        let mut config = Config::default();
        config.stream_receive_window = self.receive_window.0;
        config.max_stream_receive_window = self.receive_window.0;
        config.accept_backlog = self.accept_backlog;
        config.write_buffer_count = self.write_buffers;
        config.heartbeat_transmit_interval = Duration::from_millis(self.heartbeat_transmit_ms);
        config.max_heartbeat_receive_interval =
            Duration::from_millis(self.heartbeat_receive_max_ms);
        config.tolerate_reordered_opens = false;
        config.max_unaccepted_opens = usize::MAX;
        config
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Final {
    pub(super) closed: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub(super) enum Step {
    Call {
        /// Only `cancel` has none.
        call: Option<u64>,
        #[serde(flatten)]
        request: Request,
        result: Option<Answer>,
    },
    Return {
        call: u64,
        result: Answer,
    },
    Recv {
        hex: Blob,
    },
    RecvEof,
    Send {
        hex: Blob,
        t_ms: Option<u64>,
    },
    Advance {
        ms: u64,
    },
    Stall,
    Resume,
    Closed {
        error: String,
    },
}

impl Step {
    /// Whether it makes something happen, rather than says what happened.
    pub(super) fn is_stimulus(&self) -> bool {
        !matches!(
            self,
            Self::Return { .. } | Self::Send { .. } | Self::Closed { .. }
        )
    }
}

/// What is called, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "name", content = "args", rename_all = "snake_case")]
pub(super) enum Request {
    Open,
    Accept,
    Read { stream: Integer, max: usize },
    Write { stream: Integer, hex: Blob },
    CloseWrite { stream: Integer },
    Close { stream: Integer },
    Cancel { target: u64 },
    MuxClose,
    SetReadDeadline(Deadline),
    SetWriteDeadline(Deadline),
    SetDeadline(Deadline),
}

impl Request {
    /// Whether strandmux's call of this name has no result.
    pub(super) fn cannot_fail(&self) -> bool {
        !matches!(
            self,
            Self::Open
                | Self::Accept
                | Self::Read { .. }
                | Self::Write { .. }
                | Self::Cancel { .. }
        )
    }
}

/// A deadline, unless it is cleared.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Deadline {
    pub(super) stream: Integer,
    pub(super) in_ms: Option<u64>,
}

/// What a call came back with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) stream: Option<Integer>,
    pub(super) n: Option<usize>,
    pub(super) hex: Option<Blob>,
    pub(super) eof: bool,
    pub(super) ok: bool,
    pub(super) error: Option<String>,
}
