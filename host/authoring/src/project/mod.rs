//! An integration's source folder, in any language: its sources, its cassettes and its component.

mod checkout;
mod error;
mod folder;
mod language;
mod manifest;
mod sources;
mod text;

pub use checkout::{checkout, components_dir, demonstrated};
pub use error::ProjectError;
pub use folder::{Project, SDK};
pub use language::Language;
pub use text::read_text;
