//! The names of integrations in URLs, files and grants.

/// Whether `text` can be an integration's slug: 1 to 64 lower-case letters, digits and single hyphens between them.
pub fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_slug;

    #[test]
    fn a_slug_is_words_of_lower_case_letters_and_digits_with_single_hyphens_between_them() {
        let longest = "a".repeat(64);
        assert!(["acme", "7", "acme-2-beta", &longest].iter().all(|slug| is_slug(slug)));
        let wrong = ["", "-acme", "acme-", "a--b", "Acme", "a_b", "a.b", "a/b", "acmé", "a b", &format!("{longest}a")]
            .map(is_slug);
        assert!(wrong.iter().all(|is_slug| !is_slug), "{wrong:?}");
    }
}
