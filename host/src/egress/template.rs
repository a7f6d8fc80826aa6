//! Text with `{variables}`, as plugins declare it, filled with the values of one account.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::opened::Credentials;

/// Longest chain of transforms. Each base64 makes a value a third longer.
const MAX_TRANSFORMS: usize = 4;

/// Text with `{variables}`: `Token {api_token}`. A variable's value can be transformed: `{api_secret|md5|base64}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable { name: String, transforms: Vec<Transform> },
}

/// A transform of a value in a template. The set is closed: anything else that a vendor needs is code in the plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transform {
    /// Base64 with padding (RFC 4648 §4).
    Base64,
    /// The 16 bytes of the MD5 digest (RFC 1321).
    Md5,
}

impl Transform {
    const ALL: [Self; 2] = [Self::Base64, Self::Md5];

    fn as_str(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Md5 => "md5",
        }
    }

    fn apply(self, value: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Base64 => STANDARD.encode(value).into_bytes(),
            Self::Md5 => Md5::digest(value).to_vec(),
        })
    }
}

impl Template {
    /// Reads a template. Braces are only used around variable names.
    ///
    /// # Errors
    /// The reason, if a brace has no partner, a name is empty, or a transform is not known or does not end in text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (variable, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has a `{{` without `}}`"))?;
            if variable.is_empty() || variable.contains('{') || before.contains('}') {
                return Err(format!("`{text}` has misplaced braces"));
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::variable(variable)?);
            rest = after;
        }
        if rest.contains('}') {
            return Err(format!("`{text}` has a `}}` without `{{`"));
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable { name, .. } => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The variables whose values appear in the text without a transform.
    pub fn plain_variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable { name, transforms } if transforms.is_empty() => Some(name.as_str()),
            Piece::Variable { .. } | Piece::Text(_) => None,
        })
    }

    /// The variable whose value is the whole text, without a transform.
    pub(crate) fn sole_variable(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Variable { name, transforms }] if transforms.is_empty() => Some(name),
            _ => None,
        }
    }

    /// The text for this account. `None` if the account has no value for a variable. Transformed values are added to
    /// `derived`, because they are as secret as their input.
    pub(super) fn fill(
        &self,
        credentials: &Credentials,
        derived: &mut Vec<Zeroizing<String>>,
    ) -> Option<Zeroizing<String>> {
        let mut filled = Zeroizing::new(String::new());
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Variable { name, transforms } if transforms.is_empty() => {
                    filled.push_str(credentials.value(name)?);
                }
                Piece::Variable { name, transforms } => {
                    let value = Zeroizing::new(credentials.value(name)?.as_bytes().to_vec());
                    let value = transforms.iter().fold(value, |value, transform| transform.apply(&value));
                    // `Piece::variable` ensures that the last transform gives text.
                    let value = Zeroizing::new(String::from_utf8_lossy(&value).into_owned());
                    filled.push_str(&value);
                    derived.push(value);
                }
            }
        }
        Some(filled)
    }

    /// The text with each value written by `spell`. `None` if a variable has no value. Only for values that are not
    /// secret.
    pub(crate) fn spell(&self, spell: impl Fn(&str) -> Option<String>) -> Option<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Variable { name, .. } => spell(name),
        };
        self.0.iter().map(piece).collect()
    }

    /// Whether any variable has a transform.
    pub(crate) fn is_transformed(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Variable { transforms, .. } if !transforms.is_empty()))
    }
}

impl Piece {
    /// Reads the text between braces: a name, and transforms after bars.
    fn variable(text: &str) -> Result<Self, String> {
        let mut parts = text.split('|');
        let name = parts.next().unwrap_or_default();
        let mut transforms = Vec::new();
        for part in parts {
            let known = Transform::ALL.into_iter().find(|transform| transform.as_str() == part);
            transforms.push(known.ok_or_else(|| format!("`{{{text}}}` has the unknown transform `{part}`"))?);
        }
        if name.is_empty() {
            return Err(format!("`{{{text}}}` names no variable"));
        }
        if transforms.last() == Some(&Transform::Md5) {
            return Err(format!("`{{{text}}}` ends in raw bytes: `base64` must follow `md5`"));
        }
        if transforms.len() > MAX_TRANSFORMS {
            return Err(format!("`{{{text}}}` has more than {MAX_TRANSFORMS} transforms"));
        }
        Ok(Self::Variable { name: name.to_owned(), transforms })
    }
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Variable { name, transforms } => {
                write!(f, "{{{name}")?;
                transforms.iter().try_for_each(|transform| write!(f, "|{}", transform.as_str()))?;
                f.write_str("}")
            }
        })
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::SecretString;

    use super::*;

    fn filled(template: &str, secret: &str) -> (String, usize) {
        let secrets = BTreeMap::from([("secret".to_owned(), SecretString::from(secret))]);
        let variables = BTreeMap::from([("site".to_owned(), "eu".to_owned())]);
        let credentials = Credentials { secrets, variables, client: None };
        let mut derived = Vec::new();
        let text = Template::parse(template).unwrap().fill(&credentials, &mut derived).unwrap();
        (text.to_string(), derived.len())
    }

    #[test]
    fn values_are_put_in_and_transformed_from_left_to_right() {
        assert_eq!(filled("{site}: {secret}", "abc"), ("eu: abc".to_owned(), 0));
        assert_eq!(filled("Key {secret|base64}", "abc"), ("Key YWJj".to_owned(), 1));
        // The digest of "abc" in RFC 1321, A.5: 900150983cd24fb0d6963f7d28e17f72.
        assert_eq!(filled("{secret|md5|base64}", "abc"), ("kAFQmDzST7DWlj99KOF/cg==".to_owned(), 1));
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        for (text, reason) in [
            ("{secret", "without"),
            ("secret}", "without"),
            ("{}", "misplaced"),
            ("{a{b}}", "misplaced"),
            ("{|base64}", "no variable"),
            ("{secret|sha1}", "`sha1`"),
            ("{secret|}", "unknown transform"),
            ("{secret|md5}", "base64"),
            ("{secret|base64|base64|base64|base64|base64}", "more than 4"),
        ] {
            let refused = Template::parse(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
    }

    #[test]
    fn a_template_reads_as_it_was_written() {
        for text in ["Token {api_token}", "{secret|md5|base64}", "plain", ""] {
            assert_eq!(Template::parse(text).unwrap().to_string(), text);
        }
    }
}
