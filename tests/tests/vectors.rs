//! Every recording replays, however its input is cut.
//!
//! `STRANDMUX_VECTORS=DIR` replays another directory of the same form, `STRANDMUX_SEED=N` repeats a run.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use strandmux::Violation;
use strandmux_tests::random::{self, Random};
use strandmux_tests::vectors::{Cut, Library, SHORT, SKIPS, replay_embedded};

/// The directory to use instead of the project's own recordings. Cargo runs tests in their package's
/// directory, but who names a directory means the one that cargo was called in, most likely the project's.
fn other_directory() -> Option<PathBuf> {
    let directory = PathBuf::from(env::var_os("STRANDMUX_VECTORS")?);
    if directory.exists() {
        return Some(directory);
    }
    Some(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(directory),
    )
}

fn library() -> Library {
    let library = match other_directory() {
        Some(directory) => Library::read(&directory),
        None => Library::embedded(),
    };
    library.unwrap_or_else(|error| panic!("{error}"))
}

fn assert_agrees(library: &Library, cut: Cut) {
    let how = format!("{cut:?}");
    if let Err(differences) = library.replay(cut).into_result() {
        panic!("{how}:\n{differences}");
    }
}

#[test]
fn every_recording_agrees() {
    let library = library();
    let report = library.replay(Cut::Whole);
    for (name, reason) in &report.skipped {
        println!("skipped {name}: {reason}");
    }
    let all = library.transcripts.len() + library.malformed.len();
    let skipped = report.skipped.len();
    let agreed = report
        .into_result()
        .unwrap_or_else(|differences| panic!("{differences}"));
    assert_eq!(agreed + skipped, all);
    assert!(all > skipped, "nothing was replayed");
}

#[test]
fn inputs_may_be_cut_at_every_byte() {
    let library = library();
    assert_agrees(&library, Cut::EveryByte);
    for at in 1..SHORT {
        assert_agrees(&library.clone().cut_after(at), Cut::After(at));
    }
}

#[test]
fn inputs_may_come_in_random_pieces() {
    let library = library();
    let mut random = Random::new(random::seed());
    for _ in 0..20 {
        assert_agrees(&library, Cut::Random(random.fork()));
    }
}

#[test]
fn inputs_may_lie_in_foreign_memory_however_they_are_cut() {
    let library = library();
    let foreign = |cut| Cut::Foreign(Box::new(cut));
    assert_agrees(&library, foreign(Cut::Whole));
    assert_agrees(&library, foreign(Cut::EveryByte));
    for at in 1..SHORT {
        assert_agrees(&library.clone().cut_after(at), foreign(Cut::After(at)));
    }
    let mut random = Random::new(random::seed());
    for _ in 0..20 {
        assert_agrees(&library, foreign(Cut::Random(random.fork())));
    }
}

#[test]
fn what_is_embedded_agrees() {
    let replays = replay_embedded().unwrap_or_else(|error| panic!("{error}"));
    assert!(replays > 300, "{replays}");
}

#[test]
fn what_is_skipped_exists() {
    let library = Library::embedded().unwrap_or_else(|error| panic!("{error}"));
    let skipped = library.replay(Cut::Whole).skipped;
    let skipped: BTreeSet<_> = skipped
        .iter()
        .map(|(name, why)| (name.as_str(), *why))
        .collect();
    assert_eq!(skipped, SKIPS.iter().copied().collect::<BTreeSet<_>>());
}

#[test]
fn what_is_embedded_is_what_lies_in_the_directory() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let embedded = Library::embedded().unwrap_or_else(|error| panic!("{error}"));
    let read = Library::read(&directory).unwrap_or_else(|error| panic!("{error}"));
    let names = |library: Library| -> Vec<_> {
        let transcripts = library.transcripts.into_iter().map(|t| t.name);
        transcripts
            .chain(library.malformed.into_iter().map(|m| m.name))
            .collect()
    };
    assert_eq!(names(embedded), names(read));
}

#[test]
fn every_rule_is_broken_by_some_recording() {
    let library = Library::embedded().unwrap_or_else(|error| panic!("{error}"));
    let codes = library.replay(Cut::Whole).codes;
    for violation in Violation::ALL {
        assert!(codes.contains(violation.code()), "{violation:?}");
    }
}
