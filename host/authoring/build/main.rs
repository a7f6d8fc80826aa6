//! Puts the sources of the SDKs into the binary, which gives them to new projects: `$OUT_DIR/sdk.rs` has a list of files for each
//! language.

mod manifest;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use self::manifest::manifest;

/// Files of an SDK: their paths in it, and where they are now.
type Files = Vec<(String, PathBuf)>;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let read = |name: &str| {
        println!("cargo::rerun-if-changed={}", root.join(name).display());
        fs::read_to_string(root.join(name))
    };
    let (sdk, macros, model) = (read("sdk/Cargo.toml")?, read("sdk/macros/Cargo.toml")?, read("sdk/model/Cargo.toml")?);
    fs::write(out.join("Cargo.toml"), manifest(&read("Cargo.toml")?, &sdk, &[&macros, &model])?)?;

    let mut rust: Files =
        [("Cargo.toml", &out), ("rustfmt.toml", &root)].map(|(name, at)| (name.to_owned(), at.join(name))).into();
    add(&root.join("sdk"), "src", &mut rust)?;
    for part in ["macros", "model"] {
        let name = format!("{part}/Cargo.toml");
        rust.push((name.clone(), root.join("sdk").join(name)));
        add(&root.join("sdk"), &format!("{part}/src"), &mut rust)?;
    }
    let [javascript, python] = [("js", "package.json"), ("python", "pyproject.toml")].map(|(folder, manifest)| {
        let sdk = root.join("sdk").join(folder);
        let mut files: Files = [manifest, "README.md"].map(|name| (name.to_owned(), sdk.join(name))).into();
        add(&sdk, "src", &mut files).map(|()| files)
    });
    let mut lists = String::new();
    for (name, mut files) in [("RUST", rust), ("JAVASCRIPT", javascript?), ("PYTHON", python?)] {
        files.extend(["LICENSE-APACHE", "LICENSE-MIT"].map(|name| (name.to_owned(), root.join(name))));
        files.sort();
        writeln!(lists, "const {name}: &[(&str, &str)] = &[")?;
        for (name, path) in files {
            // What this script wrote itself changes with what it was made from.
            if !path.starts_with(&out) {
                println!("cargo::rerun-if-changed={}", path.display());
            }
            writeln!(lists, "    ({name:?}, include_str!({path:?})),")?;
        }
        writeln!(lists, "];")?;
    }
    fs::write(out.join("sdk.rs"), lists)?;
    Ok(())
}

/// Adds every source file below `base/folder`, and none that a tool left there.
fn add(base: &Path, folder: &str, files: &mut Files) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", base.join(folder).display());
    for entry in fs::read_dir(base.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|name| format!("{} is no text", name.display()))?;
        let inside = format!("{folder}/{name}");
        let is_source =
            [".rs", ".js", ".d.ts", ".py"].iter().any(|ending| name.ends_with(ending)) || name == "py.typed";
        if entry.file_type()?.is_dir() && name != "__pycache__" && !name.ends_with(".egg-info") {
            add(base, &inside, files)?;
        } else if is_source {
            files.push((inside, entry.path()));
        }
    }
    Ok(())
}
