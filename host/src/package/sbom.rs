//! The list of parts (SBOM) of a component: the packages that its language's package manager put into it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use cargo_metadata::{DepKindInfo, DependencyKind, PackageId};
use mortise_authoring::project::{self, Language, Project};
use serde::Deserialize;

use super::about::{About, cargo_metadata};
use super::cyclonedx::{Bom, Component, Dependency, purl};

/// The npm package whose engine runs a component in JavaScript, and is a part of it.
const ENGINE: &str = "@bytecodealliance/componentize-js";

/// Distributions of a Python environment that install others and are not part of a component.
const INSTALLERS: [&str; 3] = ["pip", "setuptools", "wheel"];

/// The package manager's facts about one part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    version: String,
    license: Option<String>,
    /// The parts that it needs, by name and version; `None` if the package manager does not say.
    needs: Option<Vec<(String, String)>>,
}

/// The list of parts of the component with this digest, as JSON. Its time is that of the package, and it has no serial
/// number, so that the same parts make the same bytes.
pub(super) fn of(project: &Project, about: &About, digest: &str) -> Result<Vec<u8>> {
    let (kind, mut parts) = match project.language {
        Language::Rust => ("cargo", crates(project)?),
        Language::JavaScript => ("npm", npm(&project.root)?),
        Language::Python => ("pypi", distributions(&project.root)?),
    };
    parts.sort();
    parts.dedup();
    let (name, version) = (&project.package, &about.version);
    let product = Component::product(kind, name, version, digest)?.licensed(about.license.as_deref());
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for part in &parts {
        let reference = purl(kind, &part.name, &part.version)?;
        if reference != purl(kind, name, version)? {
            components.push(Component::library(kind, &part.name, &part.version)?.licensed(part.license.as_deref()));
        }
        if let Some(needs) = &part.needs {
            let needs = needs.iter().map(|(name, version)| purl(kind, name, version));
            dependencies.push(Dependency { reference, depends_on: needs.collect::<Result<_>>()? });
        }
    }
    let bom = Bom::new(about.created.to_string(), product, components, dependencies);
    serde_json::to_vec_pretty(&bom).context("the list of parts cannot be written")
}

/// The crates that are compiled into the component, without those for tests and builds and without those that run in
/// the compiler. `cargo tree` knows which they are. In a workspace, `cargo metadata` adds what other members want.
fn crates(project: &Project) -> Result<Vec<Part>> {
    let compiled = cargo_tree(project)?;
    let metadata = cargo_metadata(project, &[])?;
    let packages: BTreeMap<&PackageId, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let known = |id: &PackageId| {
        let package = packages.get(id)?;
        Some((package.name.to_string(), package.version.to_string())).filter(|name| compiled.contains(name))
    };
    let nodes = metadata.resolve.as_ref().context("cargo did not resolve the dependencies")?;
    let parts = nodes.nodes.iter().filter_map(|node| {
        let ((name, version), package) = (known(&node.id)?, packages.get(&node.id)?);
        let is_normal = |kinds: &[DepKindInfo]| kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
        let needs = node.deps.iter().filter(|needed| is_normal(&needed.dep_kinds));
        let mut needs: Vec<_> = needs.filter_map(|needed| known(&needed.pkg)).collect();
        needs.sort();
        needs.dedup();
        Some(Part { name, version, license: package.license.clone(), needs: Some(needs) })
    });
    Ok(parts.collect())
}

/// Name and version of each crate in the component.
fn cargo_tree(project: &Project) -> Result<BTreeSet<(String, String)>> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["tree", "--package", &project.package, "--target", "wasm32-wasip2", "--edges", "normal,no-proc-macro"])
        .args(["--prefix", "none", "--format", "{p}", "--no-dedupe", "--color", "never"])
        .current_dir(&project.root)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo: install Rust from https://rustup.rs")?;
    if !output.status.success() {
        bail!(
            "cargo tree failed in {}:\n{}",
            project.root.display(),
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    let text = String::from_utf8(output.stdout).context("the output of cargo tree is not text")?;
    let crates = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    });
    Ok(crates.collect())
}

#[derive(Deserialize)]
struct PackageLock {
    #[serde(default)]
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    version: Option<String>,
    license: Option<String>,
    #[serde(default)]
    dev: bool,
}

/// The packages of `package-lock.json` that are bundled, and the engine that runs them.
fn npm(root: &Path) -> Result<Vec<Part>> {
    let file = root.join("package-lock.json");
    let text = project::read_text(&file)
        .with_context(|| format!("cannot read {}: `npm install` writes it", file.display()))?;
    let lock: PackageLock = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let parts = lock.packages.into_iter().filter_map(|(path, locked)| {
        let (_, name) = path.rsplit_once("node_modules/")?;
        (!locked.dev || name == ENGINE).then_some(())?;
        Some(Part { name: name.to_owned(), version: locked.version?, license: locked.license, needs: None })
    });
    Ok(parts.collect())
}

/// The distributions of the project's `.venv`: what the component's interpreter could import.
fn distributions(root: &Path) -> Result<Vec<Part>> {
    let libraries = root.join(".venv/lib");
    let mut parts = Vec::new();
    let versions = fs::read_dir(&libraries).with_context(|| {
        format!("cannot read {}: the parts are those that are installed in the project's .venv", libraries.display())
    })?;
    for version in versions {
        let packages = version?.path().join("site-packages");
        for entry in fs::read_dir(&packages).into_iter().flatten() {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "dist-info") {
                continue;
            }
            let file = path.join("METADATA");
            let text = project::read_text(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let head = text.split("\n\n").next().unwrap_or_default();
            let field = |name: &str| {
                let mut values = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                values.next().map(|value| value.trim().to_owned())
            };
            let (Some(name), Some(version)) = (field("Name"), field("Version")) else {
                bail!("{} names no distribution", file.display());
            };
            if !INSTALLERS.contains(&name.as_str()) {
                let license = field("License-Expression").or_else(|| field("License"));
                parts.push(Part { name, version, license, needs: None });
            }
        }
    }
    Ok(parts)
}
