//! A collection of recordings.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

use super::cut::{Cut, SHORT};
use super::format::{Malformed, MalformedFile, Transcript};
use super::malformed::replay_malformed;
use super::replay::replay_transcript;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/vectors.rs"));
}

/// Recordings of this project that are not replayed, and why.
pub const SKIPS: &[(&str, &str)] = &[];

/// Recorded sessions and malformed inputs.
#[derive(Debug, Clone)]
pub struct Library {
    /// The sessions.
    pub transcripts: Vec<Transcript>,
    /// The malformed inputs.
    pub malformed: Vec<Malformed>,
}

/// What came of a replay.
#[derive(Debug, Default)]
pub struct Report {
    /// How many sessions and inputs agreed.
    pub agreed: usize,
    /// Those that were left out: name and reason.
    pub skipped: Vec<(String, &'static str)>,
    /// What differed, by name.
    pub differences: Vec<String>,
    /// The codes of all that closed a connection.
    pub codes: BTreeSet<&'static str>,
}

impl Library {
    /// The recordings of this project.
    ///
    /// # Errors
    ///
    /// What cannot be understood in them.
    pub fn embedded() -> Result<Self, String> {
        let transcripts = embedded::TRANSCRIPTS.iter().map(|text| parse("", text));
        let MalformedFile { cases } = parse("malformed.json", embedded::MALFORMED)?;
        Ok(Self {
            transcripts: transcripts.collect::<Result<_, _>>()?,
            malformed: cases,
        })
    }

    /// The recordings in a directory of the same form as `tests/vectors`.
    ///
    /// # Errors
    ///
    /// What cannot be read or understood.
    pub fn read(directory: &Path) -> Result<Self, String> {
        let listing = |error: io::Error| format!("{}: {error}", directory.display());
        let mut paths = Vec::new();
        for entry in fs::read_dir(directory.join("transcripts")).map_err(listing)? {
            let path = entry.map_err(listing)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                paths.push(path);
            }
        }
        paths.sort();
        let transcripts = paths.iter().map(|path| read(path));
        let MalformedFile { cases } = read(&directory.join("malformed.json"))?;
        Ok(Self {
            transcripts: transcripts.collect::<Result<_, _>>()?,
            malformed: cases,
        })
    }

    /// Only those with an input that is cut when inputs are cut after `at` bytes.
    #[must_use]
    pub fn cut_after(mut self, at: usize) -> Self {
        let lens = at + 1..=SHORT;
        self.transcripts
            .retain(|transcript| transcript.inputs().any(|input| lens.contains(&input)));
        self.malformed
            .retain(|case| lens.contains(&case.input.0.len()));
        self
    }

    /// Replays everything, with all inputs cut as `cut` says.
    pub fn replay(&self, mut cut: Cut) -> Report {
        let mut report = Report::default();
        for transcript in &self.transcripts {
            report.note(&transcript.name, || replay_transcript(transcript, &mut cut));
        }
        for case in &self.malformed {
            report.note(&case.name, || replay_malformed(case, &mut cut));
        }
        report
    }
}

impl Report {
    /// Notes the outcome of a replay, unless it is to be skipped.
    fn note(&mut self, name: &str, replay: impl FnOnce() -> Result<Option<&'static str>, String>) {
        if let Some((_, reason)) = SKIPS.iter().find(|(skipped, _)| *skipped == name) {
            self.skipped.push((name.to_owned(), reason));
            return;
        }
        match replay() {
            Ok(code) => {
                self.agreed += 1;
                self.codes.extend(code);
            }
            Err(difference) => self.differences.push(format!("{name}: {difference}")),
        }
    }

    /// How many agreed, if all did.
    ///
    /// # Errors
    ///
    /// The differences.
    pub fn into_result(self) -> Result<usize, String> {
        if self.differences.is_empty() {
            Ok(self.agreed)
        } else {
            Err(self.differences.join("\n"))
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    parse(&name, &text)
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let start: String = text.chars().take(80).collect();
        format!("{name} ({start}): {error}")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Whether a step only tells what happened, and is not free to be left out.
    fn is_mandated(step: &Value) -> bool {
        let is_increment = |message: &Value| message["kind"] == "window_increment";
        match step["op"].as_str() {
            Some("return") => true,
            Some("send") => {
                let messages = step["messages"].as_array();
                !messages.is_some_and(|messages| messages.iter().all(is_increment))
            }
            _ => false,
        }
    }

    #[test]
    fn a_recording_that_leaves_something_out_differs() {
        let mut checked = 0;
        for text in embedded::TRANSCRIPTS {
            let recording: Value = parse("", text).expect("a recording");
            let freedoms = recording["freedoms"].to_string();
            let free = ["close_after_rejection", "output_buffering"];
            let steps = recording["steps"].as_array().cloned().unwrap_or_default();
            if free.iter().any(|free| freedoms.contains(free)) || steps.len() > 40 {
                continue;
            }
            for at in (0..steps.len()).filter(|at| is_mandated(&steps[*at])) {
                let mut altered = recording.clone();
                altered["steps"].as_array_mut().expect("steps").remove(at);
                let altered = serde_json::from_value(altered).expect("a recording");
                let result = replay_transcript(&altered, &mut Cut::Whole);
                assert!(result.is_err(), "{} without step {at}", altered.name);
                checked += 1;
            }
        }
        assert!(checked > 300, "{checked}");
    }
}
