//! `mortise new --from-openapi`: a draft builds and passes its cassettes.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mortise_tests::host::mortise_binary;
use mortise_tests::hostile;

/// A draft from a document of this folder, and the output of the command.
struct Drafted {
    project: PathBuf,
    document: PathBuf,
    told: String,
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(mortise_binary()).current_dir(directory).args(arguments).output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Drafted {
    fn from(folder: &Path, slug: &str, document: &str) -> Self {
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

    fn source(&self) -> String {
        fs::read_to_string(self.project.join("src/lib.rs")).expect("readable")
    }

    /// Builds the draft, and plays its cassettes. Asserts that the cassettes have these names.
    fn passes(&self, names: &[&str]) {
        let cassettes = fs::read_dir(self.project.join("cassettes")).expect("a folder").flatten();
        let cassettes: BTreeSet<_> = cassettes.map(|file| text(file.file_name().as_encoded_bytes())).collect();
        assert_eq!(cassettes, names.iter().map(|name| format!("{name}.json")).collect());
        let tested = run(&self.project, &["test"]);
        let printed = text(&tested.stdout) + &text(&tested.stderr);
        assert!(tested.status.success(), "{printed}");
        assert_has(&printed, &[&format!("{count} of {count} passed", count = names.len())]);
    }

    /// The differences between the vendor's document and the cassettes.
    fn against_document(&self) -> String {
        let document = self.document.display().to_string();
        text(&run(&self.project, &["test", "--no-build", "--spec", &document]).stdout)
    }
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

pub(crate) fn a_draft_builds_passes_its_cassettes_and_names_by_operation_what_is_left() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let orchard = Drafted::from(directory.path(), "orchard", "orchard.yaml");
    orchard.passes(&["create", "delete", "get", "list", "update"]);
    assert_has(
        &orchard.told,
        &["  create  POST /users\n", "  POST /users\n    - the vendor requires `departmentId`", "`fruit`"],
    );
    assert_has(
        &orchard.source(),
        &[
            "\"https://{site}.orchard.example.com/v2\"",
            "Auth::bearer(\"{api_token}\")",
            "Listing::pages(40, 200)",
            "// TODO(POST /users): the vendor requires `departmentId`",
            ".text(\"/meta/next_cursor\")",
            "json_in(\"user\"",
            ".values(\"roles\", [\"picker\", \"grower\"])",
        ],
    );
    // The list names every missing part, and nothing else.
    assert_has(&orchard.against_document(), &["\"departmentId\" is a required property", "objects to 1 thing"]);
}

pub(crate) fn drafts_speak_json_api_and_forms_and_read_openapi_3_1_and_swagger_2() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let lantern = Drafted::from(directory.path(), "lantern", "lantern.json");
    lantern.passes(&["create", "get", "list"]);
    let parts = [".json_api(&resource)", "Auth::header(\"x-api-key\"", "/meta/total", "page[offset]"];
    assert_has(&lantern.source(), &parts);
    assert_has(&lantern.told, &["  operations\n    - nothing at /v1/people is there to update, delete users"]);
    let harbour = Drafted::from(directory.path(), "harbour", "harbour.yaml");
    harbour.passes(&["create", "list", "update"]);
    let parts = [".form(&new)", "Auth::basic(", "\"https://api.harbour.example.com/rest\"", "numeric_id(id)?"];
    assert_has(&harbour.source(), &parts);
    for draft in [lantern, harbour] {
        assert_has(&draft.against_document(), &["objects to 0 things"]);
    }
}
