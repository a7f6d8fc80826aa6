//! `mortise test`: plays an integration's cassettes against its component.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::Project;
use mortise_authoring::spec::{self, Exchanges, Finding, Spec};
use serde::Serialize;
use url::Url;

use crate::cassette::format::{self, SpecException};
use crate::cassette::{self, Cassette, Outcome, Replay, Report};
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::config::ConfigError;

/// How many integrations are played at once, each in a host of its own.
const HOSTS: usize = 4;

/// Plays the cassettes of integrations against their components, in the sandbox that serves
///
/// Builds first. A cassette passes if every vendor request, the answer, its status and the ignored fields are as
/// recorded. The command also lists what is declared and in no cassette; that is not a failure. Exit status 1 if a
/// cassette does not pass or cannot be read, or an integration has none.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise test
  mortise test plugins/acme --filter create
  mortise test plugins/acme --filter update --accept && git diff
  mortise test plugins/acme --spec acme-openapi.yaml
  mortise test --no-build --json
  mortise test --schema > cassette.schema.json

docs/cassettes.md has the format, and advice.")]
pub(in crate::cli) struct Test {
    /// Integrations, or a checkout with some in plugins/ [default: the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// The vendor's OpenAPI document (3.1, 3.0 or Swagger 2.0; JSON or YAML): checks every recorded exchange against
    /// it, too. Needs one integration
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The URL path under which that document describes what lies below the first origin [default: the origin's own]
    #[arg(long, value_name = "PATH", requires = "spec")]
    spec_base: Option<String>,
    /// Play only cassettes whose names contain this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Build faster and keep the names of functions for back traces, as `mortise build --dev` does
    #[arg(long)]
    dev: bool,
    /// Write the actual results into the cassettes that do not pass, for review: what the integration sends, without
    /// what signs it, and what the caller gets. What cannot be accepted still fails, with the reason
    #[arg(long)]
    accept: bool,
    /// Play against the components of the last build
    #[arg(long)]
    no_build: bool,
    /// Print the JSON Schema of cassettes, and do nothing else
    #[arg(long, conflicts_with_all = ["dirs", "spec", "filter", "accept", "dev", "no_build", "json"])]
    schema: bool,
    #[command(flatten)]
    json: Json,
}

/// One integration under test.
#[derive(Default)]
struct Subject {
    component: PathBuf,
    cassettes: Vec<Cassette>,
    /// Files that are not cassettes.
    unreadable: Vec<Outcome>,
    /// Where the vendor's document is wrong in all of them.
    exceptions: Vec<SpecException>,
}

/// The output of `--json` for one integration.
#[derive(Serialize)]
struct Tested {
    #[serde(flatten)]
    report: Report,
    /// The differences from the vendor's document; `None` without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<Vec<Finding>>,
}

impl Test {
    pub(super) fn run(self) -> Result<()> {
        if self.schema {
            return Ok(print_line(&serde_json::to_string_pretty(&format::schema())?)?);
        }
        let (subjects, cache) = self.subjects()?;
        let spec = self.spec(&subjects)?;
        let how = Replay::new(cache)?;
        let replay = async |subject: &Subject| match self.accept {
            true => cassette::accept(&subject.component, &subject.cassettes, &how).await,
            false => cassette::replay(&subject.component, &subject.cassettes, &how).await,
        };
        let reports: Vec<_> = block_on(stream::iter(&subjects).map(replay).buffered(HOSTS).try_collect())?;
        let tested = reports.into_iter().zip(subjects).map(|(mut report, subject)| {
            let is_whole = self.filter.is_none() && subject.unreadable.is_empty();
            if !is_whole {
                // Without them, the coverage of the other cassettes is not known.
                report.coverage = cassette::Coverage::default();
            }
            let spec = spec.as_ref().map(|spec| self.findings(spec, &subject, &report, is_whole));
            report.outcomes.extend(subject.unreadable);
            Tested { report, spec }
        });
        self.print(&tested.collect::<Vec<_>>())
    }

