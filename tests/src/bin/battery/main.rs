//! Drives every service of a strandmux server over nothing but the wire:
//!
//! ```text
//! battery ws://HOST:PORT/mux
//! STRANDMUX_TEST_CERTIFICATE=FILE battery wss://localhost:PORT/mux
//! battery tcp://HOST:PORT
//! ```
//!
//! Prints `ok NAME` or `FAILED NAME: why` for each case and last `N passed, N failed`. The server may be
//! any that offers the demo's services, those for tests included. Each case has a connection of its own,
//! which must still answer when the case ends.

mod call;
mod cases;
mod connect;
mod ramp;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use call::Call;
use cases::Case;
use connect::Address;

/// A hang is a failure; nothing that works comes near this, however slow the machine.
const GUARD: Duration = Duration::from_secs(60);

const USAGE: &str = "\
Usage: battery ADDRESS [TEXT]

Drives every service of the strandmux server at ADDRESS, ws://HOST:PORT/PATH,
wss://localhost:PORT/PATH (whose certificate is in the file STRANDMUX_TEST_CERTIFICATE) or tcp://HOST:PORT, or only the
cases whose names contain TEXT. The exit status is 0 only if all pass.";

/// What a case or a step of one comes to.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, text) = match arguments.as_slice() {
        [argument] if argument == "--help" || argument == "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [address] => (address, ""),
        [address, text] => (address, text.as_str()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let address: Arc<Address> = match address.parse() {
        Ok(address) => Arc::new(address),
        Err(error) => {
            eprintln!("battery: {error}");
            return ExitCode::from(2);
        }
    };

    let mut cases = cases::all(&address);
    cases.retain(|case| case.name.contains(text));
    let (passed, failed) = run_all(cases, &address).await;
    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Runs the cases one after the other, beside those that mostly wait; counts passes and failures.
async fn run_all(cases: Vec<Case>, address: &Arc<Address>) -> (usize, usize) {
    let (aside, in_turn): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| case.is_aside);
    let aside: Vec<_> = aside
        .into_iter()
        .map(|case| tokio::spawn(run(case, Arc::clone(address))))
        .collect();
    let mut results = Vec::new();
    for case in in_turn {
        results.push(run(case, Arc::clone(address)).await);
    }
    for running in aside {
        results.push(running.await.unwrap_or(false));
    }
    let passed = results.iter().filter(|&&passed| passed).count();
    (passed, results.len() - passed)
}

/// Runs a case, says how it ended, and returns whether it passed.
async fn run(case: Case, address: Arc<Address>) -> bool {
    let name = case.name.clone();
    let mut running = tokio::spawn(attempt(case, address));
    let outcome = match tokio::time::timeout(GUARD, &mut running).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(panic.into()),
        Err(_) => {
            running.abort();
            Err(format!("still running after {} s", GUARD.as_secs()).into())
        }
    };
    match &outcome {
        Ok(()) => println!("ok {name}"),
        Err(error) => println!("FAILED {name}: {}", error.to_string().replace('\n', " ")),
    }
    outcome.is_ok()
}

async fn attempt(case: Case, address: Arc<Address>) -> Outcome {
    let mux = connect::connect(&address).await?;
    let outcome = (case.body)(mux.clone()).await;
    // Why the connection ended says more than what its end did to the case.
    if let Some(reason) = mux.close_reason() {
        return Err(format!("the connection ended: {reason}").into());
    }
    outcome?;
    let mut call = Call::open(&mux, "ECHO").await?;
    call.write(b"still there").await?;
    call.end();
    call.expect_text("still there").await?;
    mux.close().await;
    Ok(())
}
