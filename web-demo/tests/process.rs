//! The program as its user meets it: its command line, its output, its end.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

fn web_demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_web-demo"));
    command.args(["--no-build"]).args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    web_demo(arguments)
        .output()
        .expect("the program can be started")
}

#[test]
fn help_names_every_option_and_service() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).expect("the help is text");
    for word in [
        "--port",
        "--host",
        "--tcp",
        "--allow-origin",
        "--max-connections",
        "--max-upload",
        "--drain",
        "--test-services",
        "--no-build",
        "[default: 8080]",
        "[default: 127.0.0.1]",
    ] {
        assert!(help.contains(word), "{word} is missing");
    }
    for service in [
        "ECHO",
        "SINK",
        "SOURCE n",
        "FEED",
        "HOLD ms",
        "SLOW n",
        "DROP",
        "DIAL n size",
    ] {
        assert!(help.contains(service), "{service} is missing");
    }
}

#[test]
fn a_wrong_option_is_named() {
    for (arguments, named) in [
        (&["--prot", "1"][..], "--prot"),
        (&["--port", "65536"], "65536"),
        (&["--port"], "--port"),
        (&["stray"], "stray"),
        (&["--allow-origin", "example.com"], "example.com"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(named), "{arguments:?}: {errors}");
    }
}

#[test]
fn an_address_that_cannot_be_had_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = taken.local_addr().expect("it is bound").port().to_string();
    let tcp = format!("127.0.0.1:{port}");
    for arguments in [
        &["--port", port.as_str()][..],
        &["--port", "0", "--tcp", tcp.as_str()],
        &["--port", "0", "--tcp", "nonsense"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            errors.contains("cannot listen on"),
            "{arguments:?}: {errors}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn it_says_where_it_listens_and_ends_when_told_to() {
    for signal in ["-TERM", "-INT"] {
        let mut server = web_demo(&["--port", "0", "--tcp", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let stdout = server.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let http = lines.next().expect("it says where it serves HTTP");
        let tcp = lines.next().expect("it says where it serves TCP");
        assert!(
            http.starts_with("listening on http://127.0.0.1:"),
            "{http:?}"
        );
        assert!(tcp.starts_with("listening on tcp://127.0.0.1:"), "{tcp:?}");

        let told = Command::new("kill")
            .args([signal, &server.id().to_string()])
            .status()
            .expect("there is a kill");
        assert!(told.success());
        assert_eq!(lines.next(), None);
        let status = server.wait().expect("it was started here");
        assert!(status.success(), "{signal}: {status}");
    }
}
