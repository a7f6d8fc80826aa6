//! Plugin sources to components: one `cargo build` for `wasm32-wasip2`, its artefacts gathered as `<slug>.wasm`.
//!
//! Used by `mortise demo` and by the tests. Everything lands under `target/plugins` of the checkout, apart from the host's
//! own build, so that the two never wait for each other's lock or spoil each other's cache.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::Deserialize;

use crate::files;
use crate::progress::Progress;

/// The target that components are compiled for.
const TARGET: &str = "wasm32-wasip2";

/// The Cargo profile of components.
const PROFILE: &str = "plugin";

/// Settings of an outer Cargo or of a coverage run that would reach into the nested build.
const FOREIGN_SETTINGS: [&str; 5] =
    ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR"];

/// A component on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltComponent {
    /// The integration's slug, which is the name of its folder; of an example, the example's name.
    pub slug: String,
    /// `<slug>.wasm`, absolute where the workspace was.
    pub path: PathBuf,
}

/// The checkout that `from` is in: the nearest folder, itself or above, with a `Cargo.toml` and a `plugins` folder.
pub fn find_workspace(from: &Path) -> Option<PathBuf> {
    from.ancestors().find(|d| d.join("Cargo.toml").is_file() && d.join("plugins").is_dir()).map(Path::to_owned)
}

/// Where [`plugins`] puts the components of that workspace.
pub fn components_dir(workspace: &Path) -> PathBuf {
    workspace.join("target/plugins/components")
}

/// Builds the integrations in `plugins/` (all of them, or those of `slugs`) and puts each as `<slug>.wasm` into
/// [`components_dir`]. A component that came out the same is left untouched; building all removes what has no source any more.
/// Blocks for as long as the compiler runs.
///
/// # Errors
/// A slug without a folder, a missing target that cannot be added, and a failed build with everything that the compiler said.
pub fn plugins(workspace: &Path, slugs: Option<&[&str]>) -> Result<Vec<BuiltComponent>> {
    let mut packages = plugin_packages(workspace)?;
    if let Some(slugs) = slugs {
        for slug in slugs {
            ensure!(
                packages.contains_key(*slug),
                "there is no integration `{slug}`: plugins/{slug}/Cargo.toml is missing"
            );
        }
        packages.retain(|slug, _| slugs.contains(&slug.as_str()));
    }
    let out = components_dir(workspace);
    let mut built = Vec::new();
    if !packages.is_empty() {
        let selection: Vec<_> = packages.values().flat_map(|package| ["--package", package]).collect();
        let progress = Progress::start("building plugins", Some(packages.len()));
        let dir = open_dir(&out)?;
        cargo(workspace, &selection, &progress, |artifact| {
            let Some(slug) = artifact.plugin_slug() else { return Ok(()) };
            let Some((slug, _)) = packages.get_key_value(&slug) else { return Ok(()) };
            let Some(wasm) = artifact.component() else { return Ok(()) };
            put(&dir, &format!("{slug}.wasm"), wasm)?;
            built.push(BuiltComponent { slug: slug.clone(), path: out.join(format!("{slug}.wasm")) });
            progress.done(slug);
            Ok(())
        })?;
    }
    for slug in packages.keys() {
        ensure!(
            built.iter().any(|b| b.slug == *slug),
            "plugins/{slug} built no component: its Cargo.toml needs `crate-type = [\"cdylib\"]` under [lib]"
        );
    }
    if slugs.is_none() {
        remove_stale(&out, &built)?;
    }
    built.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(built)
}

/// Builds the examples of one package as components: what attacks the host in the tests. They land in
/// `target/plugins/examples/<package>/<example>.wasm`. Blocks for as long as the compiler runs.
///
/// # Errors
/// As [`plugins`].
pub fn examples(workspace: &Path, package: &str) -> Result<Vec<BuiltComponent>> {
    let out = workspace.join("target/plugins/examples").join(package);
    let dir = open_dir(&out)?;
    let progress = Progress::start(format!("building the examples of {package}"), None);
    let mut built = Vec::new();
    cargo(workspace, &["--package", package, "--examples"], &progress, |artifact| {
        let Some(wasm) = artifact.component().filter(|_| artifact.is("example")) else { return Ok(()) };
        let slug = artifact.target.name.clone();
        put(&dir, &format!("{slug}.wasm"), wasm)?;
        progress.done(&slug);
        built.push(BuiltComponent { path: out.join(format!("{slug}.wasm")), slug });
        Ok(())
    })?;
    built.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(built)
}

