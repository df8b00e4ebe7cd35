//! The saved inputs of the fuzz targets, run through the same functions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use strandmux_tests::fuzz::BODIES;

/// What the saved inputs may take in all, and each of them.
const MAX_TOTAL: u64 = 256 * 1_024;
const MAX_EACH: u64 = 2_048;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the directory can be read").path())
        .collect();
    files.sort();
    files
}

#[test]
fn saved_inputs_hold() {
    let mut total = 0;
    for (name, body) in BODIES {
        let inputs = files(&directory().join("seeds").join(name));
        assert!(inputs.len() >= 10, "{name} has {} inputs", inputs.len());
        for path in inputs {
            let input = fs::read(&path).expect("it can be read");
            println!("{}", path.display());
            assert!(input.len() as u64 <= MAX_EACH, "{path:?} is large");
            total += input.len() as u64;
            body(&input);
        }
    }
    assert!(total <= MAX_TOTAL, "{total} bytes");
}

#[test]
fn every_body_has_a_target() {
    let targets: BTreeSet<_> = files(&directory().join("fuzz_targets"))
        .iter()
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    let bodies = BODIES.map(|(name, _)| name.to_owned());
    assert_eq!(targets, bodies.into());
}