    fn subjects(&self) -> Result<(Vec<Subject>, PathBuf)> {
        let projects = Project::find(&self.dirs)?;
        let mut subjects = Vec::new();
        let cache = projects.first().context("there is no integration")?.compile_cache();
        let profile = if self.dev { Profile::Dev } else { Profile::Release };
        if !self.no_build {
            build::projects(&projects, profile)?;
        }
        for project in &projects {
            let component = profile.component(project);
            if !component.is_file() {
                let message = format!("{} does not exist: run `mortise test` without --no-build", component.display());
                return Err(ConfigError::Unusable(message).into());
            }
            // By name, before they are read: a cassette that nobody asked for may be unreadable.
            let is_wanted = |name: &str| self.filter.as_ref().is_none_or(|filter| name.contains(filter));
            let mut subject = Subject { component, ..Subject::default() };
            for read in cassette::load_some(&project.cassettes(), is_wanted)? {
                match read {
                    Ok(cassette) => subject.cassettes.push(cassette),
                    Err(error) => subject.unreadable.push(Outcome::unreadable(error)),
                }
            }
            if self.spec.is_some() {
                subject.exceptions = spec::exceptions(&project.spec_exceptions())?;
            }
            subjects.push(subject);
        }
        let is_empty = |subject: &Subject| subject.cassettes.is_empty() && subject.unreadable.is_empty();
        if let Some(filter) = self.filter.as_ref().filter(|_| subjects.iter().all(is_empty)) {
            return Err(ConfigError::Unusable(format!("--filter: no cassette has `{filter}` in its name")).into());
        }
        Ok((subjects, cache))
    }

    fn spec(&self, subjects: &[Subject]) -> Result<Option<Spec>> {
        let Some(file) = &self.spec else { return Ok(None) };
        if subjects.len() != 1 {
            let message = "--spec is the document of one vendor: name the folder of its integration";
            return Err(ConfigError::Unusable(message.to_owned()).into());
        }
        let text = fs::read_to_string(file).with_context(|| format!("--spec: cannot read {}", file.display()))?;
        let spec = Spec::read(&text).with_context(|| format!("--spec: {} cannot be used", file.display()))?;
        Ok(Some(spec))
    }

    /// The differences from the document. The exceptions of the project that nothing needs are known only if all
    /// cassettes are played.
    fn findings(&self, spec: &Spec, subject: &Subject, report: &Report, is_whole: bool) -> Vec<Finding> {
        let base = |outcome: &Outcome| {
            let origin = outcome.origin.as_deref().and_then(|origin| Url::parse(origin).ok());
            let own = origin.as_ref().map(Url::path).unwrap_or_default().to_owned();
            self.spec_base.clone().unwrap_or(own)
        };
        let played = subject.cassettes.iter().zip(&report.outcomes);
        let exchanges: Vec<_> = played.map(|(cassette, outcome)| Exchanges { cassette, base: base(outcome) }).collect();
        spec.check(&exchanges, &subject.exceptions, is_whole)
    }

    fn print(&self, tested: &[Tested]) -> Result<()> {
        let failed: usize = tested.iter().map(|one| one.report.failed().count()).sum();
        let accepted: usize = tested.iter().map(|one| one.report.accepted().count()).sum();
        let played: usize = tested.iter().map(|one| one.report.outcomes.len()).sum();
        let findings: usize = tested.iter().flat_map(|one| &one.spec).map(Vec::len).sum();
        if self.json.json {
            print_json(&tested)?;
        } else {
            let mut text = String::new();
            for one in tested {
                writeln!(text, "{}", one.report)?;
                for finding in one.spec.iter().flatten() {
                    writeln!(text, "  spec  {}", finding.to_string().replace('\n', "\n        "))?;
                }
            }
            write!(text, "{} of {played} passed", played.saturating_sub(failed + accepted))?;
            if accepted > 0 {
                write!(text, "; {accepted} of the others now have the actual results: look at `git diff`")?;
            }
            if self.spec.is_some() {
                write!(text, "; the vendor's document objects to {findings} things")?;
            }
            print_line(&text)?;
        }
        // A filter has its own check: with one, some integrations have no cassette to play.
        let untested = tested.iter().filter(|one| self.filter.is_none() && one.report.outcomes.is_empty());
        let untested: Vec<_> = untested.map(|one| one.report.slug.as_str()).collect();
        match (failed, findings) {
            (0, 0) if untested.is_empty() => Ok(()),
            (0, 0) => Err(anyhow!(
                "nothing was tested of {}: record a cassette with `mortise record`, or write one (docs/cassettes.md)",
                untested.join(", ")
            )),
            (0, findings) => Err(anyhow!("the vendor's document objects to {findings} things in the cassettes")),
            (failed, _) => Err(anyhow!("{failed} of {played} cassettes did not pass")),
        }
    }
}
