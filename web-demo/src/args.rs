//! The command line.

use clap::Parser;

use crate::limits::Limits;
use crate::origin::AllowedOrigin;

/// The services, as `--help` shows them.
pub const SERVICES: &str = "\
Services, named by the first line of a stream (at most 1 KiB):
  ECHO         sends back what it reads until it ends, then half-closes
  SINK         reads to the end, answers `<count> <sha256 in hex>` and half-closes
  SOURCE n     sends n bytes, byte i being i mod 251, and half-closes
  FEED         sends a JSON line of the server's statistics every second until closed
and, with --test-services:
  HOLD ms      reads nothing for so long, then ends the stream
  SLOW n       reads n bytes a millisecond, then answers like SINK
  DROP         ends the stream at once
  DIAL n size  opens n streams to the client, sends size bytes on each and expects them echoed;
               answers `OK n` or `FAIL reason`
Anything else is answered `ERROR unknown command`.";

/// Serves the strandmux demo: a page that moves files over many streams of one WebSocket.
#[derive(Debug, Clone, Parser)]
#[command(name = "web-demo", version, after_help = SERVICES)]
pub struct Args {
    /// Port of the page and of its WebSocket, /mux; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    pub port: u16,

    /// Name or address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: String,

    /// Also serve plain TCP at this address, such as 127.0.0.1:9000; one multiplexer a connection
    #[arg(long, value_name = "ADDR")]
    pub tcp: Option<String>,

    /// Origin (scheme, host and port) whose pages may connect beside the server's own; * is any
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub allowed_origins: Vec<AllowedOrigin>,

    /// What clients are granted.
    #[command(flatten, next_help_heading = "Limits")]
    pub limits: Limits,

    /// Offer the services that only tests want
    #[arg(long)]
    pub test_services: bool,

    /// Serve the browser package as it is instead of building it first
    #[arg(long)]
    pub no_build: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_option_has_a_default() {
        let args = Args::try_parse_from(["web-demo"]).expect("no option is required");
        assert_eq!((args.host.as_str(), args.port), ("127.0.0.1", 8080));
        assert_eq!(args.tcp, None);
        assert!(!args.test_services && !args.no_build);
        assert!(args.allowed_origins.is_empty());
        let Limits {
            max_connections,
            max_upload,
            drain,
        } = Limits::default();
        assert_eq!(args.limits.max_connections, max_connections);
        assert_eq!(args.limits.max_upload, max_upload);
        assert_eq!(args.limits.drain, drain);
    }
}
