//! Feeds a malformed input to a connection: section 4 of `vectors/README.md`.

use super::blob::{Blob, Integer};
use super::cut::Cut;
use super::format::{Answer, Expectation, Malformed, Outcome, Request, Step};
use super::replay::Replay;
use crate::wire::Message;

/// Brings a connection into the case's state and feeds it the input. Returns the code of what closed
/// the connection, if something did.
///
/// # Errors
///
/// How the outcome differs from each of those that are right.
pub(super) fn replay_malformed(
    case: &Malformed,
    cut: &mut Cut,
) -> Result<Option<&'static str>, String> {
    let mut differences = Vec::new();
    for expectation in case.expectations() {
        match attempt(case, expectation, &mut cut.clone()) {
            Ok(code) => return Ok(code),
            Err(difference) => differences.push(difference),
        }
    }
    // Whatever the outcome, the next case is cut another way.
    cut.pieces(&case.input.0);
    Err(differences.join("; or else: "))
}

fn attempt(
    case: &Malformed,
    expectation: &Expectation,
    cut: &mut Cut,
) -> Result<Option<&'static str>, String> {
    let first_id = case.first_outbound_id.map(|id| id.0);
    let known = [&case.setup[..], &expectation.returns].concat();
    let mut replay = Replay::new(case.role, &case.config, first_id, &known);
    replay
        .steps(&case.setup, &mut Cut::Whole)
        .map_err(|difference| format!("setup: {difference}"))?;
    replay.endpoint.is_foreign = cut.is_foreign();
    replay
        .endpoint
        .receive(&cut.pieces(&case.input.0), case.eof);
    let mut observed = expectation.returns.clone();
    if let Some(hex) = expectation.sent.clone() {
        observed.push(Step::Send { hex, t_ms: None });
    }
    let code = replay.endpoint.close_code();
    match expectation.outcome {
        Outcome::Closes => {
            let error = expectation.error.clone();
            let error = error.ok_or("the case does not say why it closes")?;
            observed.push(Step::Closed { error });
            replay.observe(&observed)?;
            replay.endpoint.check_dead()?;
        }
        Outcome::Tolerates if code.is_some() => return Err(format!("closed: {code:?}")),
        Outcome::Tolerates => {
            replay.observe(&observed)?;
            check_usable(&mut replay)?;
        }
    }
    Ok(code)
}

/// A stream can be opened after the input and, if the input did not end inside a message, carries data both ways.
fn check_usable(replay: &mut Replay) -> Result<(), String> {
    // Numbers that no recorded call has.
    let calls: Vec<u64> = (0..3).map(|k| u64::MAX - 10 + k).collect();
    let endpoint = &mut replay.endpoint;
    endpoint.call(calls[0], &Request::Open, None)?;
    let opened = endpoint.take_sent().into_iter().find_map(|(_, part)| {
        let crate::wire::Part::Message(Message::Open(id, window)) = part else {
            return None;
        };
        Some((id, window))
    });
    let Some((id, window)) = opened else {
        let is_exhausted = endpoint.take_returned().remove(&calls[0]).is_some();
        return if is_exhausted {
            Ok(())
        } else {
            Err("not usable: an open goes nowhere".into())
        };
    };
    if !endpoint.audit.is_at_boundary() {
        return Ok(());
    }
    let stream = Integer(id);
    let hex = Blob(b"usable".to_vec());
    let wanted = hex
        .0
        .len()
        .min(usize::try_from(window).unwrap_or(usize::MAX));
    endpoint.receive(&[&Message::Accept(id, 100).encode()], false);
    let write = Request::Write {
        stream,
        hex: hex.clone(),
    };
    endpoint.call(calls[1], &write, None)?;
    let mut input = Message::Data(id, wanted).encode();
    input.extend(&hex.0[..wanted]);
    if wanted > 0 {
        endpoint.receive(&[&input], false);
    }
    let read = Request::Read {
        stream,
        max: wanted,
    };
    endpoint.call(calls[2], &read, Some(wanted))?;
    let returned = endpoint.take_returned();
    let fits = |call: u64, answer: Answer| {
        let when = super::compare::Circumstances {
            is_closed: false,
            was_stalled: false,
        };
        let returned = returned.get(&call);
        returned.is_some_and(|returned| super::compare::agrees(returned, &answer, when))
    };
    let n = Some(hex.0.len());
    let answers = [
        Answer {
            stream: Some(stream),
            ..Answer::default()
        },
        Answer {
            n,
            ..Answer::default()
        },
        Answer {
            hex: Some(Blob(hex.0[..wanted].to_vec())),
            ..Answer::default()
        },
    ];
    let is_fine = calls
        .iter()
        .zip(answers)
        .all(|(call, answer)| fits(*call, answer));
    if is_fine && endpoint.audit.faults().is_empty() {
        Ok(())
    } else {
        Err(format!("not usable: {returned:?}"))
    }
}
