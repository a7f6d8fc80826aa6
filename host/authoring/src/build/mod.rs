//! Sources to components. The tools of each language build [`Project`]s, and each component is put where
//! [`Profile::component`] says.
//!
//! Everything is under `target/plugins` of the checkout or the project, apart from any other build. The two builds
//! therefore never wait for each other's lock or spoil each other's cache. The same sources, tools and SDK make the
//! same bytes wherever the project is.
//!
//! [`Project`]: crate::project::Project

mod build_failed;
mod built_component;
mod javascript;
mod made;
mod names;
mod profile;
mod project_progress;
mod projects;
mod put;
mod python;
mod rust;
mod shared;
mod tool;

pub use build_failed::BuildFailed;
pub use built_component::BuiltComponent;
pub use profile::Profile;
pub use projects::{plugins, projects};
pub use rust::examples;
