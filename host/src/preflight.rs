//! What must hold before a host starts: asked by `mortise serve`, printed by `mortise check-config`, so that the two agree.
//! `mortise self-check` asks the parts of it that concern the machine.
//!
//! Nothing here changes anything: no directory is made, no database file, no schema.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_policy::grant::{self, Grant, digest};
use rustix::fs::{Access, access};
use serde_json::{Value, json};

use crate::account::{AccountError, Accounts, KeyError, MasterKeys};
use crate::config::{Config, ConfigError, ConfigErrors, Source};
use crate::egress::{authorities, tls_client};
use crate::plugin::lock::LockError;
use crate::plugin::{Loader, LockFile, read_component};
use crate::{descriptors, engine};

/// Limits that another limit makes pointless: the first is never reached if it is above the second.
const NEVER_REACHED: [(&str, &str); 12] = [
    ("concurrent_calls_per_integration", "concurrent_calls"),
    ("guest_cpu_ms", "call_deadline_ms"),
    ("interpreter_concurrent_calls", "concurrent_calls"),
    ("interpreter_concurrent_calls_per_integration", "interpreter_concurrent_calls"),
    ("interpreter_guest_cpu_ms", "call_deadline_ms"),
    ("vendor_timeout_ms", "call_deadline_ms"),
    ("vendor_connect_ms", "call_deadline_ms"),
    ("vendor_idle_ms", "call_deadline_ms"),
    ("vendor_body_bytes", "vendor_total_bytes"),
    ("vendor_list_bytes", "vendor_total_bytes"),
    ("circuit_open_ms", "circuit_open_max_ms"),
    ("log_account_entries", "log_entries"),
];

/// Something that stands in the way of a host.
#[derive(Debug)]
pub enum Problem {
    /// The configuration must change: another start would fail in the same way.
    Configuration(ConfigError),
    /// Something around the host does not work now, such as the database server. Another start may succeed.
    Surroundings(String),
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// A host does not start.
    pub problems: Vec<Problem>,
    /// A host starts; what was configured may not be what was meant.
    pub warnings: Vec<ConfigError>,
}

/// The problems of a report as an error, one line each.
#[derive(Debug)]
pub struct Refused {
    lines: Vec<String>,
    /// Whether the configuration must change.
    pub configuration: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// With one line.
    pub fn new(line: String, configuration: bool) -> Self {
        Self { lines: vec![line], configuration }
    }
}

impl Report {
    /// A configuration that could not even be read.
    pub fn unreadable(errors: ConfigErrors) -> Self {
        Self { problems: errors.0.into_iter().map(Problem::Configuration).collect(), warnings: Vec::new() }
    }

    /// Checks everything that a start depends on.
    pub async fn of(config: &Config) -> Self {
        let mut report = Self::default();
        report.addresses(config);
        report.limits(config);
        report.address_space(config);
        report.open_files(config);
        report.certificates(config);
        report.connect(config);
        report.data_dir(config);
        report.compile_cache(config);
        report.plugins_dir(config);
        report.lock_file(config);
        // A rotation changes the key file first: keys that are read after the database open what was found there.
        let sealed_with = report.database(config).await;
        let keys = report.master_keys(config);
        report.key_of_the_database(keys, sealed_with);
        report
    }

    /// An error where there are problems; with `strict`, where there are warnings too.
    ///
    /// # Errors
    /// All that was found.
    pub fn verdict(&self, strict: bool) -> Result<(), Refused> {
        let mut lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        let mut configuration = self.problems.iter().any(|problem| matches!(problem, Problem::Configuration(_)));
        if strict {
            lines.extend(self.warnings.iter().map(ToString::to_string));
            configuration |= !self.warnings.is_empty();
        }
        if lines.is_empty() { Ok(()) } else { Err(Refused { lines, configuration }) }
    }

