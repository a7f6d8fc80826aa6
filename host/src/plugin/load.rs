//! Loads a file into a candidate: every step before the operator's grant.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail, ensure};
use cap_std::fs::Dir;
use mortise_files as files;
use mortise_policy::grant::{Grant, digest};
use mortise_policy::origin::Origin;

use super::check::{Checked, check};
use super::inspect::{Inspected, inspect, of_contract};
use super::refusal::ComponentRefusal;
use super::{Capabilities, Generation};
use crate::call::{AdmissionControl, Prepared, Sandbox};
use crate::config::{Class, Config, Limits};
use crate::egress::Profile;
use crate::engine::Engine;

/// Turns component files into candidates.
pub struct Loader {
    engine: Arc<Engine>,
    sandbox: Arc<Sandbox>,
    limits: Limits,
    replacements: BTreeMap<String, Origin>,
}

/// A component that compiled, linked, described itself and passed the check, but is not granted yet.
pub struct Candidate {
    /// SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
    /// The version of the SDK that built the component, if the component names it.
    pub sdk_version: Option<String>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
    /// Its declaration.
    pub capabilities: Capabilities,
    profile: Profile,
    prepared: Arc<Prepared>,
}

/// Reads the component in a file of the plugins directory.
///
/// # Errors
/// If the file is not regular, cannot be read, or is too large.
pub fn read_component(dir: &Dir, file: &str, limits: &Limits) -> io::Result<Vec<u8>> {
    let most = limits.largest_component();
    files::read_in(dir, file, most as u64).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => io::Error::new(
            error.kind(),
            format!(
                "the component is larger than {most} bytes (limits.component_bytes, limits.interpreter_component_bytes)"
            ),
        ),
        _ => error,
    })
}

impl Loader {
    /// The ending of component files.
    pub const EXTENSION: &str = ".wasm";

    /// Makes a loader with this engine.
    ///
    /// # Errors
    /// If an origin in the configuration is not valid.
    pub fn new(engine: Arc<Engine>, sandbox: Arc<Sandbox>, config: &Config) -> Result<Self> {
        let mut replacements = BTreeMap::new();
        for (slug, integration) in &config.integrations {
            if let Some(origin) = &integration.origin {
                let origin =
                    Origin::parse_override(origin).map_err(|error| anyhow!("integrations.{slug}.origin: {error}"))?;
                replacements.insert(slug.clone(), origin);
            }
        }
        Ok(Self { engine, sandbox, limits: config.limits.clone(), replacements })
    }

    /// The component files of a directory, ordered by name.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn files(dir: &Dir) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in dir.entries().context("the plugins directory cannot be listed")? {
            let name = entry?.file_name();
            if let Some(name) = name.to_str().filter(|name| name.ends_with(Self::EXTENSION) && !name.starts_with('.')) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads a component and its digest.
    ///
    /// # Errors
    /// As [`read_component`].
    pub fn read(&self, dir: &Dir, file: &str) -> Result<(Vec<u8>, String)> {
        let wasm = read_component(dir, file, &self.limits)?;
        let digest = digest(&wasm);
        Ok((wasm, digest))
    }

    /// Makes a candidate of the component in the file `<slug>.wasm`. Refuses a component that declares another slug
    /// than that of its file. No two files have one name, so no component can take the place, the grant or the accounts
    /// of another.
    ///
    /// # Errors
    /// The reason why it is refused, for its author.
    pub async fn load(&self, slug: &str, wasm: Vec<u8>, digest: String) -> Result<Candidate> {
        let is_compiled = self.engine.is_cached(&digest);
        let inspected =
            tokio::task::spawn_blocking(move || inspect(&wasm, is_compiled).map(|inspected| (wasm, inspected)));
        let (wasm, Inspected { sdk_version, imports, exports, needs }) = inspected.await??;
        let class = needs.class(&self.limits)?;
        let component = self.engine.load(class, wasm, &digest).await?;
        let prepared = Arc::new(self.sandbox.prepare(class, &component)?);
        let declared = self.sandbox.describe(slug, &prepared).await.context("its `capabilities` did not answer")?;
        let Checked { capabilities, origins } = match check(declared) {
            Ok(checked) => checked,
            Err(problems) => bail!(ComponentRefusal::new("its capabilities are not valid: ", problems)),
        };
        ensure!(
            capabilities.slug == slug,
            "it declares the slug `{0}`, which only the file {0}{1} may have",
            capabilities.slug,
            Self::EXTENSION
        );
        let profile = Profile {
            slug: capabilities.slug.as_str().into(),
            origins,
            headers: capabilities.headers.as_slice().into(),
            auth: capabilities.auth.clone(),
            messages: capabilities.error_messages.as_slice().into(),
            limits: capabilities.limits.as_slice().into(),
            replacement: self.replacements.get(&capabilities.slug).cloned(),
        };
        Ok(Candidate { digest, sdk_version, imports, exports, capabilities, profile, prepared })
    }

    /// Admission control for a new generation of this class. `before` is the generation that served the integration so
    /// far.
    pub(super) fn admission(&self, slug: &str, class: Class, before: Option<&Generation>) -> AdmissionControl {
        match before.filter(|before| before.admission.class() == class) {
            Some(before) => before.admission.renewed(),
            None => AdmissionControl::new(slug, class, self.sandbox.limits()),
        }
    }

    /// Whether loading this digest needs no compilation.
    pub fn is_cached(&self, digest: &str) -> bool {
        self.engine.is_cached(digest)
    }
}

impl Candidate {
    /// The version of the contract for which it was built.
    pub fn contract(&self) -> Option<String> {
        self.exports.iter().find_map(|name| of_contract(name)).map(|(_, version)| version.to_string())
    }

    /// The grant that it needs from an operator.
    pub fn asks(&self) -> Grant {
        self.capabilities.asks(&self.digest)
    }

    /// The class of limits that its bytes need.
    pub fn class(&self) -> Class {
        self.prepared.class
    }

    /// The generation that serves calls, after the grant.
    pub(super) fn publish(self, admission: AdmissionControl, alive: Arc<()>) -> Generation {
        let Self { digest, sdk_version, capabilities, profile, prepared, .. } = self;
        let (admission, loaded_at) = (Arc::new(admission), jiff::Timestamp::now());
        Generation { digest, sdk_version, capabilities, profile, admission, prepared, loaded_at, _alive: alive }
    }
}
