//! The files of a project that its component is made from, for a watcher.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use super::{Language, Project};

/// Folders beside the manifest that no component is made from: output of tools, and files for people and for tests.
const OTHER_FOLDERS: [&str; 9] =
    ["target", "node_modules", "dist", "cassettes", "test", "tests", "benches", "examples", "docs"];

impl Project {
    /// The files that the component is made from, sorted. They are those of the language and the manifest in the
    /// project's folder, and all files in the folders beside them. Left out are files that Git ignores, hidden files,
    /// logs, output of tools, tests, and the files that take the output of this process.
    pub fn sources(&self) -> Vec<PathBuf> {
        let outputs = outputs();
        let is_output = |file: &DirEntry| {
            file.metadata().is_ok_and(|file| outputs.iter().any(|output| identity(output) == identity(&file)))
        };
        let files = self.walk().build().flatten().filter(|entry| !entry.path().is_dir() && !is_output(entry));
        let mut sources: Vec<_> = files.map(DirEntry::into_path).collect();
        sources.sort();
        sources
    }

    /// The folders in the project's own that may have [`sources`](Self::sources), sorted.
    pub fn source_folders(&self) -> Vec<PathBuf> {
        let entries = self.walk().max_depth(Some(1)).build().flatten();
        let mut folders: Vec<_> =
            entries.filter(|entry| entry.depth() == 1 && entry.path().is_dir()).map(DirEntry::into_path).collect();
        folders.sort();
        folders
    }

    /// Whether this is one of the [`source_folders`](Self::source_folders).
    pub fn is_source_folder(&self, path: &Path) -> bool {
        path.parent() == Some(&self.root) && self.source_folders().iter().any(|folder| folder == path)
    }

    /// Walks over files that may be sources and that Git does not ignore.
    fn walk(&self) -> WalkBuilder {
        let project = self.clone();
        // Without a repository around it, the project's own `.gitignore` counts nevertheless, and none above it.
        let in_repository = self.root.ancestors().any(|folder| folder.join(".git").exists());
        let mut walk = WalkBuilder::new(&self.root);
        walk.require_git(in_repository).parents(in_repository);
        walk.filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            entry.depth() == 0 || project.may_be_source(entry.path(), is_folder)
        });
        walk
    }

    /// Whether a change of `path` may be a change of the [`sources`](Self::sources). A file that is gone may have been
    /// one.
    pub fn is_source(&self, path: &Path) -> bool {
        match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_dir() => path != self.root && self.may_be_source(path, true),
            Ok(_) => self.sources().iter().any(|source| source == path),
            Err(_) => self.may_be_source(path, false),
        }
    }

    /// Whether a path may be a source by its name.
    fn may_be_source(&self, path: &Path, is_folder: bool) -> bool {
        let Ok(inside) = path.strip_prefix(&self.root) else { return false };
        let mut parts = inside.iter();
        let Some(first) = parts.next() else { return false };
        let allowed = match is_folder || parts.next().is_some() {
            true => !OTHER_FOLDERS.iter().any(|folder| first == *folder),
            false => self.is_source_beside_manifest(Path::new(first)),
        };
        allowed && inside.iter().all(is_kept_by_author)
    }

    /// Whether a language builds from a file in the project's own folder. Others there are pages, data and logs.
    fn is_source_beside_manifest(&self, name: &Path) -> bool {
        let (names, endings): (&[&str], &[&str]) = match self.language {
            Language::Rust => (&["Cargo.toml", "rust-toolchain", "rust-toolchain.toml"], &["rs"]),
            Language::JavaScript => {
                (&["package.json", "tsconfig.json"], &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"])
            }
            Language::Python => (&["pyproject.toml", "setup.cfg"], &["py"]),
        };
        names.iter().any(|known| name.as_os_str() == *known)
            || name.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
    }
}

/// Whether an author gave this part of a path its name. Hidden names are those of tools, and of files that an editor is
/// writing.
fn is_kept_by_author(part: &OsStr) -> bool {
    part.to_str().is_some_and(|name| {
        let of_tool = name.starts_with('.') || name.ends_with('~') || name == "__pycache__" || name == "node_modules";
        !of_tool && !name.ends_with(".egg-info") && !name.ends_with(".log")
    })
}

/// The files that take the output of this process.
fn outputs() -> Vec<Metadata> {
    let [out, error] = [io::stdout().as_fd().try_clone_to_owned(), io::stderr().as_fd().try_clone_to_owned()];
    [out, error].into_iter().flatten().filter_map(|fd| File::from(fd).metadata().ok()).collect()
}

/// Identifies a file of the machine.
fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}
