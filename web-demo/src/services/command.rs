//! The first line of a stream.

use std::num::NonZeroUsize;
use std::time::Duration;

/// A service and its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Echo,
    Sink,
    Source { size: u64 },
    Feed,
    Hold { time: Duration },
    Slow { rate: NonZeroUsize },
    Drop,
    Dial { count: usize, size: u64 },
}

impl Command {
    /// The command in a line without its newline, if it is one.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?;
        let mut words = line.split(' ');
        let command = match words.next()? {
            "ECHO" => Self::Echo,
            "SINK" => Self::Sink,
            "SOURCE" => Self::Source {
                size: words.next()?.parse().ok()?,
            },
            "FEED" => Self::Feed,
            "HOLD" => Self::Hold {
                time: Duration::from_millis(words.next()?.parse().ok()?),
            },
            "SLOW" => Self::Slow {
                rate: words.next()?.parse().ok()?,
            },
            "DROP" => Self::Drop,
            "DIAL" => Self::Dial {
                count: words.next()?.parse().ok()?,
                size: words.next()?.parse().ok()?,
            },
            _ => return None,
        };
        words.next().is_none().then_some(command)
    }

    /// Whether only tests want it.
    pub(super) fn is_trial(self) -> bool {
        match self {
            Self::Echo | Self::Sink | Self::Source { .. } | Self::Feed => false,
            Self::Hold { .. } | Self::Slow { .. } | Self::Drop | Self::Dial { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_exactly_their_arguments() {
        assert_eq!(Command::parse(b"ECHO"), Some(Command::Echo));
        assert_eq!(
            Command::parse(b"SOURCE 18446744073709551615"),
            Some(Command::Source { size: u64::MAX })
        );
        assert_eq!(
            Command::parse(b"DIAL 3 0"),
            Some(Command::Dial { count: 3, size: 0 })
        );
    }

    #[test]
    fn anything_else_is_not_a_command() {
        for line in [
            "",
            "echo",
            "ECHO ",
            " ECHO",
            "ECHO 1",
            "ECHO\r",
            "SOURCE",
            "SOURCE  1",
            "SOURCE -1",
            "SOURCE 18446744073709551616",
            "SLOW 0",
            "DIAL 3",
            "DIAL 3 0 0",
        ] {
            assert_eq!(Command::parse(line.as_bytes()), None, "{line:?}");
        }
        assert_eq!(Command::parse(b"ECHO\xff"), None);
    }
}
