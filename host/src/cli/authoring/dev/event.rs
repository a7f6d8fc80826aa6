//! The output of `mortise dev`: one line for each change, and under it the reason if something failed.

use std::fmt;
use std::time::Duration;

use anyhow::Result;
use mortise_terminal::plain;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::cli::output::print_line;

/// The result of one change.
#[derive(Debug, Serialize)]
pub(super) struct Event {
    /// The integration.
    pub(super) integration: String,
    /// The file that changed, relative to the project's folder; `None` at the start.
    pub(super) changed: Option<String>,
    /// How long the build took; `None` if only the component changed.
    #[serde(rename = "built_ms", serialize_with = "milliseconds")]
    pub(super) built: Option<Duration>,
    /// How long loading the new component took; `None` if there was none.
    #[serde(rename = "loaded_ms", serialize_with = "milliseconds")]
    pub(super) loaded: Option<Duration>,
    /// The outcome.
    pub(super) outcome: Outcome,
    /// The generation that serves now.
    pub(super) generation: Option<String>,
    /// The account to call it with, if it serves.
    pub(super) account: Option<Uuid>,
    /// Why the newest version does not serve; several lines if they are a compiler's.
    pub(super) reason: Option<String>,
}

/// The outcome of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// A new generation serves.
    Loaded,
    /// The component has the same bytes as before.
    Unchanged,
    /// The component cannot be served.
    Refused,
    /// There is no new component.
    BuildFailed,
}

impl Event {
    /// Prints it.
    pub(super) fn print(&self, json: bool) -> Result<()> {
        let text = if json { serde_json::to_string(self)? } else { self.to_string() };
        Ok(print_line(&text)?)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { integration, changed, built, loaded, outcome, generation, account: _, reason } = self;
        write!(f, "{integration}: ")?;
        if let Some(changed) = changed {
            write!(f, "{} changed, ", plain(changed))?;
        }
        if let Some(built) = built {
            let word = if *outcome == Outcome::BuildFailed { "build failed after" } else { "built in" };
            write!(f, "{word} {:.2} s, ", built.as_secs_f64())?;
        }
        if let Some(loaded) = loaded.filter(|_| *outcome == Outcome::Loaded) {
            write!(f, "loaded in {:.2} s, ", loaded.as_secs_f64())?;
        }
        match (outcome, generation) {
            (Outcome::Loaded, Some(id)) => write!(f, "generation {id} serves"),
            (Outcome::Unchanged, Some(id)) => write!(f, "the same component, generation {id} serves on"),
            (Outcome::Refused, Some(id)) => write!(f, "refused, generation {id} serves on"),
            (_, Some(id)) => write!(f, "generation {id} serves on"),
            (Outcome::Refused, None) => f.write_str("refused, nothing serves"),
            (_, None) => f.write_str("nothing serves"),
        }?;
        match reason {
            Some(reason) => write!(f, "\n{reason}"),
            None => Ok(()),
        }
    }
}

fn milliseconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}