/// The packages in `plugins/`, by slug.
fn plugin_packages(workspace: &Path) -> Result<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
    }

    let folder = workspace.join("plugins");
    let mut packages = BTreeMap::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let manifest = entry.path().join("Cargo.toml");
        if !manifest.is_file() {
            continue;
        }
        let slug = entry.file_name().into_string().ok().context("a folder in plugins/ has a name that is not UTF-8")?;
        let text = fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
        let manifest: Manifest =
            toml::from_str(&text).with_context(|| format!("cannot read {}", manifest.display()))?;
        packages.insert(slug, manifest.package.name);
    }
    Ok(packages)
}

/// One JSON message of `cargo build`; the kinds that matter here.
#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message {
    CompilerArtifact(Artifact),
    #[serde(other)]
    Other,
}

/// A crate that was compiled, or was there already.
#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: ArtifactTarget,
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct ArtifactTarget {
    name: String,
    kind: Vec<String>,
}

impl Artifact {
    fn is(&self, kind: &str) -> bool {
        self.target.kind.iter().any(|k| k == kind)
    }

    fn component(&self) -> Option<&Path> {
        self.filenames.iter().find(|f| f.extension().is_some_and(|e| e == "wasm")).map(PathBuf::as_path)
    }

    /// The folder name, of a library of a package right under `plugins/`.
    fn plugin_slug(&self) -> Option<String> {
        let folder = self.manifest_path.parent()?;
        let under_plugins = folder.parent()?.file_name()? == "plugins";
        let slug = folder.file_name()?.to_str()?.to_owned();
        (under_plugins && self.is("cdylib")).then_some(slug)
    }
}

/// Runs the nested build and hands over every artefact as it comes.
fn cargo(
    workspace: &Path,
    selection: &[&str],
    progress: &Progress,
    mut artifact: impl FnMut(&Artifact) -> Result<()>,
) -> Result<()> {
    ensure_target(workspace)?;
    let mut command = tool("CARGO", "cargo", workspace);
    command
        .args(["build", "--quiet", "--profile", PROFILE, "--target", TARGET, "--target-dir", "target/plugins"])
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
    for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        // Build scripts may print lines of their own.
        if let Ok(Message::CompilerArtifact(found)) = serde_json::from_str(&line.context("cannot read from cargo")?) {
            progress.now(found.target.name.clone());
            artifact(&found)?;
        }
    }
    let status = child.0.wait().context("cannot wait for cargo")?;
    let diagnostics = diagnostics.join().unwrap_or_default();
    if !status.success() {
        bail!("cargo build {} failed ({status}):\n{}", selection.join(" "), diagnostics.trim_end());
    }
    Ok(())
}

/// A child that does not outlive the work that needs it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended on every path but an early error, where nothing more can be done about a failure to end it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes sure that the compiler can build components, by `rustup` if it has to be.
fn ensure_target(workspace: &Path) -> Result<()> {
    let printed = tool("RUSTC", "rustc", workspace)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("cannot run rustc: install Rust from https://rustup.rs")?;
    let libraries = PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim());
    if printed.status.success() && libraries.is_dir() {
        return Ok(());
    }
    let what_to_run = format!("run `rustup target add {TARGET}` in {}", workspace.display());
    tracing::info!("adding the Rust target {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace).output();
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

/// A tool of the toolchain, as the outer Cargo names it, run in the workspace without that Cargo's build settings.
fn tool(variable: &str, name: &str, workspace: &Path) -> Command {
    let mut command = Command::new(env::var_os(variable).unwrap_or_else(|| OsString::from(name)));
    command.current_dir(workspace);
    for setting in FOREIGN_SETTINGS {
        command.env_remove(setting);
    }
    command
}

fn open_dir(path: &Path) -> Result<Dir> {
    Dir::create_ambient_dir_all(path, ambient_authority())
        .and_then(|()| Dir::open_ambient_dir(path, ambient_authority()))
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Copies a component whose bytes are new, so that an unchanged one keeps its time of change.
fn put(dir: &Dir, name: &str, built: &Path) -> Result<()> {
    let bytes = fs::read(built).with_context(|| format!("cannot read {}", built.display()))?;
    if dir.read(name).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    files::write_atomic(dir, name, &bytes, 0o644).with_context(|| format!("cannot write {name}"))
}

/// Removes components whose source is gone.
fn remove_stale(out: &Path, built: &[BuiltComponent]) -> Result<()> {
    let dir = open_dir(out)?;
    for entry in dir.entries()? {
        let name = entry?.file_name();
        let name = Path::new(&name);
        let stale = name.extension().is_some_and(|e| e == "wasm") && !built.iter().any(|b| b.path.ends_with(name));
        if stale {
            dir.remove_file(name).with_context(|| format!("cannot remove {}", name.display()))?;
        }
    }
    Ok(())
}
