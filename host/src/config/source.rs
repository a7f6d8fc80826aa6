//! Reading the configuration, and saying where it is wrong.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mortise_policy::origin::Origin;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Limits};

/// The file that is read where none is named. It may be missing.
const DEFAULT_FILE: &str = "mortise.toml";

/// What each variable of a limit starts with.
const LIMITS_PREFIX: &str = "MORTISE_LIMITS_";

/// The variable of [`Config::database_url`].
const DATABASE_URL: &str = "DATABASE_URL";

/// A configuration that the host will not start with. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A value in the file is wrong.
    #[error("{}:{line}: {key}{message}", path.display(), key = if key.is_empty() { String::new() } else { format!("`{key}`: ") })]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The dotted key, or empty where the file is not TOML.
        key: String,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// An environment variable is wrong.
    #[error("environment variable {name}: {message}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong and what is allowed.
        message: String,
    },
    /// What the configuration points at is missing or unusable.
    #[error("{0}")]
    Unusable(String),
}

impl Config {
    /// Reads the file, `mortise.toml` where it exists if none is named, and then `DATABASE_URL` and the limits in
    /// `environment`. An empty `DATABASE_URL` is none.
    ///
    /// # Errors
    /// A named file that cannot be read, and the first wrong value with its place: file, line and key, or the variable.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let mut config = match fs::read_to_string(path) {
            Ok(text) => parse(path, &text)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound && file.is_none() => Self::default(),
            Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        };
        for (name, value) in environment {
            if name == DATABASE_URL && !value.is_empty() {
                check_database_url(&value).map_err(|message| ConfigError::Environment { name, message })?;
                config.database_url = Some(value.into());
            } else if let Some(key) = name.strip_prefix(LIMITS_PREFIX) {
                config
                    .limits
                    .set(&key.to_ascii_lowercase(), &value)
                    .map_err(|message| ConfigError::Environment { name: name.clone(), message })?;
            }
        }
        Ok(config)
    }
}

impl Limits {
    /// Every limit by its key.
    fn by_key(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    /// Sets one limit by its key.
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let mut limits = self.by_key();
        let slot = limits.get_mut(key).ok_or_else(|| format!("there is no limit `{key}`"))?;
        let value = value.parse::<u64>().map_err(|_| "must be a whole number".to_owned())?;
        check(key, value)?;
        *slot = value.into();
        *self = serde_json::from_value(Value::Object(limits)).map_err(|e| e.to_string())?;
        Ok(())
    }
}

fn check(key: &str, value: u64) -> Result<(), String> {
    let allowed = Limits::allowed(key);
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(format!("must be between {} and {}, and is {value}", allowed.start(), allowed.end()))
}

/// Refuses what names no database that this host knows. The message holds nothing of the URL, which can hold a password.
fn check_database_url(url: &str) -> Result<(), String> {
    const KNOWN: [&str; 3] = ["postgres", "postgresql", "sqlite"];
    if url::Url::parse(url).is_ok_and(|url| KNOWN.contains(&url.scheme())) {
        return Ok(());
    }
    Err("must be a URL such as postgres://user:password@host/name or sqlite:///file?mode=rwc".to_owned())
}

fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let invalid = |span: Option<Range<usize>>, key: String, message: String| {
        let before = text.as_bytes().iter().take(span.map_or(0, |s| s.start));
        let line = before.filter(|b| **b == b'\n').count().saturating_add(1);
        ConfigError::Invalid { path: path.to_owned(), line, key, message }
    };

    let document = DeTable::parse(text).map_err(|e| invalid(e.span(), String::new(), e.message().to_owned()))?;
    let config: Config = toml::from_str(text).map_err(|e| {
        let key = e.span().and_then(|span| key_at(document.get_ref(), span.start)).unwrap_or_default();
        invalid(e.span(), key, e.message().to_owned())
    })?;

    if let Some(url) = &config.database_url {
        check_database_url(url.expose_secret()).map_err(|message| {
            invalid(span_of(document.get_ref(), &["database_url"]), "database_url".to_owned(), message)
        })?;
    }
    for (key, value) in config.limits.by_key() {
        check(&key, value.as_u64().unwrap_or_default()).map_err(|message| {
            invalid(span_of(document.get_ref(), &["limits", &key]), format!("limits.{key}"), message)
        })?;
    }
    for (slug, integration) in &config.integrations {
        if let Some(origin) = &integration.origin {
            Origin::parse_override(origin).map_err(|e| {
                let span = span_of(document.get_ref(), &["integrations", slug, "origin"]);
                invalid(span, format!("integrations.{slug}.origin"), e.to_string())
            })?;
        }
    }
    Ok(config)
}

