//! The result of playing a component's cassettes, as JSON and for people.

use std::fmt;
use std::time::Duration;

use mortise_authoring::cassette::LoadError;
use mortise_terminal::plain;
use serde::{Serialize, Serializer};

use super::accept::Accepted;
use super::coverage::Coverage;
use super::difference::Difference;

/// The result for all cassettes of one component.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The integration.
    pub slug: String,
    /// SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// One for each cassette, in their order.
    pub outcomes: Vec<Outcome>,
    /// The gaps that no cassette shows.
    pub coverage: Coverage,
}

/// The result for one cassette.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The name of its file, without the ending.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// The first origin for its account, if there is one.
    #[serde(skip)]
    pub origin: Option<String>,
    /// The time from the request to the answer.
    #[serde(rename = "elapsed_ms", serialize_with = "milliseconds")]
    pub elapsed: Duration,
    /// The differences from the recording. Empty if it passed.
    pub differences: Vec<Difference>,
    /// Their explanations, and fields that are lost although nothing differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether the actual results were written into the cassette, if that was asked for and it did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
}

impl Report {
    /// Whether every cassette passed.
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(Outcome::passed)
    }

    /// The cassettes that did not pass, and were not accepted.
    pub fn failed(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| !outcome.passed() && !outcome.is_accepted())
    }

    /// The cassettes that now have the actual results.
    pub fn accepted(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.is_accepted())
    }
}

impl Outcome {
    /// A file that is not a cassette, which is a failure of its own.
    pub fn unreadable(error: LoadError) -> Self {
        Self {
            name: error.path().file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            description: "cannot be read".to_owned(),
            origin: None,
            elapsed: Duration::ZERO,
            differences: vec![Difference::new("file", format!("{:#}", anyhow::Error::from(error)))],
            notes: Vec::new(),
            accepted: None,
        }
    }

    /// Whether everything was as recorded.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    fn is_accepted(&self) -> bool {
        matches!(self.accepted, Some(Accepted::Written(_)))
    }
}

/// One line, and under it the differences.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.passed(), self.is_accepted()) {
            (true, _) => "ok  ",
            (false, true) => "new ",
            (false, false) => "FAIL",
        };
        write!(f, "{word}  {}  {:.0} ms", plain(&self.name), self.elapsed.as_secs_f64() * 1e3)?;
        if !self.passed() {
            write!(f, "  {}", plain(&self.description))?;
        }
        let differences = self.differences.iter().map(ToString::to_string);
        let notes = self.notes.iter().map(|note| format!("note: {note}"));
        let accepted = self.accepted.iter().map(|accepted| match accepted {
            Accepted::Written(file) => format!("written: {}", plain(&file.display().to_string())),
            Accepted::Refused(reason) => format!("not accepted: {reason}"),
        });
        for text in differences.chain(notes).chain(accepted) {
            for line in text.lines() {
                write!(f, "\n      {}", plain(line))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.slug)?;
        for outcome in &self.outcomes {
            write!(f, "\n  {}", outcome.to_string().replace('\n', "\n  "))?;
        }
        if self.outcomes.is_empty() {
            write!(f, "\n  no cassettes")?;
        }
        write!(f, "{}", self.coverage)
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    // Whole microseconds: more digits would be noise.
    serializer.serialize_f64((time.as_secs_f64() * 1e6).round() / 1e3)
}
