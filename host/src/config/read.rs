//! Reading the configuration, layer by layer, with the place of each error.
//!
//! A layer is a list of entries: a key, a value and the place of both. Each entry is first read alone, so that all
//! wrong ones are found at once. The right ones make up the configuration. A later layer wins over an earlier one.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use mortise_files as files;
use mortise_policy::origin::Origin;
use secrecy::ExposeSecret;
use serde_json::{Map, Value as Json};
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::{Config, ConfigError, ConfigErrors, Limits, Source};

/// The file that is read if none is named. It may be missing.
const DEFAULT_FILE: &str = "mortise.toml";

/// Larger than any configuration file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The prefix of each limit's variable.
const LIMITS_PREFIX: &str = "MORTISE_LIMITS_";

/// The settings that have a variable, beside the limits.
const VARIABLES: [(&str, &str); 10] = [
    ("listen", "MORTISE_LISTEN"),
    ("admin_listen", "MORTISE_ADMIN_LISTEN"),
    ("log_format", "MORTISE_LOG_FORMAT"),
    ("data_dir", "MORTISE_DATA_DIR"),
    ("database_url", "DATABASE_URL"),
    ("plugins_dir", "MORTISE_PLUGINS_DIR"),
    ("lock_file", "MORTISE_LOCK_FILE"),
    ("master_key_file", "MORTISE_MASTER_KEY_FILE"),
    ("egress.proxy", "MORTISE_EGRESS_PROXY"),
    ("egress.ca_file", "MORTISE_EGRESS_CA_FILE"),
];

/// One setting of one layer.
struct Entry {
    path: Vec<String>,
    value: Value,
    origin: Source,
}

impl Config {
    /// Reads the file, and then the settings in `environment`. If no file is named, it reads `mortise.toml` if that
    /// exists. An empty variable counts as not set.
    ///
    /// # Errors
    /// A named file that cannot be read, or every wrong value with its place: file, line and key, or the variable.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let mut entries = match files::read_text(path, MAX_FILE) {
            Ok(text) => from_file(path, &text),
            Err(e) if e.kind() == io::ErrorKind::NotFound && file.is_none() => Vec::new(),
            Err(source) => vec![Err(ConfigError::Unreadable { path: path.to_owned(), source })],
        };
        let variables: BTreeMap<String, String> = environment.into_iter().collect();
        for (name, value) in &variables {
            entries
                .extend(from_variable(name, value).map_err(|message| ConfigError::variable(name, message)).transpose());
        }
        Self::of(entries)
    }

    /// The defaults with the limits in `environment`, for hosts that read nothing else.
    ///
    /// # Errors
    /// Every wrong value with its variable.
    pub fn with_limits_of(environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigErrors> {
        let limits = environment.into_iter().filter(|(name, _)| name.starts_with(LIMITS_PREFIX));
        let read = |(name, value): (String, String)| {
            from_variable(&name, &value).map_err(|message| ConfigError::variable(&name, message)).transpose()
        };
        Self::of(limits.filter_map(read).collect())
    }

    /// Merges the layers.
    fn of(entries: Vec<Result<Entry, ConfigError>>) -> Result<Self, ConfigErrors> {
        let mut merged = Table::new();
        let mut sources = super::Sources::default();
        let mut errors = Vec::new();
        for entry in entries {
            let Entry { path, value, origin } = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let key = path.join(".");
            let mut alone = Table::new();
            insert(&mut alone, &path, value.clone());
            let read = alone.try_into::<Self>().map_err(|e| e.message().to_owned());
            match read.and_then(|config| config.check(&path)) {
                Ok(()) => {
                    insert(&mut merged, &path, value);
                    sources.set(key, origin);
                }
                Err(message) => errors.push(ConfigError::Invalid { key, origin, message }),
            }
        }
        match merged.try_into::<Self>() {
            _ if !errors.is_empty() => Err(ConfigErrors(errors)),
            Ok(config) => Ok(Self { sources, ..config }),
            Err(e) => Err(ConfigErrors(vec![ConfigError::Unusable(e.message().to_owned())])),
        }
    }

    /// Whether the setting at this place may have this value.
    fn check(&self, path: &[String]) -> Result<(), String> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["limits", key] => check(key, self.limits.by_key().get(*key).and_then(Json::as_u64).unwrap_or_default()),
            ["integrations", slug, "origin"] => {
                let origin = self.integrations.get(*slug).and_then(|integration| integration.origin.as_deref());
                origin.map_or(Ok(()), |origin| Origin::parse_override(origin).map(drop).map_err(|e| e.to_string()))
            }
            ["database_url"] => {
                let url = self.database_url.as_ref().map(ExposeSecret::expose_secret);
                url.map_or(Ok(()), check_database_url)
            }
            _ => Ok(()),
        }
    }

    /// Every setting that an operator can see: dotted key, value as JSON, and source.
    pub fn settings(&self) -> Vec<(String, Json, Source)> {
        let mut settings = Vec::new();
        flatten(String::new(), serde_json::to_value(self).unwrap_or_default(), &mut settings);
        settings.into_iter().map(|(key, value)| (key.clone(), value, self.sources.of(&key))).collect()
    }
}

