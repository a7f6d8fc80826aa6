//! The start of each benchmark.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::Duration;

use crate::hostile;

/// The amount of work of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All work, for `cargo bench`, whose results people read.
    Measured,
    /// Each part once, for `cargo test --bench <name>`, which only checks that it runs.
    Tried,
}

impl Extent {
    /// The number of measurements: 1 if the benchmark is only tried.
    pub fn rounds<N: From<u8>>(self, measured: N) -> N {
        if self == Self::Measured { measured } else { N::from(1) }
    }

    /// The duration of a measurement: a few milliseconds if the benchmark is only tried.
    pub fn time(self, measured: Duration) -> Duration {
        if self == Self::Measured { measured } else { Duration::from_millis(50) }
    }
}

/// Builds the `mortise` executable beside the benchmark, in the same profile and with the same features, and sets up TLS as the host's own
/// `main` does.
///
/// # Panics
/// If it does not build.
pub fn start() -> Extent {
    let target = hostile::target();
    let benchmark = std::env::current_exe().expect("a benchmark has a path");
    let profile = benchmark.strip_prefix(&target).expect("it lies in there").iter().next().expect("a profile");
    let profile = if profile == "debug" { "dev".into() } else { profile.to_owned() };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut build = Command::new(cargo);
    build.current_dir(hostile::root()).args(["build", "--quiet", "--bin", "mortise"]);
    // To build scripts that watch Cargo's variables, those of this benchmark would be a change. Cargo would build these
    // scripts and all that depends on them again, and once more without the variables.
    for (name, _) in std::env::vars_os() {
        if [&b"CARGO_PKG_"[..], b"CARGO_MANIFEST_"].iter().any(|told| name.as_bytes().starts_with(told)) {
            build.env_remove(name);
        }
    }
    // Builds both packages. With one alone, dependencies would have other features and be built again.
    build.args(["--package", "mortise", "--package", "mortise-tests", "--profile"]).arg(profile);
    assert!(build.arg("--target-dir").arg(target).status().expect("cargo starts").success(), "mortise builds");
    // Fails if an earlier caller has set up the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if std::env::args().any(|argument| argument == "--bench") { Extent::Measured } else { Extent::Tried }
}
