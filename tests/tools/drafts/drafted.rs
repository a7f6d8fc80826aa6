//! A draft that `mortise new` made, with the commands and checks of the tests.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_tests::host::mortise_binary;
use mortise_tests::hostile;

/// A draft from a document of this folder, and the output of the command.
pub(super) struct Drafted {
    project: PathBuf,
    document: PathBuf,
    pub(super) told: String,
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(mortise_binary()).current_dir(directory).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Drafted {
    pub(super) fn from(folder: &Path, slug: &str, document: &str) -> Self {
        let document = hostile::root().join("tests/tools/drafts").join(document);
        let sdk = hostile::root().display().to_string();
        let named = document.display().to_string();
        let made = run(folder, &["new", slug, "--sdk", &sdk, "--from-openapi", &named]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let project = folder.join(slug);
        // All authors share this folder, so that the SDK is compiled once.
        let shared = hostile::target().join("authors");
        fs::create_dir_all(&shared).expect("writable");
        fs::create_dir_all(project.join("target")).expect("writable");
        symlink(&shared, project.join("target/plugins")).expect("writable");
        Self { project, document, told: text(&made.stdout) }
    }

    pub(super) fn source(&self) -> String {
        fs::read_to_string(self.project.join("src/lib.rs")).expect("readable")
    }

    /// Builds the draft, and plays its cassettes. Asserts that the cassettes have these names.
    pub(super) fn passes(&self, names: &[&str]) {
        let cassettes = fs::read_dir(self.project.join("cassettes")).expect("a folder").flatten();
        let cassettes: BTreeSet<_> = cassettes.map(|file| text(file.file_name().as_encoded_bytes())).collect();
        assert_eq!(cassettes, names.iter().map(|name| format!("{name}.json")).collect());
        let tested = run(&self.project, &["test"]);
        let printed = text(&tested.stdout) + &text(&tested.stderr);
        assert!(tested.status.success(), "{printed}");
        assert_has(&printed, &[&format!("{count} of {count} passed", count = names.len())]);
    }

    /// The differences between the vendor's document and the cassettes.
    pub(super) fn against_document(&self) -> String {
        let document = self.document.display().to_string();
        text(&run(&self.project, &["test", "--no-build", "--spec", &document]).stdout)
    }
}

#[track_caller]
pub(super) fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}
