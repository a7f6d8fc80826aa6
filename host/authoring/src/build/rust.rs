//! Rust sources to components: one `cargo build` for `wasm32-wasip2`.

use std::ffi::OsString;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::{Artifact, Message, TargetKind};
use mortise_files as files;
use mortise_terminal::progress::Progress;

use super::put::{open_dir, put};
use super::{BuildFailed, BuiltComponent, Profile};
use crate::project::Project;

/// The target that components are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// Cargo's settings for components, so that authors' manifests do not need them.
const SETTINGS: &str = include_str!("components.toml");

/// The differences of a development build: it compiles fast, in parts, and keeps the names of functions for back
/// traces. It has the same profile, so that the compiler's own helpers are built once. Functions that are hardly
/// optimized need more of the stack.
const DEV_SETTINGS: [&str; 6] = [
    "profile.plugin.opt-level=1",
    "profile.plugin.lto=false",
    "profile.plugin.codegen-units=16",
    "profile.plugin.incremental=true",
    "profile.plugin.strip=\"debuginfo\"",
    "target.wasm32-wasip2.rustflags=[\"-C\", \"link-arg=-zstack-size=262144\"]",
];

/// Settings of an outer Cargo or of a coverage run that would affect the nested build.
const FOREIGN_SETTINGS: [&str; 5] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"];

/// Builds these packages, which are members of the workspace in `base` or the one package there, and returns their
/// fresh components in the same order.
///
/// # Errors
/// A missing target that cannot be added, a package that makes no component, and a failed build with the compiler's
/// whole output.
pub(super) fn build(base: &Path, projects: &[&Project], profile: Profile, progress: &Progress) -> Result<Vec<PathBuf>> {
    let manifests: Vec<_> = projects.iter().map(|project| project.root.join("Cargo.toml")).collect();
    let mut components = vec![None; projects.len()];
    let selection: Vec<_> = projects.iter().flat_map(|project| ["--package", &project.package]).collect();
    cargo(base, &selection, profile, progress, |artifact| {
        let member = manifests.iter().position(|manifest| artifact.manifest_path == *manifest);
        let wasm = component(artifact).filter(|_| artifact.target.is_kind(TargetKind::CDyLib));
        if let (Some(project), Some(component), Some(wasm)) =
            (member.and_then(|i| projects.get(i)), member.and_then(|i| components.get_mut(i)), wasm)
        {
            *component = Some(wasm);
            progress.done(&project.slug);
        }
        Ok(())
    })?;
    let found = projects.iter().zip(components).map(|(project, component)| {
        component.with_context(|| {
            let root = project.root.display();
            format!("{root} built no component: its Cargo.toml needs `crate-type = [\"cdylib\"]` under [lib]")
        })
    });
    found.collect()
}

