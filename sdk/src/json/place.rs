//! Finds the place of an error in a JSON text.

/// The failure as a sentence: the place in `text`, if it is not the whole text, and the reason.
pub(super) fn explain(text: &[u8], error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let reason = message.strip_suffix(position.as_str()).unwrap_or(&message);
    match path_at(text, offset_of(text, error.line(), error.column())) {
        path if path.is_empty() => reason.to_owned(),
        path => format!("`{path}`: {reason}"),
    }
}

/// The number of bytes before a position that serde_json reports: lines from 1, columns in bytes.
fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    before + column
}

/// The path of the value that ends or stands at `offset`. It follows the brackets and keys before it. It runs only
/// after an error, so that mappings do not pay for it in time or generated code.
fn path_at(text: &[u8], offset: usize) -> String {
    enum Level {
        Object { key: Vec<u8>, at_key: bool },
        Array(usize),
    }
    let mut levels = Vec::new();
    let mut bytes = text.iter().take(offset).copied();
    while let Some(byte) = bytes.next() {
        match (byte, levels.last_mut()) {
            (b'{', _) => levels.push(Level::Object { key: Vec::new(), at_key: true }),
            (b'[', _) => levels.push(Level::Array(0)),
            (b'}' | b']', _) => drop(levels.pop()),
            (b',', Some(Level::Array(index))) => *index += 1,
            (b',', Some(Level::Object { at_key, .. })) => *at_key = true,
            (b':', Some(Level::Object { at_key, .. })) => *at_key = false,
            (b'"', level) => {
                let mut string = Vec::new();
                while let Some(byte) = bytes.next().filter(|b| *b != b'"') {
                    string.push(byte);
                    string.extend((byte == b'\\').then(|| bytes.next()).flatten());
                }
                if let Some(Level::Object { key, at_key: true }) = level {
                    *key = string;
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object { key, .. } if key.is_empty() => {}
            Level::Object { key, .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&String::from_utf8_lossy(&key));
            }
            Level::Array(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::json::read;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Envelope {
        data: Agent,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its reading is of interest")]
    struct Agent {
        id: String,
        #[serde(default)]
        roles: Vec<String>,
    }

    fn complaint(text: &str) -> String {
        read::<Envelope>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_mistake_names_its_place() {
        for (text, expected) in [
            (r#"{"data":{"id":"1","roles":["a",null]}}"#, "`data.roles[1]`: invalid type: null, expected a string"),
            ("{\n \"data\": {\n  \"id\": 7\n }\n}", "`data.id`: invalid type: integer `7`, expected a string"),
            (r#"{"x":"a\"}","data":{"roles":[]}}"#, "`data`: missing field `id`"),
            (r#"{"data":[]}"#, "`data`: invalid length 0, expected struct Agent with 2 elements"),
            ("{}", "missing field `data`"),
            ("", "EOF while parsing a value"),
            ("<html>", "expected value"),
        ] {
            assert_eq!(complaint(text), expected, "{text}");
        }
    }

    #[test]
    fn no_text_makes_the_search_fail() {
        for text in ["\"", "{\"a\\", "[[[[,,,]]]]]]", "{,:,}", "\u{0}\"\\\""] {
            for offset in 0..text.len() + 3 {
                path_at(text.as_bytes(), offset);
            }
        }
    }
}