    /// For programs: `{"ok", "problems": [{"message", "key", "file", "line", "variable"}], "warnings": […]}`.
    pub fn to_json(&self) -> Value {
        let problem = |problem: &Problem| match problem {
            Problem::Configuration(error) => entry(error),
            Problem::Surroundings(message) => json!({ "message": message }),
        };
        json!({
            "ok": self.problems.is_empty(),
            "problems": self.problems.iter().map(problem).collect::<Vec<_>>(),
            "warnings": self.warnings.iter().map(entry).collect::<Vec<_>>(),
        })
    }

    /// Adds what is wrong beside the configuration proper, such as a variable of a library.
    pub fn wrong(&mut self, error: ConfigError) {
        self.problems.push(Problem::Configuration(error));
    }

    fn addresses(&mut self, config: &Config) {
        let Some(admin) = config.admin_listen.0 else { return };
        if overlap(config.listen, admin) {
            let message = match admin == config.listen {
                true => format!("{admin} is the address of `listen` too: the operator's routes need their own"),
                false => format!("{admin} is taken by `listen`, {}: give it another port", config.listen),
            };
            self.wrong(config.wrong("admin_listen", message));
        } else if !is_local(admin.ip()) {
            let message = format!(
                "{admin} is not confined to this machine or a private network, and its routes ask for no token: admit operators \
                 only, by a firewall"
            );
            self.warnings.push(config.wrong("admin_listen", message));
        }
    }

    fn limits(&mut self, config: &Config) {
        let value = |key: &str| config.limits.get(key).unwrap_or_default();
        let is_set = |key: &str| config.sources.of(&format!("limits.{key}")) != Source::Default;
        for (key, bound) in NEVER_REACHED {
            if value(key) > value(bound) && is_set(key) {
                let message = format!("{} is never reached: limits.{bound} is {}", value(key), value(bound));
                self.warnings.push(config.wrong(&format!("limits.{key}"), message));
            }
        }
        let (deadline, shutdown) = (value("call_deadline_ms"), value("shutdown_ms"));
        if deadline > shutdown && (is_set("call_deadline_ms") || is_set("shutdown_ms")) {
            let key = if is_set("shutdown_ms") { "limits.shutdown_ms" } else { "limits.call_deadline_ms" };
            let message = format!(
                "a shutdown breaks off calls: limits.shutdown_ms is {shutdown}, limits.call_deadline_ms {deadline}"
            );
            self.warnings.push(config.wrong(key, message));
        }
        let (record, list) = (value("vendor_body_bytes"), value("vendor_list_bytes"));
        if record > list && (is_set("vendor_body_bytes") || is_set("vendor_list_bytes")) {
            let key = if is_set("vendor_list_bytes") { "limits.vendor_list_bytes" } else { "limits.vendor_body_bytes" };
            let message = format!(
                "lists have less room than records: limits.vendor_list_bytes is {list}, limits.vendor_body_bytes {record}"
            );
            self.warnings.push(config.wrong(key, message));
        }
    }

    /// Whether calls have room in the address space that this process may use.
    pub(crate) fn address_space(&mut self, config: &Config) {
        match engine::room(&config.limits) {
            Err(error) => self.wrong(ConfigError::Unusable(error.to_string())),
            Ok(Some(calls)) if calls < config.limits.concurrent_calls => {
                let message =
                    format!("the address space of this process (ulimit -v) has room for {calls} calls at a time");
                self.warnings.push(config.wrong("limits.concurrent_calls", message));
            }
            Ok(_) => {}
        }
    }

    /// Whether the limit of open files suffices for the calls.
    pub(crate) fn open_files(&mut self, config: &Config) {
        let needed = descriptors::needed(&config.limits);
        if let Some(most) = descriptors::most().filter(|most| *most < needed) {
            self.warnings.push(config.wrong("limits.concurrent_calls", descriptors::too_few(needed, most)));
        }
    }

    /// Whether there are certificate authorities to verify vendors by.
    pub(crate) fn certificates(&mut self, config: &Config) {
        let own = config.egress.ca_file.as_deref();
        if let Some(Err(error)) = own.map(authorities) {
            self.wrong(config.wrong("egress.ca_file", chain(error)));
        } else if let Err(error) = tls_client(own) {
            self.problems.push(Problem::Surroundings(chain(error)));
        }
    }

