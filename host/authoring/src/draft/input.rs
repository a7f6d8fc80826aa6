//! The input of a draft: the vendor's document, and the names of the new integration.

/// The input of a draft.
#[derive(Debug, Clone, Copy)]
pub struct OpenApi<'a> {
    /// The text of the document, in JSON or YAML.
    pub text: &'a str,
    /// The path of the vendor's users, if the author names it.
    pub resource: Option<&'a str>,
}

/// The names of the new integration.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Its slug.
    pub slug: &'a str,
    /// Its type in Rust.
    pub type_name: &'a str,
    /// The vendor's name, if the document has none.
    pub label: &'a str,
    /// Where the schema of cassettes is, as a cassette names it.
    pub schema: &'a str,
}