impl Limits {
    /// Every limit by its key.
    pub(super) fn by_key(&self) -> Map<String, Json> {
        match serde_json::to_value(self) {
            Ok(Json::Object(map)) => map,
            _ => Map::new(),
        }
    }
}

fn check(key: &str, value: u64) -> Result<(), String> {
    let allowed = Limits::allowed(key);
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(format!("must be between {} and {}, and is {value}", allowed.start(), allowed.end()))
}

/// Refuses a URL that is not of a database that this host knows. The message contains nothing of the URL, which can
/// have a password.
fn check_database_url(url: &str) -> Result<(), String> {
    const KNOWN: [&str; 3] = ["postgres", "postgresql", "sqlite"];
    if url::Url::parse(url).is_ok_and(|url| KNOWN.contains(&url.scheme())) {
        return Ok(());
    }
    Err("must be a URL such as postgres://user:password@host/name or sqlite:///file?mode=rwc".to_owned())
}

/// The entries of a file, or why it is not TOML.
fn from_file(path: &Path, text: &str) -> Vec<Result<Entry, ConfigError>> {
    let at = |offset: usize| {
        let line = text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count().saturating_add(1);
        Source::File { path: path.to_owned(), line }
    };
    let read = DeTable::parse(text).and_then(|places| Ok((places, toml::from_str::<Table>(text)?)));
    match read {
        Ok((places, values)) => {
            let mut entries = Vec::new();
            walk(&mut Vec::new(), places.get_ref(), values, &at, &mut entries);
            entries.sort_by_key(|(offset, _)| *offset);
            entries.into_iter().map(|(_, entry)| Ok(entry)).collect()
        }
        Err(e) => {
            let offset = e.span().map_or(0, |span| span.start);
            vec![Err(ConfigError::Invalid {
                key: key_at(text, offset).unwrap_or_default(),
                origin: at(offset),
                message: e.message().to_owned(),
            })]
        }
    }
}

/// The dotted key whose line contains the offset, if the text before it can be read.
fn key_at(text: &str, offset: usize) -> Option<String> {
    let plain = |name: &str| {
        let name = name.trim();
        let bare = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        (!name.is_empty() && name.chars().all(bare)).then(|| name.to_owned())
    };
    let start = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let (key, _) = text.get(start..)?.lines().next()?.split_once('=')?;
    let header = |line: &str| plain(line.trim().strip_prefix('[')?.strip_suffix(']')?);
    let section = text.get(..start)?.lines().rev().find_map(header);
    let key = plain(key)?;
    Some(section.map_or(key.clone(), |section| format!("{section}.{key}")))
}

fn walk(
    path: &mut Vec<String>,
    places: &DeTable<'_>,
    values: Table,
    at: &impl Fn(usize) -> Source,
    entries: &mut Vec<(usize, Entry)>,
) {
    for (key, value) in values {
        let Some((place, inner)) = places.get_key_value(key.as_str()) else { continue };
        path.push(key);
        match (value, inner.get_ref()) {
            (Value::Table(table), DeValue::Table(inner)) if is_section(path) => walk(path, inner, table, at, entries),
            (value, _) => {
                let offset = place.span().start;
                entries.push((offset, Entry { path: path.clone(), value, origin: at(offset) }));
            }
        }
        path.pop();
    }
}

/// Whether this is a table of settings, and not a setting.
fn is_section(path: &[String]) -> bool {
    match path {
        [section] => ["limits", "egress", "connect", "webhook", "integrations"].contains(&section.as_str()),
        [section, _] => section == "integrations",
        _ => false,
    }
}

/// The setting of a variable, if the variable is the host's.
fn from_variable(name: &str, value: &str) -> Result<Option<Entry>, String> {
    let (path, value) = if let Some(limit) = name.strip_prefix(LIMITS_PREFIX) {
        let key = limit.to_ascii_lowercase();
        if !Limits::default().by_key().contains_key(&key) {
            return Err(format!("there is no limit `{key}`"));
        }
        if value.is_empty() {
            return Ok(None);
        }
        let number = value.parse::<i64>().map_err(|_| "must be a whole number".to_owned())?;
        (vec!["limits".to_owned(), key], Value::Integer(number))
    } else if let Some((key, _)) = VARIABLES.iter().find(|(_, variable)| *variable == name)
        && !value.is_empty()
    {
        (key.split('.').map(str::to_owned).collect(), Value::String(value.to_owned()))
    } else {
        return Ok(None);
    };
    Ok(Some(Entry { path, value, origin: Source::Environment(name.to_owned()) }))
}

