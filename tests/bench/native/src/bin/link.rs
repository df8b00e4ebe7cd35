//! A link that takes its time.
//!
//! Usage: `link PORT DELAY_MS [BYTES_PER_SECOND]`. Prints `listening on PORT`, passes connections on to the
//! given port of this machine, and ends with its standard input.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use strandmux_bench::link::{Properties, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [port, delay, rate @ ..] = arguments.as_slice() else {
        return Err("usage: link PORT DELAY_MS [BYTES_PER_SECOND]".into());
    };
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse()?));
    let properties = Properties {
        delay: Duration::from_secs_f64(delay.parse::<f64>()? / 1e3),
        rate: rate.first().map(|rate| rate.parse()).transpose()?,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("listening on {}", listener.local_addr()?.port());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    Ok(run(&listener, to, properties)?)
}
