//! The promises in `core/GUARANTEES.md` name tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// All Rust files below.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    for entry in entries {
        let path = entry.expect("the directory can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of the functions that a test attribute, or a macro of tests, precedes.
fn tests(source: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_attribute = |line: &str| line.starts_with("#[") || line.starts_with("//");
    let mut names = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !line.starts_with("#[test]") && !line.starts_with("#[tokio::test") {
            continue;
        }
        let function = lines[at + 1..].iter().find(|line| !is_attribute(line));
        let name = function.and_then(|line| line.split("fn ").nth(1)?.split('(').next());
        names.extend(name);
    }
    names.into_iter()
}

/// What is set in backticks and looks like a test: several words.
fn named(text: &str) -> BTreeSet<&str> {
    let quoted = text
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2));
    let is_name = |word: &&str| {
        word.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && word.contains('_')
    };
    quoted.filter(is_name).collect()
}

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("core/GUARANTEES.md")).expect("the promises are there");
    let settings = fs::read_to_string(root.join("core/src/config.rs")).expect("it is there");
    let mut files = Vec::new();
    for room in [
        "core/src",
        "tests/loom/tests",
        "tests/src",
        "tests/tests",
        "web-demo/tests",
    ] {
        sources(&root.join(room), &mut files);
    }
    let texts: Vec<String> = files
        .iter()
        .map(|path| fs::read_to_string(path).expect("it is text"))
        .collect();
    let existing: BTreeSet<&str> = texts.iter().flat_map(|text| tests(text)).collect();
    let named = named(&text);
    assert!(named.len() > 50, "{} tests are named", named.len());
    for name in named {
        let is_setting = settings.contains(&format!("pub {name}:"));
        assert!(
            existing.contains(name) || is_setting,
            "{name} does not exist"
        );
    }
}
