//! The tables of `wasm/README.md` against the sources: what there is and what can happen stands there, and nothing else;
//! and how long the starts in the project's README are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use strandmux::Violation;

fn repo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repo().join(path)).expect("a file of the project")
}

/// The text of all files of a folder that end so.
fn sources(folder: &str, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(repo().join(folder)).expect("a folder of the project");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let of_kind = paths.filter(|path| path.extension().is_some_and(|ext| ext == extension));
    of_kind
        .map(|path| fs::read_to_string(path).expect("text"))
        .collect()
}

/// The README's text from one heading of the second level to the next.
fn section(heading: &str) -> String {
    let readme = read("wasm/README.md");
    let at = readme.find(&format!("\n## {heading}\n"));
    let rest = &readme[at.expect("the section") + 4..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

/// What stands between backticks in the text.
fn quoted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The codes of the README's tables of errors, and their classes.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let mut codes = BTreeMap::new();
    for line in section("Errors").lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", code, classes, _, ""] = cells[..]
            && let Some(code) = quoted(code).next()
        {
            let known = codes.insert(code.clone(), quoted(classes).collect());
            assert_eq!(known, None, "{code} stands there twice");
        }
    }
    codes
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The codes that the core gives its errors.
fn codes_of_the_core() -> BTreeSet<String> {
    let source = read("core/src/error.rs");
    let arms = source.split("=> \"").skip(1);
    let literals = arms.filter_map(|arm| arm.split('"').next());
    let codes = literals.filter(|literal| is_code(literal));
    let violations = Violation::ALL.iter().map(|violation| violation.code());
    codes.chain(violations).map(str::to_owned).collect()
}

/// The codes of errors that are made in place, with the class if it is written there.
fn codes_of_the_package() -> Vec<(Option<&'static str>, String)> {
    let mut codes = Vec::new();
    for source in sources("wasm/src", "rs") {
        for call in source.split("error(").skip(1) {
            let mut arguments = call.splitn(3, ',').map(str::trim);
            let (Some(class), Some(code)) = (arguments.next(), arguments.next()) else {
                continue;
            };
            let class = match class {
                "Class::Error" => Some("Error"),
                "Class::Type" => Some("TypeError"),
                "Class::Range" => Some("RangeError"),
                "class" => None,
                _ => continue,
            };
            let code = code
                .strip_prefix('"')
                .and_then(|code| code.strip_suffix('"'));
            if let Some(code) = code.filter(|code| is_code(code)) {
                codes.push((class, code.to_owned()));
            }
        }
    }
    for source in sources("wasm/js", "js") {
        let literals_after = |lead: &'static str| {
            let calls = source.split(lead).skip(1);
            calls.filter_map(|call| call.split('\'').next().filter(|code| is_code(code)))
        };
        let made = literals_after("error('").map(|code| (Some("Error"), code));
        let given = ["code: '", "code = '"].into_iter().flat_map(literals_after);
        let all = made.chain(given.map(|code| (None, code)));
        codes.extend(all.map(|(class, code)| (class, code.to_owned())));
    }
    codes
}

#[test]
fn every_error_code_is_documented_and_every_documented_one_exists() {
    let documented = documented();
    let mut codes = codes_of_the_core();
    // So that a change in how the sources are written does not make this test pass by itself.
    assert!(codes.len() > 30, "{codes:?}");
    let made_here = codes_of_the_package();
    assert!(made_here.len() > 10, "{made_here:?}");
    for (class, code) in &made_here {
        let classes = &documented
            .get(code)
            .unwrap_or_else(|| panic!("{code} is not there"));
        let fits = class.is_none_or(|class| classes.contains(class));
        assert!(fits, "{code} is a {class:?}, not {classes:?}");
    }
    codes.extend(made_here.into_iter().map(|(_, code)| code));
    let documented: BTreeSet<String> = documented.into_keys().collect();
    assert_eq!(documented, codes);
}