/// The dotted key whose name or value stands at `offset`.
fn key_at(table: &DeTable<'_>, offset: usize) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(rest) = key_at(inner, offset)
        {
            return Some(format!("{name}.{rest}"));
        }
        (key.span().contains(&offset) || value.span().contains(&offset)).then(|| name.to_string())
    })
}

/// Where the value of that key stands.
fn span_of(table: &DeTable<'_>, path: &[&str]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let value: &Spanned<DeValue<'_>> = table.get(*first)?;
    match (rest, value.get_ref()) {
        ([], _) => Some(value.span()),
        (_, DeValue::Table(inner)) => span_of(inner, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(Path::new("mortise.toml"), text).expect_err("the configuration is wrong").to_string()
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let message = message("\n[limits]\ncall_deadline = 5\n");
        assert!(message.starts_with("mortise.toml:3: `limits.call_deadline`: unknown field"), "{message}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_with_its_line() {
        let message = message("[limits]\n\ncall_deadline_ms = \"soon\"\n");
        assert!(message.starts_with("mortise.toml:3: `limits.call_deadline_ms`: invalid type"), "{message}");
        assert_eq!(self::message("listen = \"here\""), "mortise.toml:1: `listen`: invalid socket address syntax");
    }

    #[test]
    fn a_zero_limit_is_refused_and_a_wait_of_zero_is_not() {
        assert_eq!(
            message("[limits]\nconcurrent_calls = 0"),
            "mortise.toml:2: `limits.concurrent_calls`: must be between 1 and 10000, and is 0"
        );
        parse(Path::new("mortise.toml"), "[limits]\nadmission_wait_ms = 0\nshutdown_ms = 0")
            .expect("zero means no wait");
    }

    #[test]
    fn every_default_is_allowed() {
        for (key, value) in Limits::default().by_key() {
            check(&key, value.as_u64().expect("limits are whole numbers")).expect(&key);
        }
    }

    #[test]
    fn an_origin_that_is_no_origin_is_named_with_its_line() {
        let message = message("[integrations.acme]\norigin = \"ftp://acme\"\n");
        assert!(message.starts_with("mortise.toml:2: `integrations.acme.origin`: "), "{message}");
    }

    #[test]
    fn a_database_url_of_no_known_kind_is_named_and_not_shown() {
        assert_eq!(
            message("\ndatabase_url = \"mysql://u:canary@h/d\""),
            "mortise.toml:2: `database_url`: must be a URL such as postgres://user:password@host/name or sqlite:///file?mode=rwc"
        );
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("mortise.toml");
        fs::write(&file, "database_url = \"sqlite://x.db\"").expect("writable");
        let load = |url: &str| Config::load(Some(&file), [("DATABASE_URL".to_owned(), url.to_owned())]);
        let refused = load("canary").expect_err("refused").to_string();
        assert!(refused.starts_with("environment variable DATABASE_URL: must be") && !refused.contains("canary"));
        let config = load("postgres://u:canary@h/d").expect("a good configuration");
        assert_eq!(config.database_url().expect("it is set").expose_secret(), "postgres://u:canary@h/d");
        assert!(!format!("{config:?}").contains("canary"));
        let kept = load("").expect("an empty variable is none").database_url().expect("it is set");
        assert_eq!(kept.expose_secret(), "sqlite://x.db");
    }

    #[test]
    fn text_that_is_not_toml_is_named_with_its_line() {
        let message = message("listen = \"127.0.0.1:1\"\nlimits = {\n");
        assert!(message.starts_with("mortise.toml:"), "{message}");
    }

    #[test]
    fn the_environment_is_stronger_than_the_file() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("mortise.toml");
        fs::write(&file, "[limits]\ncall_deadline_ms = 1000\nguest_cpu_ms = 7").expect("writable");
        let environment = [("MORTISE_LIMITS_CALL_DEADLINE_MS".to_owned(), "2000".to_owned())];
        let config = Config::load(Some(&file), environment).expect("a good configuration");
        assert_eq!((config.limits.call_deadline_ms, config.limits.guest_cpu_ms), (2000, 7));
    }

    #[test]
    fn a_variable_that_names_no_limit_is_refused() {
        let load = |name: &str, value: &str| {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let file = directory.path().join("mortise.toml");
            fs::write(&file, "").expect("writable");
            Config::load(Some(&file), [(name.to_owned(), value.to_owned())]).expect_err("refused").to_string()
        };
        assert_eq!(
            load("MORTISE_LIMITS_PATIENCE", "1"),
            "environment variable MORTISE_LIMITS_PATIENCE: there is no limit `patience`"
        );
        assert_eq!(
            load("MORTISE_LIMITS_COMPILE_MS", "x"),
            "environment variable MORTISE_LIMITS_COMPILE_MS: must be a whole number"
        );
    }
}
