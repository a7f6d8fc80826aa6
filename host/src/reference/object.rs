//! An object in the host's answers.

use super::Field;

/// An object of the API.
#[derive(Debug)]
pub struct Object {
    /// Its anchor in the pages.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Further facts.
    pub description: &'static str,
    /// Its members.
    pub fields: Vec<Field>,
}
