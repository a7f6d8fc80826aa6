//! The manifest of the Rust SDK outside its checkout.

use std::collections::BTreeSet;
use std::error::Error;

use toml::{Table, Value};

/// The manifest of the SDK as the root of a workspace of its own: what it and its parts inherit from the checkout's is below it.
pub(crate) fn manifest(checkout: &str, sdk: &str, parts: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut inherited = BTreeSet::new();
    for manifest in parts.iter().chain([&sdk]) {
        add_inherited(&manifest.parse()?, &mut inherited);
    }
    let mut checkout: Table = checkout.parse()?;
    let workspace = checkout.get_mut("workspace").and_then(Value::as_table_mut).ok_or("there is no workspace")?;
    workspace.retain(|key, _| ["package", "dependencies", "lints"].contains(&key));
    let dependencies =
        workspace.get_mut("dependencies").and_then(Value::as_table_mut).ok_or("it has no dependencies")?;
    dependencies.retain(|name, _| inherited.contains(name));
    for path in dependencies.iter_mut().filter_map(|(_, dependency)| dependency.get_mut("path")) {
        *path = path.as_str().and_then(|path| path.strip_prefix("sdk/")).ok_or("it needs more than the SDK")?.into();
    }
    let workspace: Table = [("workspace".to_owned(), Value::Table(workspace.clone()))].into_iter().collect();
    Ok(format!("{sdk}\n# What the files above and below inherit.\n{}", toml::to_string(&workspace)?))
}

/// Adds the names of the dependencies that a manifest inherits from its workspace.
fn add_inherited(manifest: &Table, names: &mut BTreeSet<String>) {
    for (key, value) in manifest {
        let Value::Table(table) = value else { continue };
        if key.ends_with("dependencies") {
            let inherits = |dependency: &Value| dependency.get("workspace").is_some();
            names.extend(table.iter().filter(|(_, dependency)| inherits(dependency)).map(|(name, _)| name.clone()));
        } else {
            add_inherited(table, names);
        }
    }
}
