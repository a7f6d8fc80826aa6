//! The languages of integrations.

/// A language of integrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Rust, built by Cargo.
    Rust,
    /// JavaScript or TypeScript, an npm package.
    JavaScript,
    /// Python.
    Python,
}

impl Language {
    /// All languages, in the order in which their manifests are looked for in a folder.
    pub const ALL: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    /// The file that makes a folder a project of this language.
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
        }
    }

    /// The command that installs the tools of a project's build, in the project's folder; `None` if the build does
    /// that. `own_sdk`: the project has the SDK in [`SDK`](super::SDK).
    pub fn install(self, own_sdk: bool) -> Option<&'static str> {
        match self {
            Self::Rust => None,
            Self::JavaScript => Some("npm install"),
            Self::Python if own_sdk => {
                Some("python3 -m venv .venv && .venv/bin/pip install -e .mortise/sdk -e '.[build]'")
            }
            Self::Python => Some("python3 -m venv .venv && .venv/bin/pip install -e '.[build]'"),
        }
    }
}
