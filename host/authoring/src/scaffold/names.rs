//! Names that follow from a slug.

/// `acme-cloud` for people: `Acme Cloud`.
pub(super) fn label(slug: &str) -> String {
    slug.split('-').map(capitalised).collect::<Vec<_>>().join(" ")
}

/// `acme-cloud` as a type: `AcmeCloudIntegration`. The ending keeps it apart from the names of a language or an SDK.
pub(super) fn type_name(slug: &str) -> String {
    let words: String = slug.split('-').map(capitalised).collect();
    let start = if words.starts_with(|first: char| first.is_ascii_digit()) { "Vendor" } else { "" };
    format!("{start}{words}Integration")
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
