//! The source of a setting, so that an error can name the place to change.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// Where the value of a setting was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// It is the default.
    Default,
    /// The configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line, with its hyphens.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// The source as text.
impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The source of every setting that is not the default, by dotted key.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// Where the setting of that dotted key comes from.
    pub fn of(&self, key: &str) -> Source {
        self.0.get(key).cloned().unwrap_or(Source::Default)
    }

    /// Records another source for a setting.
    pub fn set(&mut self, key: impl Into<String>, source: Source) {
        self.0.insert(key.into(), source);
    }
}

/// A configuration with which the host does not start. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A setting is wrong.
    #[error("{}{message}", place(key, origin))]
    Invalid {
        /// The dotted key, or empty if the file is not TOML.
        key: String,
        /// Where its value is.
        origin: Source,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// Something that the configuration names is missing or unusable, or the command line must change.
    #[error("{0}")]
    Unusable(String),
}

impl ConfigError {
    /// An environment variable that is not a setting of [`Config`](super::Config) is wrong.
    pub fn variable(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid { key: String::new(), origin: Source::Environment(name.to_owned()), message: message.into() }
    }
}

fn place(key: &str, origin: &Source) -> String {
    match origin {
        Source::Default => format!("`{key}` (default): "),
        Source::File { .. } if key.is_empty() => format!("{origin}: "),
        Source::File { .. } => format!("{origin}: `{key}`: "),
        Source::Environment(name) => format!("environment variable {name}: "),
        Source::Flag(flag) => format!("{flag}: "),
    }
}

/// All errors of a configuration, in the order of its sources. Displayed as one line each.
#[derive(Debug)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigErrors {}
