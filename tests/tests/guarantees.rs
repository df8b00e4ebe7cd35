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

/// What begins a test.
const TESTS: [&str; 3] = ["#[test]", "#[tokio::test", "#[wasm_bindgen_test"];

/// The names of the functions that a test attribute, or a macro of tests, precedes, unless they are ignored.
fn tests(source: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_attribute = |line: &&&str| line.starts_with("#[") || line.starts_with("//");
    let mut names = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !TESTS.iter().any(|test| line.starts_with(test)) {
            continue;
        }
        let before = lines[..at].iter().rev().take_while(is_attribute);
        let after = lines[at..].iter().take_while(is_attribute);
        if before.chain(after).any(|line| line.contains("ignore")) {
            continue;
        }
        let function = lines[at..].iter().find(|line| !is_attribute(line));
        let name = function.and_then(|line| line.split("fn ").nth(1)?.split('(').next());
        names.extend(name);
    }
    names.into_iter()
}

#[test]
fn tests_are_found_and_ignored_ones_are_none() {
    let source = "
        /// Says something.
        #[test]
        #[should_panic]
        fn one() {}
        #[wasm_bindgen_test]
        async fn two() {}
        #[test]
        #[ignore = \"slow\"]
        fn three() {}
        #[ignore]
        #[tokio::test(flavor = \"multi_thread\")]
        async fn four() {}
        fn five() {}";
    assert_eq!(tests(source).collect::<Vec<_>>(), ["one", "two"]);
}

/// The rows of the tables of promises, each a promise and its tests.
fn promises(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut is_in_table = false;
    text.lines().filter_map(move |line| {
        let is_row = is_in_table && !line.starts_with("| ---");
        is_in_table = line == "| promise | tests |" || (is_in_table && line.starts_with('|'));
        line.strip_prefix("| ")
            .filter(|_| is_row)?
            .split_once(" | ")
    })
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
        "wasm/tests",
        "web-demo/tests",
    ] {
        sources(&root.join(room), &mut files);
    }
    let texts: Vec<String> = files
        .iter()
        .map(|path| fs::read_to_string(path).expect("it is text"))
        .collect();
    let existing: BTreeSet<&str> = texts.iter().flat_map(|text| tests(text)).collect();
    let rows: Vec<_> = promises(&text).collect();
    assert!(rows.len() > 25, "{} promises", rows.len());
    for (promise, tests) in rows {
        assert!(!named(tests).is_empty(), "nothing holds: {promise}");
    }
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