/// Builds the examples of one package as components, with which the tests attack the host. They are put into
/// `target/plugins/examples/<package>/<example>.wasm`. Blocks while the compiler runs.
///
/// # Errors
/// As [`projects`](super::projects()).
pub fn examples(checkout: &Path, package: &str) -> Result<Vec<BuiltComponent>> {
    let out = checkout.join("target/plugins/examples").join(package);
    let dir = open_dir(&out)?;
    let progress = Progress::start(format!("building the examples of {package}"), None);
    let mut built = Vec::new();
    cargo(checkout, &["--package", package, "--examples"], Profile::Release, &progress, |artifact| {
        let Some(wasm) = component(artifact).filter(|_| artifact.target.is_kind(TargetKind::Example)) else {
            return Ok(());
        };
        let slug = &artifact.target.name;
        let bytes = fs::read(&wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
        built.push(put(&dir, slug, &bytes, out.join(format!("{slug}.wasm")))?);
        progress.done(slug);
        Ok(())
    })?;
    built.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(built)
}

fn component(artifact: &Artifact) -> Option<PathBuf> {
    artifact.filenames.iter().find(|file| file.extension() == Some("wasm")).map(|file| file.clone().into())
}

/// Runs the nested build and passes on every artefact as it comes.
fn cargo(
    base: &Path,
    selection: &[&str],
    profile: Profile,
    progress: &Progress,
    mut artifact: impl FnMut(&Artifact) -> Result<()>,
) -> Result<()> {
    ensure_target(base)?;
    let target_dir = base.join("target/plugins");
    let dir = open_dir(&target_dir)?;
    let shared = SETTINGS.as_bytes();
    if files::read_in(&dir, "components.toml", shared.len() as u64).ok().as_deref() != Some(shared) {
        files::write_atomic(&dir, "components.toml", shared, 0o644)
            .with_context(|| format!("cannot write into {}", target_dir.display()))?;
    }
    let settings = match profile {
        Profile::Release => vec![without_places(base)],
        Profile::Dev => DEV_SETTINGS.map(str::to_owned).into(),
    };
    let mut command = tool("CARGO", "cargo", base);
    command
        .args(["build", "--quiet", "--target", TARGET, "--target-dir", "target/plugins"])
        .args(["--profile", "plugin", "--config", "target/plugins/components.toml"])
        .args(settings.iter().flat_map(|setting| ["--config", setting]))
        .args(["--message-format", "json-render-diagnostics"])
        .args(selection)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = Running(command.spawn().context("cannot run cargo: install Rust from https://rustup.rs")?);
    let (stdout, stderr) = (child.0.stdout.take(), child.0.stderr.take());

    // Read beside the messages: a full pipe would stop the compiler.
    let diagnostics = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = stderr.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    for message in stdout.into_iter().flat_map(|stdout| Message::parse_stream(BufReader::new(stdout))) {
        if let Message::CompilerArtifact(found) = message.context("cannot read from cargo")? {
            progress.now(found.target.name.clone());
            artifact(&found)?;
        }
    }
    let status = child.0.wait().context("cannot wait for cargo")?;
    let diagnostics = diagnostics.join().unwrap_or_default();
    if !status.success() {
        let said = diagnostics.trim_end().to_owned();
        bail!(BuildFailed { tool: "cargo build", dir: base.to_owned(), said });
    }
    Ok(())
}

/// The setting that keeps the author's folder names out of the component, because messages of panics name source files.
/// It is the same for every path to `base`: with another setting Cargo would build everything again.
fn without_places(base: &Path) -> String {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let base = fs::canonicalize(base).unwrap_or_else(|_| base.to_owned());
    let places = [Some(base), home].into_iter().flatten().zip(["/source", "/cargo"]);
    let flags: Vec<_> = places.map(|(place, name)| format!("--remap-path-prefix={}={name}", place.display())).collect();
    format!("target.{TARGET}.rustflags={}", serde_json::json!(flags))
}

/// A child process that ends when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It has already ended on every path but an early error. There nothing more can be done if ending it fails.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes sure that the compiler can build components, if necessary by `rustup`.
fn ensure_target(base: &Path) -> Result<()> {
    ensure!(base.is_dir(), "{} no longer exists", base.display());
    let printed = tool("RUSTC", "rustc", base)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("cannot run rustc: install Rust from https://rustup.rs")?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim());
    if printed.status.success() && libraries.is_dir() {
        return Ok(());
    }
    let what_to_run = format!("run `rustup target add {TARGET}` in {}", base.display());
    tracing::info!("adding the Rust target {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(base).output();
    match added {
        Ok(added) if added.status.success() => Ok(()),
        Ok(added) => bail!(
            "the Rust target {TARGET} is missing and could not be added: {what_to_run}\n{}",
            String::from_utf8_lossy(&added.stderr).trim_end()
        ),
        Err(_) => bail!(
            "the Rust target {TARGET} is missing: {what_to_run} (https://rustup.rs), \
             or install the target with the package manager that Rust came from"
        ),
    }
}

/// A tool of the toolchain that the outer Cargo names. It runs in the workspace without that Cargo's build settings.
fn tool(variable: &str, name: &str, base: &Path) -> Command {
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| OsString::from(name)));
    command.current_dir(base);
    for setting in FOREIGN_SETTINGS {
        command.env_remove(setting);
    }
    command
}
