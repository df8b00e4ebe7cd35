//! What every public type promises: to be sent to another thread, shared with it, moved, and printed.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use strandmux::carrier::{futures_io, memory, tokio, websocket};
use strandmux::tokio::TokioTimer;
use strandmux::{
    CarrierError, CarrierErrorKind, Chunk, CloseInfo, CloseReason, Config, Driver, Error, Instant,
    Limit, Multiplexer, NoForeignBytes, Priority, ReadHalf, Role, Stats, Stream, StreamStats,
    Violation, WriteHalf, mux, proto,
};

const fn check<T: Debug + Send + Sync + Unpin + 'static>() {}

/// Checked by the compiler.
const _: () = {
    check::<CarrierError>();
    check::<CarrierErrorKind>();
    check::<Chunk<NoForeignBytes>>();
    check::<CloseInfo>();
    check::<CloseReason>();
    check::<Config>();
    check::<Driver<memory::MemoryCarrier, TokioTimer>>();
    check::<Error>();
    check::<Instant>();
    check::<Limit>();
    check::<Multiplexer>();
    check::<NoForeignBytes>();
    check::<Priority>();
    check::<ReadHalf>();
    check::<Role>();
    check::<Stats>();
    check::<Stream>();
    check::<StreamStats>();
    check::<TokioTimer>();
    check::<Violation>();
    check::<WriteHalf>();
    check::<futures_io::IoCarrier<()>>();
    check::<memory::MemoryCarrier>();
    check::<mux::Accept>();
    check::<mux::Clock>();
    check::<mux::Close>();
    check::<mux::Closed>();
    check::<mux::Incoming>();
    check::<mux::Open>();
    check::<mux::StreamAddr>();
    check::<proto::Connection>();
    check::<proto::Event>();
    check::<proto::Half>();
    check::<proto::StreamId>();
    check::<tokio::IoCarrier<()>>();
    check::<websocket::Incoming<Vec<u8>>>();
    check::<websocket::Outgoing>();
    check::<websocket::WebSocketCarrier<(), (), Vec<u8>>>();
};

/// The list above has every public type of the crate.
#[test]
fn no_public_type_is_left_out() {
    let list = include_str!("types.rs");
    let mut missing = Vec::new();
    let mut seen = 0;
    visit(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut |line| {
            let declared = ["pub struct ", "pub enum "]
                .iter()
                .find_map(|keyword| line.strip_prefix(keyword));
            let Some(declared) = declared else { return };
            let end = declared.find(|char: char| !char.is_alphanumeric());
            let name = &declared[..end.unwrap_or(declared.len())];
            seen += 1;
            let checks = [
                format!("<{name}>"),
                format!("<{name}<"),
                format!("::{name}>"),
                format!("::{name}<"),
            ];
            if !checks.iter().any(|check| list.contains(check)) {
                missing.push(name.to_owned());
            }
        },
    );
    assert!(seen > 30, "only {seen} types were found");
    assert!(missing.is_empty(), "{missing:?}");
}

/// Shows every line of every file in the folder and those below it.
fn visit(folder: &Path, look: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            visit(&path, look);
        } else {
            let text = fs::read_to_string(&path).expect("it is text");
            text.lines().for_each(&mut *look);
        }
    }
}