/// The fields of an interface of the TypeScript types in a source.
fn fields(source: &str, interface: &str) -> Vec<String> {
    let source = read(source);
    let at = source.find(&format!("export interface {interface} "));
    let body = &source[at.expect("the interface")..];
    let body = &body[..body.find("\n}").expect("its end")];
    let lines = body.lines().filter(|line| line.ends_with(';'));
    let names = lines.filter_map(|line| line.trim().split([':', '?']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn every_option_and_statistic_is_documented() {
    let readme = section("Multiplexer");
    let words: BTreeSet<String> = quoted(&readme).collect();
    let interfaces = [
        ("wasm/src/options.rs", "MultiplexerOptions", 15),
        ("wasm/src/options.rs", "SocketOptions", 1),
        ("wasm/src/options.rs", "ConnectOptions", 2),
        ("wasm/src/options.rs", "WaitOptions", 1),
        ("wasm/src/options.rs", "OpenOptions", 1),
        ("wasm/src/options.rs", "CloseOptions", 3),
        ("wasm/src/stats.rs", "MultiplexerStats", 19),
    ];
    for (source, interface, at_least) in interfaces {
        let fields = fields(source, interface);
        assert!(fields.len() >= at_least, "{interface}: {fields:?}");
        for field in fields {
            assert!(words.contains(&field), "{interface}: {field} is missing");
        }
    }
}

/// The members of the class that a source exports, by their names in JavaScript.
fn members_in_rust(source: &str) -> BTreeSet<String> {
    let source = read(source);
    let mut members = BTreeSet::new();
    // What each function says of itself begins with its attribute.
    for part in source.split("\n    #[wasm_bindgen(").skip(1) {
        let attribute = &part[..part.find(")]\n").expect("its end")];
        if attribute.contains("skip_typescript") {
            continue;
        }
        if attribute.starts_with("constructor") {
            members.insert("constructor".to_owned());
            continue;
        }
        let given = attribute.split("js_name = ").nth(1);
        let given = given.and_then(|name| name.split([',', '\n']).next());
        let function = part.split("pub fn ").nth(1).expect("a function");
        let function = function.split('(').next().expect("its name");
        members.insert(given.unwrap_or(function).trim_matches('"').to_owned());
    }
    members
}

/// The members that the first table of a text names in its first column.
fn members_in_table(text: &str) -> BTreeSet<String> {
    let rows = text.lines().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.split(" | ").next().unwrap_or(row));
    let names = cells.flat_map(|cell| quoted(cell).collect::<Vec<_>>());
    let names = names.map(|name| match name.split_once(' ') {
        Some(("for", _)) => "[Symbol.asyncIterator]".to_owned(),
        Some(("new", _)) => "constructor".to_owned(),
        _ => name.split('(').next().unwrap_or_default().to_owned(),
    });
    let names = names.map(|name| match name.split_once('.') {
        Some(("Multiplexer" | "WebTransport", member)) => member.to_owned(),
        _ => name,
    });
    names.collect()
}

#[test]
fn every_member_of_the_classes_is_documented() {
    // What every class of the bindings has, and what the package adds.
    let added = ["free", "[Symbol.dispose]", "[Symbol.asyncDispose]"];
    for (heading, source, at_least) in [
        ("Multiplexer", "wasm/src/multiplexer.rs", 11),
        ("Stream", "wasm/src/stream.rs", 15),
    ] {
        let mut members = members_in_rust(source);
        assert!(members.len() >= at_least, "{heading}: {members:?}");
        members.extend(added.map(str::to_owned));
        assert_eq!(members_in_table(&section(heading)), members, "{heading}");
    }
}

/// The members of a class or an interface of the facade's types.
fn members_of_the_facade(declaration: &str) -> BTreeSet<String> {
    let source = read("wasm/js/webtransport.d.ts");
    let at = source.find(&format!("\nexport {declaration} "));
    let body = &source[at.expect("the declaration") + 1..];
    let body = &body[..body.find("\n}").expect("its end")];
    let lines = body.lines().filter(|line| line.ends_with(';'));
    let names = lines.filter_map(|line| {
        let line = line.trim();
        let mut words = line
            .split(' ')
            .skip_while(|word| ["static", "readonly", "get", "private"].contains(word));
        let name = words.next()?.split([':', '?', '(']).next()?;
        (!name.starts_with('*')).then(|| name.to_owned())
    });
    names.collect()
}

#[test]
fn every_member_and_option_of_the_facade_is_documented() {
    let loading = section("Loading");
    let at = loading.find("### In the place of WebTransport");
    let facade = &loading[at.expect("the facade")..];
    let members = members_of_the_facade("class WebTransport");
    assert!(members.len() >= 14, "{members:?}");
    assert_eq!(members_in_table(facade), members);

    let quoted: Vec<String> = quoted(facade).collect();
    let words = |text: &String| {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let words: BTreeSet<String> = quoted.iter().flat_map(words).collect();
    for (declaration, at_least) in [
        ("class WebTransportBidirectionalStream", 2),
        ("class WebTransportError", 3),
        ("interface WebTransportErrorOptions", 4),
        ("interface WebTransportOptions", 8),
        ("interface WebTransportCloseInfo", 2),
        ("interface WebTransportSendStreamOptions", 3),
        ("interface WebTransportSendStream", 1),
    ] {
        let members = members_of_the_facade(declaration);
        assert!(members.len() >= at_least, "{declaration}: {members:?}");
        let others = members.iter().filter(|name| *name != "constructor");
        for name in others {
            assert!(words.contains(name), "{declaration}: {name} is missing");
        }
    }
}

#[test]
fn the_function_that_loads_is_documented() {
    assert!(members_in_table(&section("Loading")).contains("init"));
}

#[test]
fn the_starts_are_short() {
    let readme = read("README.md");
    let blocks = readme.split("\n```").skip(1).step_by(2);
    let code = blocks.filter(|block| block.starts_with("js\n") || block.starts_with("rust\n"));
    let lens: Vec<usize> = code.map(|block| block.lines().count() - 1).collect();
    assert_eq!(lens.len(), 4, "a browser, Rust, Node, and a Go server");
    assert!(lens.iter().all(|len| (5..=15).contains(len)), "{lens:?}");
}