fn insert(table: &mut Table, path: &[String], value: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        table.insert(first.clone(), value);
    } else if let Value::Table(inner) = table.entry(first.clone()).or_insert_with(|| Value::Table(Table::new())) {
        insert(inner, rest, value);
    }
}

fn flatten(key: String, value: Json, into: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(members) => {
            for (name, value) in members {
                flatten(if key.is_empty() { name } else { format!("{key}.{name}") }, value, into);
            }
        }
        value => into.push((key, value)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigErrors> {
        Config::of(from_file(Path::new("mortise.toml"), text))
    }

    fn message(text: &str) -> String {
        parse(text).expect_err("the configuration is wrong").to_string()
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
        parse("[limits]\nadmission_wait_ms = 0\nshutdown_ms = 0").expect("zero means no wait");
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
    fn a_redirect_that_is_none_is_named_with_its_line() {
        let text =
            "[connect]\nallowed_redirects = [\"https://app.example.com/done\", \"http://app.example.com/done\"]\n";
        let message = message(text);
        assert!(
            message.starts_with("mortise.toml:2: `connect.allowed_redirects`: must be a whole https URL"),
            "{message}"
        );
        let config = parse("[connect]\nallowed_redirects = [\"http://127.0.0.1:3000/done\"]").expect("right");
        let redirects: Vec<_> = config.connect.allowed_redirects.iter().map(|redirect| redirect.as_str()).collect();
        assert_eq!(redirects, ["http://127.0.0.1:3000/done"]);
    }

    #[test]
    fn a_receiver_that_is_no_origin_is_named_with_its_line() {
        let message = message("[webhook]\nallow_private = [\"https://hooks.internal/path\"]\n");
        assert!(message.starts_with("mortise.toml:2: `webhook.allow_private`: must be an origin"), "{message}");
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
        let config = load("postgres://u:canary@h/d?password=canary").expect("a good configuration");
        let url = config.database_url().expect("it is set");
        assert_eq!(url.expose_secret(), "postgres://u:canary@h/d?password=canary");
        assert!(!format!("{config:?}").contains("canary"));
        assert!(!format!("{:?}", config.settings()).contains("canary"));
        let kept = load("").expect("an empty variable is none").database_url().expect("it is set");
        assert_eq!(kept.expose_secret(), "sqlite://x.db");
    }

    #[test]
    fn text_that_is_not_toml_is_named_with_its_line() {
        let message = message("listen = \"127.0.0.1:1\"\nlimits = {\n");
        assert!(message.starts_with("mortise.toml:"), "{message}");
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once_in_the_order_of_the_file() {
        let text = "plugin_dir = \"x\"\nlisten = 5\n[limts]\na = 1\n[limits]\nguest_cpu_ms = -1\ncompile_ms = 0\n\
                    [integrations.acme]\norigins = \"\"\n[integrations.other]\norigin = \"x\"\n";
        let message = message(text);
        let keys =
            ["1: `plugin_dir`", "2: `listen`", "3: `limts`", "6: `limits.guest_cpu_ms`", "7: `limits.compile_ms`"];
        let keys = keys.into_iter().chain(["9: `integrations.acme.origins`", "11: `integrations.other.origin`"]);
        for (line, key) in message.lines().zip(keys) {
            assert!(line.starts_with(&format!("mortise.toml:{key}: ")), "{key}: {message}");
        }
        assert_eq!(message.lines().count(), 7, "{message}");
    }

    #[test]
    fn every_setting_tells_where_it_comes_from() {
        let text = "data_dir = \"d\"\n[limits]\ncompile_ms = 7\n[integrations.acme]\norigin = \"http://127.0.0.1:1\"\n";
        let variable = from_variable("MORTISE_DATA_DIR", "e").expect("a path").expect("a setting");
        let entries = from_file(Path::new("mortise.toml"), text).into_iter().chain([Ok(variable)]);
        let config = Config::of(entries.collect()).expect("right");
        let of = |key: &str| {
            let settings = config.settings();
            let (_, value, source) = settings.iter().find(|(k, ..)| k == key).expect(key).clone();
            (value, source.to_string())
        };
        assert_eq!(of("data_dir"), ("e".into(), "MORTISE_DATA_DIR".to_owned()));
        assert_eq!(of("limits.compile_ms"), (7.into(), "mortise.toml:3".to_owned()));
        assert_eq!(of("integrations.acme.origin"), ("http://127.0.0.1:1".into(), "mortise.toml:5".to_owned()));
        assert_eq!(of("plugins_dir"), ("plugins".into(), "default".to_owned()));
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
