//! Replays a recorded session against a connection, a stimulus at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use strandmux::{Instant, MAX_DATA_MESSAGE};

use super::calls::Returned;
use super::compare::{Circumstances, Traffic, agrees};
use super::cut::Cut;
use super::endpoint::Endpoint;
use super::format::{Answer, Course, Settings, Side, Step, Transcript};
use crate::wire::Parser;

/// Replays a session. Returns the code of what closed the connection, if something did.
///
/// # Errors
///
/// The first difference that matters, for each way the session may go.
pub(super) fn replay_transcript(
    transcript: &Transcript,
    cut: &mut Cut,
) -> Result<Option<&'static str>, String> {
    let mut differences = Vec::new();
    for course in transcript.courses() {
        let first_id = transcript.first_outbound_id.map(|id| id.0);
        let mut replay = Replay::new(transcript.role, &transcript.config, first_id, &course.steps);
        match replay.course(&course, cut) {
            Ok(()) => return Ok(replay.endpoint.close_code()),
            Err(difference) => differences.push(difference),
        }
    }
    Err(differences.join("; or else: "))
}

/// A session under way.
#[derive(Debug)]
pub(super) struct Replay {
    pub(super) endpoint: Endpoint,
    /// How every call ends, so that a read knows how much to read.
    answers: BTreeMap<u64, Answer>,
    recorded_output: Parser,
    expected: Traffic,
    actual: Traffic,
    expected_returns: BTreeMap<u64, Answer>,
    actual_returns: BTreeMap<u64, Returned>,
    /// The recorded code of what closed the connection, once something has.
    closed: Option<String>,
    /// Whether output waited since it was last compared.
    was_stalled: bool,
    output_bound: usize,
}

impl Replay {
    pub(super) fn new(
        role: Side,
        settings: &Settings,
        first_id: Option<u64>,
        steps: &[Step],
    ) -> Self {
        let config = settings.config();
        let output_bound = config.write_buffer_count.max(1) * MAX_DATA_MESSAGE;
        let answers = steps.iter().filter_map(|step| match step {
            Step::Call {
                call: Some(call),
                result: Some(result),
                ..
            }
            | Step::Return { call, result } => Some((*call, result.clone())),
            _ => None,
        });
        Self {
            endpoint: Endpoint::new(role.role(), config, first_id),
            answers: answers.collect(),
            recorded_output: Parser::strict(),
            expected: Traffic::default(),
            actual: Traffic::default(),
            expected_returns: BTreeMap::new(),
            actual_returns: BTreeMap::new(),
            closed: None,
            was_stalled: false,
            output_bound,
        }
    }

    fn course(&mut self, course: &Course, cut: &mut Cut) -> Result<(), String> {
        self.steps(&course.steps, cut)?;
        let is_closed = self.endpoint.close_code().is_some();
        match course.r#final {
            Some(r#final) if r#final.closed != is_closed => Err(format!("closed: {is_closed}")),
            _ => Ok(()),
        }
    }

    /// Replays steps, each stimulus with what was observed after it.
    pub(super) fn steps(&mut self, steps: &[Step], cut: &mut Cut) -> Result<(), String> {
        let mut rest = steps;
        while let Some((stimulus, later)) = rest.split_first() {
            let observed = later.iter().take_while(|step| !step.is_stimulus()).count();
            let (observed, later) = later.split_at(observed);
            let at = steps.len() - rest.len();
            self.apply(stimulus, cut)
                .and_then(|()| self.observe(observed))
                .map_err(|difference| format!("step {at} ({stimulus:.200?}): {difference}"))?;
            rest = later;
        }
        Ok(())
    }

