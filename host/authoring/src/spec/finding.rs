//! What a comparison finds.

use std::fmt;

use mortise_terminal::plain;
use serde::Serialize;

/// How many exchanges a finding names for people. It counts the others.
const NAMED: usize = 3;

/// A difference from the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The exchanges in which it was found, in the cassettes' order. Empty for an exception of the project that nothing
    /// needs.
    pub exchanges: Vec<Exchange>,
    /// The place in them: `request.path`, `request.query/page`, `request.body/name`, `response.status`,
    /// `response.body/data/id`.
    pub at: String,
    /// The difference.
    pub message: String,
    /// The place in the document, a JSON pointer. Empty if it is about an exception.
    pub document: String,
}

/// One exchange of one cassette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The cassette's name.
    pub cassette: String,
    /// The number of the exchange, from 1.
    pub exchange: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Exchange { cassette, exchange } in self.exchanges.iter().take(NAMED) {
            write!(f, "{} exchange {exchange}, ", plain(cassette))?;
        }
        if let Some(more) = self.exchanges.len().checked_sub(NAMED).filter(|more| *more > 0) {
            write!(f, "and {more} more, ")?;
        }
        write!(f, "{}: {}", plain(&self.at), plain(&self.message))?;
        if self.document.is_empty() { Ok(()) } else { write!(f, "\n(in the document: {})", plain(&self.document)) }
    }
}
