//! Ramps: byte i of every payload is i mod 251, so that a lost, doubled or swapped byte shows.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::Outcome;

const PERIOD: usize = 251;

/// `size` bytes of a ramp from its start.
pub(crate) fn ramp(size: usize) -> Vec<u8> {
    (0..PERIOD as u8).cycle().take(size).collect()
}

/// Follows a ramp that arrives in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct RampCheck {
    received: u64,
}

impl RampCheck {
    /// Checks the next bytes of the ramp.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Outcome {
        for &byte in bytes {
            let expected = (self.received % PERIOD as u64) as u8;
            if byte != expected {
                return Err(format!("byte {} is {byte}, not {expected}", self.received).into());
            }
            self.received += 1;
        }
        Ok(())
    }

    /// How many bytes have been checked.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// Checks that the ramp ended where it should.
    pub(crate) fn finish(&self, size: u64) -> Outcome {
        if self.received == size {
            Ok(())
        } else {
            Err(format!("the stream ended after {} of {size} bytes", self.received).into())
        }
    }
}

/// What SINK and SLOW answer to these bytes.
pub(crate) fn receipt(bytes: &[u8]) -> String {
    let mut line = format!("{} ", bytes.len());
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(line, "{byte:02x}");
    }
    line.push('\n');
    line
}
