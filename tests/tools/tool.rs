//! The programs that tests drive beside Rust, a C compiler and the usual tools of Linux, and the search for them.

use std::path::PathBuf;

use mortise_tests::hostile;

/// The command that installs every tool.
pub(crate) const SETUP: &str = ".ci/setup";

/// Something that a machine may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A program, by its names on different systems.
    Program(&'static [&'static str]),
    /// Packages of a vendor that are installed for projects: the name, and the folder in `target/languages`.
    Packages(&'static str, &'static str),
    /// The same for a language, with our SDK, whose sources are in this folder of `sdk/`.
    Sdk(&'static str, &'static str, &'static str),
}

pub(crate) const CHROMIUM: Tool = Tool::Program(&["chromium", "chromium-browser", "google-chrome"]);
pub(crate) const CHROMEDRIVER: Tool = Tool::Program(&["chromedriver"]);
pub(crate) const CURL: Tool = Tool::Program(&["curl"]);
pub(crate) const DOCKER_REGISTRY: Tool = Tool::Program(&["docker-registry"]);
pub(crate) const JQ: Tool = Tool::Program(&["jq"]);
pub(crate) const NODE: Tool = Tool::Program(&["node"]);
pub(crate) const NPM: Tool = Tool::Program(&["npm"]);
pub(crate) const PYTHON: Tool = Tool::Program(&["python3"]);
pub(crate) const JAVASCRIPT_PACKAGES: Tool = Tool::Sdk("JavaScript", "js/node_modules", "js");
pub(crate) const PYTHON_PACKAGES: Tool = Tool::Sdk("Python", "python/.venv", "python");
pub(crate) const OAUTH_PACKAGES: Tool = Tool::Packages("tests/real/oauth", "oauth/node_modules");
pub(crate) const TRUTO_PACKAGES: Tool = Tool::Packages("Truto", "truto/.venv");

impl Tool {
    /// The path, if the tool exists.
    pub(crate) fn find(self) -> Option<PathBuf> {
        match self {
            Self::Program(names) => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                let mut files =
                    std::env::split_paths(&path).flat_map(|dir| names.iter().map(move |name| dir.join(name)));
                files.find(|file| file.is_file())
            }
            Self::Packages(_, folder) => installed(folder),
            Self::Sdk(_, folder, sdk) => installed(folder).filter(|_| is_current(sdk)),
        }
    }

    /// The path of the tool.
    ///
    /// # Panics
    /// If the tool does not exist: the test must name it among its needs.
    pub(crate) fn path(self) -> PathBuf {
        self.find().unwrap_or_else(|| panic!("{self} is missing: {SETUP} brings it"))
    }
}

/// A folder of `target/languages`, if it exists.
fn installed(folder: &str) -> Option<PathBuf> {
    Some(hostile::target().join("languages").join(folder)).filter(|folder| folder.is_dir())
}

/// Whether every source of the SDK in this folder of `sdk/` is as it was when `.ci/setup` installed it and noted its digests.
fn is_current(sdk: &str) -> bool {
    let noted =
        std::fs::read_to_string(hostile::target().join("languages").join(format!("{sdk}.sha256"))).unwrap_or_default();
    let is_the_same = |line: &str| {
        let (digest, file) = line.split_once("  ").unwrap_or_default();
        std::fs::read(hostile::root().join(file)).is_ok_and(|bytes| mortise_policy::grant::digest(&bytes) == digest)
    };
    !noted.is_empty() && noted.lines().all(is_the_same)
}

impl std::fmt::Display for Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Program(names) => f.write_str(names[0]),
            Self::Packages(origin, _) => write!(f, "packages of {origin}"),
            Self::Sdk(language, ..) => write!(f, "packages of {language} with the SDK of this checkout"),
        }
    }
}
