//! Names of a document as names of Rust.

/// Words that cannot be field names in Rust: its keywords, of every edition (Rust reference, "Keywords").
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The words of a name, in lower case: `first`, `name` of `firstName`, `first_name`, `First-Name`, `FIRSTName`.
pub(super) fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            is_open = false;
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let is_hump = letter.is_ascii_uppercase()
            && (before.is_some_and(|before| before.is_ascii_lowercase() || before.is_ascii_digit())
                || after.is_some_and(char::is_ascii_lowercase));
        match words.last_mut().filter(|_| is_open && !is_hump) {
            Some(word) => word.push(letter.to_ascii_lowercase()),
            None => words.push(letter.to_ascii_lowercase().to_string()),
        }
        is_open = true;
    }
    words
}

/// A name in letters and digits only, so that its spellings are the same: `firstname`.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// A name as a field or a variable: `first_name`. `type` is `kind`, as the SDK has it.
pub(super) fn snake(name: &str) -> String {
    let name = words(name).join("_");
    match name.as_str() {
        "" => "value".to_owned(),
        "type" => "kind".to_owned(),
        keyword if KEYWORDS.contains(&keyword) => format!("{keyword}_"),
        digits if digits.starts_with(|first: char| first.is_ascii_digit()) => format!("n{digits}"),
        _ => name,
    }
}

/// A name as a type: `FirstName`.
pub(super) fn pascal(name: &str) -> String {
    let name: String = words(name).iter().map(|word| capitalised(word)).collect();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name } else { format!("Record{name}") }
}

/// How serde's `camelCase` spells a field.
pub(super) fn camel(field: &str) -> String {
    let mut parts = field.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &capitalised(part))
}

/// The singular of a word in plural: `people` is `person`, `agents` is `agent`.
pub(super) fn singular(word: &str) -> String {
    match word {
        "people" => "person".to_owned(),
        "staff" | "status" => word.to_owned(),
        _ => match (word.strip_suffix("ies"), word.strip_suffix('s')) {
            (Some(stem), _) => format!("{stem}y"),
            (None, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
            _ => word.to_owned(),
        },
    }
}

pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_document_becomes_one_of_rust() {
        for (name, field) in [
            ("firstName", "first_name"),
            ("First-Name", "first_name"),
            ("e-mail address", "e_mail_address"),
            ("userID", "user_id"),
            ("URLPath", "url_path"),
            ("type", "kind"),
            ("match", "match_"),
            ("2fa_enabled", "n2fa_enabled"),
            ("$$", "value"),
            ("prénom", "pr_nom"),
        ] {
            assert_eq!(snake(name), field, "{name}");
        }
        assert_eq!(pascal("user_profile"), "UserProfile");
        assert_eq!(pascal("2fa"), "Record2fa");
        assert_eq!(camel("created_at"), "createdAt");
        assert_eq!(["people", "agents", "entries", "staff"].map(singular), ["person", "agent", "entry", "staff"]);
    }
}
