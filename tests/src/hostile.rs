//! The hostile components of `tests/hostile`. They are built when a test first needs one of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Components in WebAssembly text: slug and the module's fields.
const WAT: [(&str, &str); 5] = [
    ("many-memories", include_str!("../hostile/wat/many-memories.wat")),
    ("table-bomb", include_str!("../hostile/wat/table-bomb.wat")),
    ("table-minimum", include_str!("../hostile/wat/table-minimum.wat")),
    ("two-memories", include_str!("../hostile/wat/two-memories.wat")),
    ("two-tables", include_str!("../hostile/wat/two-tables.wat")),
];

/// The slugs of all hostile components, sorted: the file names of `tests/hostile/examples` and `tests/hostile/wat`.
pub fn all() -> Vec<String> {
    let examples = std::fs::read_dir(root().join("tests/hostile/examples")).expect("the examples are there");
    let slug = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut all: Vec<_> = examples.filter_map(|entry| slug(entry.ok()?.path())).collect();
    all.extend(WAT.map(|(slug, _)| slug.to_owned()));
    all.sort();
    all
}

/// The component `slug`.
///
/// # Panics
/// If there is no such component, or it cannot be built. Cargo's messages are then in the test's output.
pub fn component(slug: &str) -> Vec<u8> {
    if let Some((_, fields)) = WAT.iter().find(|(name, _)| *name == slug) {
        return crate::wat::component(slug, fields);
    }
    let path = built().get(slug).unwrap_or_else(|| panic!("no hostile component `{slug}`"));
    std::fs::read(path).expect("a built component can be read")
}

/// A component with these fields of a core module in text. One of the fields is a function `$attack`, which runs in
/// `create-user`. If `$attack` is empty, the component compiles at once.
///
/// # Panics
/// If the fields are not valid.
pub fn from_text(slug: &str, fields: &str) -> Vec<u8> {
    crate::wat::component(slug, fields)
}

/// A component without an attack, and with a changed text: each of `edits` is a text in it and its replacement.
///
/// # Panics
/// If a text is missing, or the result is not valid.
pub fn changed(slug: &str, edits: &[(&str, &str)]) -> Vec<u8> {
    let text = edits.iter().fold(crate::wat::text(slug, "(func $attack)"), |text, (from, to)| {
        assert!(text.contains(from), "{slug}: `{from}` is not in the text");
        text.replace(from, to)
    });
    wat::parse_str(text).unwrap_or_else(|error| panic!("{slug}: {error}"))
}

/// Writes the component into the directory `plugins` as `<slug>.wasm`. Returns its path.
///
/// # Panics
/// As [`component`], or if the file cannot be written.
pub fn install(slug: &str, plugins: &Path) -> PathBuf {
    let path = plugins.join(slug).with_extension("wasm");
    std::fs::write(&path, component(slug)).expect("the plugin directory can be written");
    path
}

/// The examples, built at the first use: slug and component file.
fn built() -> &'static BTreeMap<String, PathBuf> {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built =
            mortise_authoring::build::examples(&root(), "mortise-hostile").expect("the hostile components build");
        built.into_iter().map(|component| (component.slug, component.path)).collect()
    })
}

/// The target directory of this build: the test binary is in `<target>/<profile>/deps`.
pub fn target() -> PathBuf {
    let binary = std::env::current_exe().expect("a test binary has a path");
    binary.ancestors().nth(3).expect("a test binary lies in a target directory").to_owned()
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is a folder of the workspace").to_owned()
}
