//! The lock file of a new project in Rust.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use toml::{Table, Value};

/// The dependencies of a new project, in `host/authoring/templates/rust/Cargo.toml`.
const DEPENDENCIES: [&str; 3] = ["mortise-sdk", "serde", "serde_json"];

/// What comes before each package.
const PACKAGE: &str = "\n[[package]]\n";

/// The lock file with the versions of the checkout's, which its author may have downloaded already: a project then builds without a
/// network. `{{slug}}` in it is to be replaced. `manifests` are those of the SDK's own packages.
pub(crate) fn lock(checkout: &str, manifests: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut blocks = checkout.split(PACKAGE);
    let head = blocks.next().unwrap_or_default();
    let packages = blocks.map(Package::read).collect::<Result<Vec<_>, _>>()?;
    // Of its own packages a checkout locks what their tests need, too.
    let mut own = BTreeMap::new();
    for manifest in manifests {
        let manifest: Table = manifest.parse()?;
        let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        own.insert(name.ok_or("a package has no name")?.to_owned(), needed(&manifest));
    }
    let root = DEPENDENCIES.map(str::to_owned);
    let mut locked = BTreeMap::from([("mortise-plugin-{{slug}}".to_owned(), block("mortise-plugin-{{slug}}", &root))]);
    let mut wanted = root.to_vec();
    while let Some(dependency) = wanted.pop() {
        let mut found = packages.iter().filter(|package| package.is(&dependency));
        let package = found.next().ok_or_else(|| format!("{dependency} is not locked"))?;
        let mut dependencies = package.dependencies.clone();
        let text = match own.get(&package.name) {
            Some(needed) => {
                dependencies.retain(|dependency| needed.contains(name_of(dependency)));
                block(&package.name, &dependencies)
            }
            None => package.text.to_owned(),
        };
        if locked.insert(format!("{} {}", package.name, package.version), text).is_none() {
            wanted.extend(dependencies);
        }
    }
    Ok(locked.into_values().fold(head.to_owned(), |file, package| file + PACKAGE + &package))
}

/// One package of a lock file.
struct Package<'a> {
    text: &'a str,
    name: String,
    version: String,
    /// Each a name, with a version where the name alone says too little.
    dependencies: Vec<String>,
}

impl<'a> Package<'a> {
    fn read(text: &'a str) -> Result<Self, Box<dyn Error>> {
        let table: Table = text.parse()?;
        let [name, version] = ["name", "version"].map(|key| table.get(key).and_then(Value::as_str).unwrap_or_default());
        let dependencies = table.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        let dependencies = dependencies.filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Self { text, name: name.to_owned(), version: version.to_owned(), dependencies })
    }

    fn is(&self, dependency: &str) -> bool {
        match dependency.split_once(' ') {
            Some((name, version)) => self.name == name && self.version == version,
            None => self.name == dependency,
        }
    }
}

/// The name of a dependency in a lock file.
fn name_of(dependency: &str) -> &str {
    dependency.split_once(' ').map_or(dependency, |(name, _)| name)
}

/// What a package needs when another depends on it.
fn needed(manifest: &Table) -> BTreeSet<String> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let dependencies = tables.filter_map(|table| table.get("dependencies")).filter_map(Value::as_table).flatten();
    let is_optional = |value: &Value| value.get("optional").and_then(Value::as_bool) == Some(true);
    dependencies.filter(|(_, value)| !is_optional(value)).map(|(name, _)| name.clone()).collect()
}

/// A package of ours.
fn block(name: &str, dependencies: &[String]) -> String {
    let dependencies: String = dependencies.iter().map(|name| format!(" {name:?},\n")).collect();
    format!("name = {name:?}\nversion = {:?}\ndependencies = [\n{dependencies}]\n", env!("CARGO_PKG_VERSION"))
}
