//! What works on this machine, part by part: printed by `mortise self-check`.
//!
//! [`Report`] has the checks that `mortise check-config` makes, too. The sandbox is tried here alone.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::account::{MasterKey, MasterKeys};
use crate::app::Surroundings;
use crate::config::{Config, ConfigErrors};
use crate::descriptors;
use crate::engine::{self, AddressSpace};
use crate::preflight::{Problem, Refused, Report};

/// The version of the kernel.
const KERNEL: &str = "/proc/sys/kernel/osrelease";

/// How a part of the machine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works.
    Ok,
    /// A host starts, and serves less or more slowly than was configured.
    Warn,
    /// A host does not start, or serves nothing.
    Fail,
}

impl State {
    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One line about a part of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The part.
    pub part: &'static str,
    /// How it is.
    pub state: State,
    /// What was found; unless that is fine, with what the operator can do.
    pub message: String,
}

/// Everything that was found. A part has one finding if it works, and else one for each problem and warning.
#[derive(Debug, Default)]
pub struct SelfCheck {
    findings: Vec<Finding>,
    /// Whether the configuration must change.
    configuration: bool,
}

impl SelfCheck {
    /// A configuration that could not even be read.
    pub fn unreadable(errors: ConfigErrors) -> Self {
        let mut checked = Self::default();
        checked.add("configuration", Report::unreadable(errors), String::new());
        checked
    }

    /// Tries what a host needs of this machine. Nothing is changed or made.
    pub async fn of(config: &Config) -> Self {
        let mut checked = Self::default();
        checked.kernel();
        checked.sandbox(config).await;
        checked.open_files(config);
        checked.certificates(config);
        checked.data_directory(config);
        checked.database(config).await;
        checked.plugins(config);
        checked.public_url(config);
        checked
    }

    /// What was found, in the order of a start.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// An error if a host does not start here, or serves nothing.
    ///
    /// # Errors
    /// Names the parts that fail.
    pub fn verdict(&self) -> Result<(), Refused> {
        let mut failing: Vec<_> = self.findings.iter().filter(|f| f.state == State::Fail).map(|f| f.part).collect();
        failing.dedup();
        match failing.is_empty() {
            true => Ok(()),
            false => Err(Refused::new(format!("no host can serve here: {}", failing.join(", ")), self.configuration)),
        }
    }

    fn find(&mut self, part: &'static str, state: State, message: String) {
        self.findings.push(Finding { part, state, message });
    }

    /// Adds a part by its report. `works` is said of it if nothing is wrong.
    fn add(&mut self, part: &'static str, report: Report, works: String) {
        self.configuration |= report.verdict(false).is_err_and(|refused| refused.configuration);
        if report.problems.is_empty() && report.warnings.is_empty() {
            self.find(part, State::Ok, works);
        }
        for problem in report.problems {
            self.find(part, State::Fail, problem.to_string());
        }
        for warning in report.warnings {
            self.find(part, State::Warn, warning.to_string());
        }
    }

    fn kernel(&mut self) {
        match fs::read_to_string(KERNEL) {
            Ok(release) => {
                self.find("kernel", State::Ok, format!("Linux {}, {}", release.trim(), std::env::consts::ARCH));
            }
            Err(error) => {
                let message =
                    format!("{KERNEL} cannot be read ({error}): mount /proc, where the host finds its program");
                self.find("kernel", State::Warn, message);
            }
        }
    }

    async fn sandbox(&mut self, config: &Config) {
        let mut report = report(|report| report.address_space(config));
        if report.problems.is_empty() {
            let tried = match Surroundings::of_this_machine() {
                Ok(around) => engine::trial(&config.limits, around.compiling).await,
                Err(error) => Err(error),
            };
            match tried {
                Ok(AddressSpace::Scarce) if report.warnings.is_empty() => {
                    let message = "the memory of all calls cannot be reserved ahead, so each call costs more: raise the limit of \
                                   address space (ulimit -v, LimitAS= of systemd)";
                    report.warnings.push(config.wrong("limits.concurrent_calls", message.to_owned()));
                }
                Ok(_) => {}
                Err(error) => {
                    let message = format!(
                        "a component cannot be compiled and run: {error:#}; the host needs to start its own program as a child \
                         process, and memory that is made executable after it was written"
                    );
                    report.problems.push(Problem::Surroundings(message));
                }
            }
        }
        let calls = config.limits.concurrent_calls;
        let works =
            format!("a component was compiled and run; address space for {calls} calls at a time can be reserved");
        self.add("sandbox", report, works);
    }

    fn open_files(&mut self, config: &Config) {
        let most = descriptors::most().map_or_else(|| "any number".to_owned(), |most| most.to_string());
        let works = format!("{most} allowed; calls need {} at most", descriptors::needed(&config.limits));
        self.add("open files", report(|report| report.open_files(config)), works);
    }

    fn certificates(&mut self, config: &Config) {
        let own = config.egress.ca_file.as_deref().map(|file| format!(", and of {}", file.display()));
        let works = format!("authorities of this machine{}", own.unwrap_or_default());
        self.add("certificates", report(|report| report.certificates(config)), works);
    }

    fn data_directory(&mut self, config: &Config) {
        let found = report(|report| {
            report.data_dir(config);
            report.compile_cache(config);
        });
        let works = match config.data_dir.exists() {
            true => format!("{} can be written", config.data_dir.display()),
            false => format!("{} can be made", config.data_dir.display()),
        };
        self.add("data directory", found, works);
    }

    /// The database, and the master key that its accounts are sealed with.
    async fn database(&mut self, config: &Config) {
        let mut database = Report::default();
        let sealed_with = database.database(config).await;
        let works = match (&config.database_url, config.existing_database_url()) {
            (Some(_), _) => "database_url answers and can be written".to_owned(),
            (None, Some(_)) => "SQLite in the data directory".to_owned(),
            (None, None) => "SQLite, made in the data directory at the first start".to_owned(),
        };
        self.add("database", database, works);
        let mut key = Report::default();
        let keys = key.master_keys(config);
        let id = keys.as_ref().and_then(|keys| keys.ids().next()).unwrap_or_default();
        let works = match MasterKeys::from_env() {
            Ok(Some(_)) => format!("{id}, of {}", MasterKey::ENVIRONMENT),
            _ => format!("{id}, of {}", config.master_key_path().display()),
        };
        key.key_of_the_database(keys, sealed_with);
        self.add("master key", key, works);
    }

    fn plugins(&mut self, config: &Config) {
        let mut served = 0;
        let found = report(|report| {
            report.plugins_dir(config);
            report.lock_file(config);
            if report.problems.is_empty() {
                served = report.plugins(config);
            }
        });
        let name = |path: &Path| path.display().to_string();
        let (plugins, lock) = (name(&config.plugins_dir), name(&config.lock_file));
        self.add("plugins", found, format!("{served} in {plugins} are granted by {lock}"));
    }

    fn public_url(&mut self, config: &Config) {
        let works = match &config.connect.public_url {
            Some(url) => url.to_string(),
            None => "none: customers cannot sign in at vendors, and connect by credentials only (connect.public_url)"
                .to_owned(),
        };
        self.add("public URL", report(|report| report.connect(config)), works);
    }
}

/// What these checks find.
fn report(check: impl FnOnce(&mut Report)) -> Report {
    let mut report = Report::default();
    check(&mut report);
    report
}
