//! The battery's cases, a file for each kind.

mod commands;
mod early;
mod echo;
mod transfer;
mod trial;

use std::pin::Pin;
use std::sync::Arc;

use strandmux::Multiplexer;

use super::Outcome;
use super::connect::Address;

const MIB: usize = 1_024 * 1_024;

type Body = Box<dyn FnOnce(Multiplexer) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send>;

/// Something to try on a connection.
pub(crate) struct Case {
    /// What is expected.
    pub(crate) name: String,
    /// Whether it mostly waits, and so runs beside the others.
    pub(crate) is_aside: bool,
    pub(crate) body: Body,
}

impl Case {
    fn new<F>(name: impl Into<String>, body: impl FnOnce(Multiplexer) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            name: name.into(),
            is_aside: false,
            body: Box::new(|mux| Box::pin(body(mux))),
        }
    }

    fn aside(self) -> Self {
        Self {
            is_aside: true,
            ..self
        }
    }
}

/// All cases, in the order in which they run.
pub(crate) fn all(address: &Arc<Address>) -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(echo::cases());
    cases.extend(transfer::cases());
    cases.extend(commands::cases());
    cases.extend(early::cases(address));
    cases.extend(trial::cases());
    cases
}
