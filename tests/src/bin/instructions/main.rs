//! Counts the instructions that the protocol takes, in memory and without a carrier, and compares them with a table:
//!
//! ```text
//! instructions check TABLE    counts, and fails where a count is off the table's by more than its tolerance
//! instructions write TABLE    counts, and writes the table anew
//! ```
//!
//! The table is `tests/instructions.json`; `tests/lib/instructions` builds this and gives it that. The counting is callgrind's: the program runs itself under it, each case with
//! some rounds and with twice as many, so that the difference is the rounds' alone. Such counts are the same for the
//! same binary wherever it runs, and differ a little between compilers.

mod cases;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};

use cases::{CASES, Case};
use serde::{Deserialize, Serialize};

/// What keeps the copying of the C library the same on every processor.
const SAME_COPYING: &str = "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX512F,-AVX512VL,-ERMS,-FSRM,-SSSE3";
/// By how much of itself a count may differ. What it is to notice is more.
const TOLERANCE: f64 = 0.1;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Instructions of each case, for the processors that they were counted on.
#[derive(Debug, Serialize, Deserialize)]
struct Table {
    /// What to do about a difference.
    about: String,
    architecture: String,
    tolerance: f64,
    instructions: BTreeMap<String, u64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["check", table] => check(Path::new(table)),
        ["write", table] => write(Path::new(table)),
        ["run", case, rounds] => run(case, rounds),
        _ => Err("usage: instructions check|write TABLE".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn check(path: &Path) -> Outcome<()> {
    let table: Table = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    if table.architecture != std::env::consts::ARCH {
        return Err(format!("the table is for {}", table.architecture).into());
    }
    let counted = count_all()?;
    let mut off = 0;
    for (name, count) in &counted {
        let expected = table.instructions.get(name).copied();
        let change = expected.map(|expected| *count as f64 / expected as f64 - 1.0);
        let is_off = change.is_none_or(|change| change.abs() > table.tolerance);
        off += usize::from(is_off);
        println!(
            "{} {name}: {count} instructions, {}",
            if is_off { "OFF" } else { "ok " },
            change.map_or("not in the table".into(), |change| {
                format!("{:+.1} %", 100.0 * change)
            })
        );
    }
    let gone = table
        .instructions
        .keys()
        .find(|name| !counted.contains_key(*name));
    match (off, gone) {
        (0, None) => Ok(()),
        (_, Some(name)) => {
            Err(format!("there is no case {name:?} any more. {}", table.about).into())
        }
        (off, None) => Err(format!("{off} off the table. {}", table.about).into()),
    }
}

fn write(path: &Path) -> Outcome<()> {
    let table = Table {
        about: "If it is meant, `tests/lib/instructions write` writes the table anew.".into(),
        architecture: std::env::consts::ARCH.into(),
        tolerance: TOLERANCE,
        instructions: count_all()?,
    };
    let mut text = serde_json::to_string_pretty(&table)?;
    text.push('\n');
    std::fs::write(path, text)?;
    for (name, count) in &table.instructions {
        println!("{name}: {count} instructions");
    }
    Ok(())
}

fn count_all() -> Outcome<BTreeMap<String, u64>> {
    let counts = CASES
        .iter()
        .map(|case| Ok((case.name.to_owned(), count(case)?)));
    counts.collect()
}

/// Instructions for one message, or whatever the case does.
fn count(case: &Case) -> Outcome<u64> {
    let once = collected(case, case.rounds)?;
    let twice = collected(case, 2 * case.rounds)?;
    let of_rounds = twice.checked_sub(once).ok_or("more rounds took less")?;
    Ok(of_rounds / (case.rounds * case.in_a_round))
}

/// What callgrind counts for a whole run.
fn collected(case: &Case, rounds: u64) -> Outcome<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["run", case.name, &rounds.to_string()])
        .env("GLIBC_TUNABLES", SAME_COPYING)
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {}\n{said}", case.name, output.status).into());
    }
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = line.ok_or_else(|| format!("callgrind counted nothing:\n{said}"))?;
    Ok(count.trim().parse()?)
}

fn run(name: &str, rounds: &str) -> Outcome<()> {
    let case = CASES.iter().find(|case| case.name == name);
    let case = case.ok_or_else(|| format!("there is no case {name:?}"))?;
    (case.run)(rounds.parse()?);
    Ok(())
}
