//! Python to a component: `componentize-py` imports the project's module and adds the interpreter in the state after
//! the import. It comes from the project's own `.venv`, or from the PATH.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};
use mortise_terminal::progress::Progress;
use serde::Deserialize;

use super::made::Made;
use super::project_progress::progress_of;
use super::shared::Shared;
use super::tool::{self, Work};
use crate::project::Project;

/// The tool that makes components.
const TOOL: &str = "componentize-py";

/// Packages for installing and building only.
const TOOLS: [&str; 6] = ["componentize_py", "pip", "setuptools", "pkg_resources", "_distutils_hack", "wheel"];

/// The project's module, which has an `integration`.
const MODULE: &str = "src/integration.py";

/// The module of which the component is made. It must have another name than the world of the contract.
///
/// The interpreter that imports it writes no caches beside the sources.
const APP: &str = "\
import sys
sys.dont_write_bytecode = True
import integration
from mortise_sdk._component import component

Describe, Users = component(integration.integration)
";

/// Prints the folders of the environment's packages and of the SDK, which may be installed from its sources, and the
/// SDK's version.
const ASK: &str = "\
import importlib.util, json, pathlib, sys, sysconfig
if importlib.util.find_spec('mortise_sdk') is None:
    sys.exit('No module named mortise_sdk')
import mortise_sdk
sdk = pathlib.Path(mortise_sdk.__file__).parent.parent
print(json.dumps({'packages': sysconfig.get_path('purelib'), 'sdk': str(sdk), 'version': mortise_sdk.__version__}))
";

#[derive(Deserialize)]
struct Environment {
    packages: PathBuf,
    sdk: PathBuf,
    version: String,
}

/// Builds the project, and returns its component. The component is the same in every profile, because Python keeps its
/// names.
///
/// # Errors
/// If Python, the SDK or `componentize-py` is missing, or if the build fails, with the tool's whole output.
pub(super) fn build(project: &Project, progress: &Progress) -> Result<PathBuf> {
    let root = project.root.as_path();
    let module = root.join(MODULE);
    ensure!(module.is_file(), "{} is missing: it holds the project's `integration`", module.display());
    let work = Work::prepare(project, "python")?;
    let environment = environment(project)?;
    let digest = digest(project, &environment)?;
    let sdk = format!("python/{}", environment.version);
    let made = format!("{digest}\n{sdk}");
    if work.has(&made) {
        return Ok(work.component());
    }
    work.forget()?;
    let (output, shared) = (work.component(), Shared::open());
    if let Some(component) = shared.get(&digest) {
        fs::write(&output, component).with_context(|| format!("cannot write {}", output.display()))?;
    } else {
        progress_of(progress, project, "importing, and adding the interpreter");
        componentize(project, &work, &environment)?;
        tool::stamp(&output, &sdk)?;
        shared.put(&digest, &output);
    }
    work.keep(&made)?;
    Ok(output)
}

/// Runs the tool.
fn componentize(project: &Project, work: &Work, environment: &Environment) -> Result<()> {
    let root = project.root.as_path();
    work.write("app/mortise_app.py", APP)?;
    let mut command = Command::new(in_environment(root, TOOL));
    command
        .args(["--wit-path".as_ref(), work.path("wit").as_os_str()])
        .args(["--world", "integration", "componentize", "--stub-wasi", "mortise_app"])
        .args(["--output".as_ref(), work.component().as_os_str()]);
    for path in [&work.path("app"), &root.join("src"), &environment.sdk, &environment.packages] {
        command.args(["--python-path".as_ref(), path.as_os_str()]);
    }
    // The same for the interpreter that runs the tool.
    command.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("VIRTUAL_ENV");
    let ran = tool_ran(command, project)?;
    if ran.status.success() { Ok(()) } else { Err(tool::failed(TOOL, root, &ran).into()) }
}

/// What the component is made of: the project's modules, the SDK, the packages beside it and the tool.
fn digest(project: &Project, environment: &Environment) -> Result<String> {
    let root = project.root.as_path();
    let mut version = Command::new(in_environment(root, TOOL));
    version.arg("--version");
    let mut made = Made::of_host(APP);
    made.add(&tool_ran(version, project)?.stdout);
    for folder in BTreeSet::from([&root.join("src"), &environment.sdk, &environment.packages]) {
        made.add_folder(folder, is_importable)?;
    }
    Ok(made.finish())
}

/// Whether a file in a folder of packages can be part of a component. Files of tools' packages and of installers
/// cannot.
fn is_importable(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_written = name == "__pycache__" || name.starts_with("__editable__");
    let is_of_installer = [".dist-info", ".egg-info", ".pth", ".egg-link"].iter().any(|ending| name.ends_with(ending));
    !is_written && !is_of_installer && !TOOLS.iter().any(|tool| path == Path::new(tool))
}

fn tool_ran(command: Command, project: &Project) -> Result<Output> {
    let ran = tool::run(command, &project.root, "")?;
    ran.with_context(|| format!("{TOOL} is missing: {}", tool::how_to_install(project)))
}

fn environment(project: &Project) -> Result<Environment> {
    let root = project.root.as_path();
    let mut python = Command::new(in_environment(root, "python3"));
    python.args(["-c", ASK]);
    let Some(ran) = tool::run(python, root, "")? else {
        bail!("cannot run python3: install Python 3.10 or later, with its module venv")
    };
    match serde_json::from_slice(&ran.stdout) {
        Ok(environment) if ran.status.success() => Ok(environment),
        _ => bail!(
            "the SDK is missing: {}\n{}",
            tool::how_to_install(project),
            String::from_utf8_lossy(&ran.stderr).trim_end()
        ),
    }
}

/// The program of the project's environment, or the one on the PATH.
fn in_environment(root: &Path, program: &str) -> PathBuf {
    let own = root.join(".venv/bin").join(program);
    if own.is_file() { own } else { program.into() }
}
