//! The address of a vendor request, checked at compile time.

/// The code that makes a `Path` of the literal, or the error for the author.
pub(crate) fn expand(literal: &str) -> Result<String, String> {
    let template = unquoted(literal).ok_or("a path is one text in quotes, such as \"/users/{id}\"")?;
    let (origin, path) = match template.strip_prefix("https://").map(|rest| rest.find('/').unwrap_or(rest.len())) {
        Some(length) => template.split_at("https://".len() + length),
        None => ("", template),
    };
    if origin.contains(['{', '}']) {
        return Err("a host is not put together here: declare an origin with a variable in it".to_owned());
    }
    let Some(path) = path.strip_prefix('/') else {
        return Err("a path begins with a slash, or with https:// and a host".to_owned());
    };
    // The text behind the last variable.
    let mut written = origin.to_owned();
    let mut code = String::new();
    for segment in path.split('/') {
        match variable(segment)? {
            None => written = format!("{written}/{segment}"),
            Some((before, name, after)) => {
                code.push_str(&take(&mut written, code.is_empty()));
                code.push_str(&format!(".insert({before:?}, &{name}, {after:?})"));
            }
        }
    }
    if code.is_empty() || !written.is_empty() {
        let rest = take(&mut written, code.is_empty());
        code.push_str(&rest);
    }
    Ok(code)
}

/// The code for the text since the last variable.
fn take(written: &mut String, is_first: bool) -> String {
    let text = std::mem::take(written);
    match (is_first, text.as_str()) {
        (true, text) => format!("::mortise_sdk::Path::new({text:?})"),
        (false, "") => String::new(),
        (false, text) => format!(".append({text:?})"),
    }
}

/// The text of a string literal without escapes.
fn unquoted(literal: &str) -> Option<&str> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains(['"', '\\'])).then_some(text)
}

/// The text before, in and behind the braces of a segment, if it has braces.
fn variable(segment: &str) -> Result<Option<(&str, &str, &str)>, String> {
    let parts = segment.split_once('{').map(|(before, rest)| (before, rest.split_once('}')));
    let parts = match parts {
        None => None,
        Some((before, Some((name, after)))) => Some((before, name, after)),
        Some((_, None)) => return Err(format!("`{segment}` lacks a brace")),
    };
    let (before, after) = parts.map_or((segment, ""), |(before, _, after)| (before, after));
    if let Some(character) = before.chars().chain(after.chars()).find(|character| !is_of_segment(*character)) {
        return Err(match character {
            '?' => "a query is added by Request::query".to_owned(),
            '{' | '}' => format!("`{segment}` has more than one variable, or a brace without another"),
            _ => format!("`{character}` in `{segment}` must be percent-encoded"),
        });
    }
    match parts {
        None if matches!(segment, "" | "." | "..") => Err(format!("`{segment}` is not a segment")),
        Some((_, name, _)) if !is_name(name) => Err(format!("`{{{name}}}` must be the name of a variable")),
        parts => Ok(parts),
    }
}

/// Whether RFC 3986 allows the character in segments (`pchar`, §3.3). A percent sign begins an encoded character.
fn is_of_segment(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%".contains(character)
}

fn is_name(text: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.chars().all(is_part) && text.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_becomes_one_segment() {
        for (template, code) in [
            ("/users", r#"::mortise_sdk::Path::new("/users")"#),
            ("/users/{id}", r#"::mortise_sdk::Path::new("/users").insert("", &id, "")"#),
            ("/{a}/{b_2}", r#"::mortise_sdk::Path::new("").insert("", &a, "").insert("", &b_2, "")"#),
            (
                "/users/{id}.json/teams",
                r#"::mortise_sdk::Path::new("/users").insert("", &id, ".json").append("/teams")"#,
            ),
            ("/User('{id}')", r#"::mortise_sdk::Path::new("").insert("User('", &id, "')")"#),
            (
                "https://api.example.com/v2/users/{id}",
                r#"::mortise_sdk::Path::new("https://api.example.com/v2/users").insert("", &id, "")"#,
            ),
        ] {
            assert_eq!(expand(&format!("{template:?}")), Ok(code.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_is_no_path_is_told_with_its_reason() {
        for (literal, reason) in [
            ("users", "in quotes"),
            (r#""/users", id"#, "in quotes"),
            (r#""users""#, "begins with a slash"),
            (r#""https://example.com""#, "begins with a slash"),
            (r#""https://{site}.example.com/users""#, "declare an origin"),
            (r#""/users/""#, "`` is not a segment"),
            (r#""/users//{id}""#, "`` is not a segment"),
            (r#""/users/..""#, "`..` is not a segment"),
            (r#""/users?active=true""#, "Request::query"),
            (r#""/users/{id""#, "lacks a brace"),
            (r#""/users/id}""#, "brace without another"),
            (r#""/users/{a}{b}""#, "more than one variable"),
            (r#""/users/{}""#, "the name of a variable"),
            (r#""/users/{user.id}""#, "the name of a variable"),
            (r#""/all users""#, "percent-encoded"),
        ] {
            let error = expand(literal).unwrap_err();
            assert!(error.contains(reason), "{literal}: {error}");
        }
    }
}