    pub(crate) fn connect(&mut self, config: &Config) {
        let connect = &config.connect;
        if connect.public_url.is_some() {
            return;
        }
        let lists = [
            ("allowed_origins", connect.allowed_origins.len()),
            ("allowed_redirects", connect.allowed_redirects.len()),
        ];
        if let Some((key, _)) = lists.into_iter().find(|(_, entries)| *entries > 0) {
            let message = "nobody can sign in at a vendor without connect.public_url, the address at which browsers reach this host";
            self.warnings.push(config.wrong(&format!("connect.{key}"), message.to_owned()));
        }
    }

    pub(crate) fn data_dir(&mut self, config: &Config) {
        // The directory itself, or the one that it will be made in.
        let existing = config.data_dir.ancestors().find(|path| path.as_os_str().is_empty() || path.exists());
        let existing = existing.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let shown = existing.display();
        let trouble = if !existing.is_dir() {
            format!("{shown} is not a directory")
        } else if let Err(error) = access(existing, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
            format!("the directory {shown} cannot be written by this user: {error}")
        } else {
            return;
        };
        self.wrong(config.wrong("data_dir", trouble));
    }

    pub(crate) fn compile_cache(&mut self, config: &Config) {
        // What is wrong with the directory itself is said already.
        let Ok(data) = Dir::open_ambient_dir(&config.data_dir, ambient_authority()) else { return };
        if let Err(error) = engine::cache::check(&data) {
            self.wrong(config.wrong("data_dir", error.to_string()));
        }
    }

    pub(crate) fn plugins_dir(&mut self, config: &Config) {
        let listed =
            Dir::open_ambient_dir(&config.plugins_dir, ambient_authority()).and_then(|dir| dir.entries().map(drop));
        if let Err(error) = listed {
            let message = format!("the directory {} cannot be read: {error}", config.plugins_dir.display());
            self.wrong(config.wrong("plugins_dir", message));
        }
    }

    pub(crate) fn lock_file(&mut self, config: &Config) {
        match LockFile::load(&config.lock_file) {
            Ok(_) => {}
            // It names the file and the line itself.
            Err(error @ LockError::Invalid { .. }) => self.wrong(ConfigError::Unusable(chain(error))),
            Err(error) => self.wrong(config.wrong("lock_file", chain(error))),
        }
    }

    pub(crate) fn master_keys(&mut self, config: &Config) -> Option<MasterKeys> {
        let keys = match MasterKeys::from_env() {
            Ok(Some(keys)) => Ok(keys),
            Ok(None) => MasterKeys::load(&config.master_key_path()),
            Err(error) => Err(error),
        };
        keys.map_err(|error| {
            let names_itself = matches!(error, KeyError::Malformed { .. }) || config.master_key_file.is_none();
            self.wrong(match names_itself {
                true => ConfigError::Unusable(chain(error)),
                false => config.wrong("master_key_file", chain(error)),
            });
        })
        .ok()
    }

    /// The id of the key that its newest account is sealed with.
    pub(crate) async fn database(&mut self, config: &Config) -> Option<String> {
        match Accounts::probe(&config.existing_database_url()?).await {
            Ok(sealed_with) => return sealed_with,
            // A host makes its data directory, and what stands in the way of that is said already.
            Err(AccountError::Create { path, .. })
                if config.database_url.is_none() || path.parent() == Some(config.data_dir.as_path()) => {}
            Err(error @ (AccountError::Url(_) | AccountError::Newer { .. } | AccountError::Create { .. })) => {
                self.wrong(ConfigError::Unusable(chain(error)));
            }
            Err(error) => self.problems.push(Problem::Surroundings(chain(error))),
        }
        None
    }

    pub(crate) fn key_of_the_database(&mut self, keys: Option<MasterKeys>, sealed_with: Option<String>) {
        let (Some(keys), Some(sealed_with)) = (keys, sealed_with) else { return };
        if let Err(error) = keys.must_hold(&sealed_with) {
            self.wrong(ConfigError::Unusable(chain(error)));
        }
    }

