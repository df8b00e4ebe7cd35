//! Lists the recordings, so that they can be built in where there are no files.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let vectors = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("vectors");
    println!("cargo::rerun-if-changed={}", vectors.display());
    let mut transcripts = Vec::new();
    for entry in fs::read_dir(vectors.join("transcripts"))? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            transcripts.push(path);
        }
    }
    transcripts.sort();
    let mut code = String::from("pub(super) const TRANSCRIPTS: &[&str] = &[\n");
    for path in transcripts {
        writeln!(code, "    include_str!({path:?}),")?;
    }
    let malformed = vectors.join("malformed.json");
    writeln!(
        code,
        "];\npub(super) const MALFORMED: &str = include_str!({malformed:?});"
    )?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("vectors.rs"), code)?;
    Ok(())
}
