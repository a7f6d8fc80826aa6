//! What came of playing a component's cassettes, as JSON and for people.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::coverage::Coverage;
use super::difference::Difference;
use super::load::LoadError;

/// What came of all cassettes of one component.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The integration.
    pub slug: String,
    /// SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// One for each cassette, in their order.
    pub outcomes: Vec<Outcome>,
    /// What no cassette shows.
    pub coverage: Coverage,
}

/// What came of one cassette.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The name of its file, without the ending.
    pub name: String,
    /// What it shows.
    pub description: String,
    /// The first origin for its account, where there is one.
    #[serde(skip)]
    pub origin: Option<String>,
    /// From the request to the answer.
    #[serde(rename = "elapsed_ms", serialize_with = "milliseconds")]
    pub elapsed: Duration,
    /// What is not as recorded; nothing if it passed.
    pub differences: Vec<Difference>,
}

impl Report {
    /// Whether every cassette passed.
    pub fn passed(&self) -> bool {
        self.outcomes.iter().all(Outcome::passed)
    }

    /// The cassettes that did not pass.
    pub fn failed(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| !outcome.passed())
    }
}

impl Outcome {
    /// A file that is no cassette: a failure of its own.
    pub fn unreadable(error: LoadError) -> Self {
        Self {
            name: error.path().file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            description: "cannot be read".to_owned(),
            origin: None,
            elapsed: Duration::ZERO,
            differences: vec![Difference::new("file", format!("{:#}", anyhow::Error::from(error)))],
        }
    }

    /// Whether everything was as recorded.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// A line, and under it what is not as recorded.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, time) = (if self.passed() { "ok  " } else { "FAIL" }, self.elapsed.as_secs_f64() * 1e3);
        write!(f, "{word}  {}  {time:.0} ms", self.name)?;
        if !self.passed() {
            write!(f, "  {}", self.description)?;
        }
        for line in self
            .differences
            .iter()
            .flat_map(|difference| difference.to_string().lines().map(str::to_owned).collect::<Vec<_>>())
        {
            write!(f, "\n      {line}")?;
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
    // Whole microseconds, without the noise behind them.
    serializer.serialize_f64((time.as_secs_f64() * 1e6).round() / 1e3)
}