    fn apply(&mut self, stimulus: &Step, cut: &mut Cut) -> Result<(), String> {
        match stimulus {
            Step::Call {
                call,
                request,
                result,
            } => {
                let number = call.unwrap_or(0);
                if let Some(result) = result {
                    self.expected_returns.insert(number, result.clone());
                }
                let answer = self.answers.get(&number);
                let wanted = answer.and_then(|answer| answer.n);
                self.endpoint.call(number, request, wanted)?;
            }
            Step::Recv { hex } => {
                self.endpoint.is_foreign = cut.is_foreign();
                self.endpoint.receive(&cut.pieces(&hex.0), false);
            }
            Step::RecvEof => self.endpoint.receive(&[], true),
            Step::Advance { ms } => self.endpoint.advance(Duration::from_millis(*ms)),
            Step::Stall => {
                self.endpoint.is_stalled = true;
                self.was_stalled = true;
            }
            Step::Resume => {
                self.endpoint.is_stalled = false;
                self.endpoint.receive(&[], false);
            }
            Step::Return { .. } | Step::Send { .. } | Step::Closed { .. } => {
                return Err("an observation without a stimulus".into());
            }
        }
        Ok(())
    }

    /// Compares what happened with what was observed.
    pub(super) fn observe(&mut self, observed: &[Step]) -> Result<(), String> {
        for step in observed {
            match step {
                Step::Return { call, result } => {
                    self.expected_returns.insert(*call, result.clone());
                }
                Step::Send { hex, t_ms } => {
                    let at = t_ms.map_or(self.endpoint.now, Instant::from_millis);
                    for part in self.recorded_output.push(&hex.0)? {
                        self.expected.add(at, part);
                    }
                }
                Step::Closed { error } => self.closed = Some(error.clone()),
                _ => return Err("not an observation".into()),
            }
        }
        for (at, part) in self.endpoint.take_sent() {
            self.actual.add(at, part);
        }
        self.actual_returns
            .append(&mut self.endpoint.take_returned());
        self.compare_end()?;
        self.compare_returns()?;
        self.compare_traffic()?;
        match self.endpoint.audit.faults().first() {
            Some(fault) => Err(fault.clone()),
            None => Ok(()),
        }
    }

    fn compare_end(&self) -> Result<(), String> {
        let actual = self.endpoint.close_code();
        let expected = self.closed.as_deref();
        if actual == expected {
            Ok(())
        } else {
            Err(format!("closed: {actual:?}, not {expected:?}"))
        }
    }

    fn compare_returns(&mut self) -> Result<(), String> {
        let when = Circumstances {
            is_closed: self.endpoint.close_code().is_some(),
            was_stalled: self.was_stalled,
        };
        let is_free = |answer: Option<&Answer>| {
            // A write, while output waits.
            when.was_stalled && answer.is_none_or(|a| a.n.is_some() && a.hex.is_none())
        };
        let expected = std::mem::take(&mut self.expected_returns);
        for (call, answer) in expected {
            match self.actual_returns.remove(&call) {
                Some(returned) if !agrees(&returned, &answer, when) => {
                    return Err(format!(
                        "call {call} gave {returned:.200?}, not {answer:.200?}"
                    ));
                }
                Some(_) => {}
                None if is_free(Some(&answer)) => _ = self.expected_returns.insert(call, answer),
                None => {
                    return Err(format!(
                        "call {call} waits instead of giving {answer:.200?}"
                    ));
                }
            }
        }
        for (call, returned) in &self.actual_returns {
            let is_write = matches!(returned, Returned::Wrote(_));
            if !(is_write && is_free(self.answers.get(call))) {
                return Err(format!(
                    "call {call} gave {returned:.200?} instead of waiting"
                ));
            }
        }
        Ok(())
    }

    fn compare_traffic(&mut self) -> Result<(), String> {
        if self.endpoint.audit.unsent() > self.output_bound {
            return Err("more output waits than the configuration allows".into());
        }
        // After its end it may flush, or not; the audit has seen what.
        if self.endpoint.is_stalled || self.endpoint.close_code().is_some() {
            return Ok(());
        }
        let audit = &mut self.endpoint.audit;
        audit.check_quiet();
        let mut expected = std::mem::take(&mut self.expected);
        let mut actual = std::mem::take(&mut self.actual);
        expected.normalise(audit, self.was_stalled);
        actual.normalise(audit, self.was_stalled);
        let is_complete = self.expected_returns.is_empty() && self.actual_returns.is_empty();
        if !is_complete {
            return Err("a write that waited for the carrier has not ended with the stall".into());
        }
        self.was_stalled = false;
        actual.difference(&expected).map_or(Ok(()), Err)
    }
}