    /// Holds the plugins against the grants and the settings, by their digests: none is compiled or run. A host that starts and
    /// serves none of them is a problem. Returns how many a host would serve.
    pub fn plugins(&mut self, config: &Config) -> usize {
        let opened = Dir::open_ambient_dir(&config.plugins_dir, ambient_authority());
        let (Ok(dir), Ok(lock)) = (opened, LockFile::load(&config.lock_file)) else { return 0 };
        let Ok(names) = Loader::files(&dir) else { return 0 };
        let mut slugs = BTreeSet::new();
        let mut served = 0;
        for name in &names {
            let Some(slug) = name.strip_suffix(Loader::EXTENSION) else { continue };
            slugs.insert(slug);
            let file = config.plugins_dir.join(name);
            let trouble = match read_component(&dir, name, &config.limits) {
                Ok(wasm) => {
                    // What it declares is asked when it is loaded; here its bytes speak for it.
                    let asked =
                        Grant { digest: digest(&wasm), origins: Vec::new(), headers: Vec::new(), passthrough: true };
                    grant::check(&asked, lock.plugins.get(slug)).err().map(|error| error.explain(slug))
                }
                Err(error) => Some(error.to_string()),
            };
            match trouble {
                Some(trouble) => {
                    self.warnings.push(ConfigError::Unusable(format!("{}: {trouble}", file.display())));
                }
                None => served += 1,
            }
        }
        if served == 0 {
            let message = format!(
                "a host would serve nothing: the directory {} holds no component that can be read and is granted",
                config.plugins_dir.display()
            );
            self.wrong(config.wrong("plugins_dir", message));
        }
        let absent = |slug: &str| format!("there is no {}", config.plugins_dir.join(format!("{slug}.wasm")).display());
        for slug in lock.plugins.keys().filter(|slug| !slugs.contains(slug.as_str())) {
            let message = format!("{}: {slug} is granted, and {}", config.lock_file.display(), absent(slug));
            self.warnings.push(ConfigError::Unusable(message));
        }
        for slug in config.integrations.keys().filter(|slug| !slugs.contains(slug.as_str())) {
            self.warnings.push(config.wrong(&format!("integrations.{slug}.origin"), absent(slug)));
        }
        served
    }
}

/// Whether the system refuses to listen on both. It gives each listener another port for 0.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    // The unspecified address is every one of its family, and that of IPv6 takes connections of IPv4 too.
    let covers = |all: IpAddr, ip: IpAddr| all.is_unspecified() && (all.is_ipv6() || ip.is_ipv4());
    let (a, b) = (one.ip(), other.ip());
    one.port() == other.port() && one.port() != 0 && (a == b || covers(a, b) || covers(b, a))
}

/// Whether an address is of this machine alone, or of a private network.
fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => error.fmt(f),
            Self::Surroundings(message) => f.write_str(message),
        }
    }
}

fn entry(error: &ConfigError) -> Value {
    let message = error.to_string();
    match error {
        ConfigError::Invalid { key, origin, .. } => {
            let (file, line, variable) = match origin {
                Source::File { path, line } => (Some(path), Some(line), None),
                Source::Environment(name) => (None, None, Some(name)),
                Source::Default | Source::Flag(_) => (None, None, None),
            };
            let key = Some(key).filter(|key| !key.is_empty());
            json!({ "message": message, "key": key, "file": file, "line": line, "variable": variable })
        }
        ConfigError::Unreadable { path, .. } => json!({ "message": message, "file": path }),
        ConfigError::Unusable(_) => json!({ "message": message }),
    }
}

/// An error with its causes, in one line. Causes that an error repeats in its own words come once.
fn chain(error: impl Into<anyhow::Error>) -> String {
    let mut text = String::new();
    for cause in error.into().chain().map(ToString::to_string).filter(|cause| !cause.is_empty()) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
