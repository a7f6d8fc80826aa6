//! The form of values, and placeholders of the same form.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The endings of credentials' names.
const SECRETS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "privatekey",
    "sessionkey",
    "accesskey",
    "credential",
    "authorization",
    "jwt",
    "cookie",
    "sessionid",
];
/// First names for placeholders. After them come numbers.
const NAMES: [&str; 12] =
    ["Robin", "Kim", "Sascha", "Noor", "Alexis", "Mika", "Jules", "Toni", "Andrea", "Charlie", "Eli", "Sam"];

/// The place of a value: its member's name, and that of the list or object around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) name: &'a str,
    parent: &'a str,
    /// Whether the object around it is a person, so that `name` is the person's.
    pub(super) is_person: bool,
    /// Whether it is below a credential. A value of which nothing else is known is then one too.
    pub(super) in_secret: bool,
}

impl<'a> Key<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        Self { name, parent: "", is_person: false, in_secret: false }
    }

    pub(super) fn person(name: &'a str) -> Self {
        Self { is_person: true, ..Self::of(name) }
    }

    /// A member of the object at this place.
    pub(super) fn below(&self, name: &'a str, is_person: bool) -> Self {
        Self { name, parent: self.name, is_person, in_secret: self.in_secret || self.is_secret() }
    }

    /// An item of the list at this place. Lists in a person are of something else, such as roles, except lists of the
    /// person's names.
    pub(super) fn item(&self) -> Self {
        Self { is_person: self.is_person && self.is_name(), ..*self }
    }

    fn plain(&self) -> String {
        plain(self.name)
    }

    pub(super) fn is_secret(&self) -> bool {
        let name = self.plain();
        SECRETS.iter().any(|word| name.ends_with(word)) || matches!(name.as_str(), "pin" | "pwd" | "otp")
    }

    /// Whether the parameter of an address is a credential. More names are credentials there than among members:
    /// `code=` signs in.
    pub(super) fn is_secret_parameter(&self) -> bool {
        self.is_secret() || matches!(self.plain().as_str(), "code" | "key" | "sig" | "signature")
    }

    pub(super) fn is_phone(&self) -> bool {
        let is = |name: &str| ["phone", "mobile", "fax"].iter().any(|word| name.to_lowercase().contains(word));
        is(self.name) || (is(self.parent) && matches!(self.plain().as_str(), "number" | "value"))
    }

    pub(super) fn is_name(&self) -> bool {
        match self.plain().as_str() {
            "firstname" | "lastname" | "middlename" | "fullname" | "displayname" | "givenname" | "familyname"
            | "surname" | "nickname" | "username" | "realname" | "preferredname" | "login" | "initial" => true,
            "name" => self.is_person,
            "first" | "last" | "middle" | "given" | "family" => self.is_person || plain(self.parent) == "name",
            "full" | "formatted" | "value" => self.is_person && plain(self.parent) == "name",
            _ => false,
        }
    }

    /// Whether the value says where somebody lives, when they were born, or who they are to a state or a bank.
    pub(super) fn is_detail(&self) -> bool {
        let name = self.plain();
        let unnumbered = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_line = matches!(unnumbered, "line" | "formatted") && plain(self.parent).contains("address");
        let ends = ["street", "address", "addressline", "ssn", "socialsecuritynumber", "iban"];
        is_line || name == "dob" || name.contains("birth") || ends.iter().any(|end| unnumbered.ends_with(end))
    }

    /// Whether it says how long something is valid, which hosts depend on.
    pub(super) fn is_lifetime(&self) -> bool {
        ["expir", "lifetime", "ttl"].iter().any(|word| self.plain().contains(word))
    }

    pub(super) fn is_ip(&self) -> bool {
        let name = self.plain();
        name.ends_with("ip") || name.ends_with("ipaddress") || name.ends_with("ipaddresse")
    }

    pub(super) fn is_picture(&self) -> bool {
        let name = self.plain();
        ["avatar", "picture", "photo", "image", "gravatar"].iter().any(|word| name.contains(word))
    }

    pub(super) fn is_id(&self) -> bool {
        let ends = ["Id", "Ids", "ID", "IDs", "_id", "_ids", "-id", "Uuid", "UUID", "_uuid"];
        matches!(self.name.to_lowercase().as_str(), "id" | "ids" | "uuid" | "guid" | "gid")
            || ends.iter().any(|end| self.name.ends_with(end))
    }
}

/// A name for comparison: letters and digits in lower case, in the singular.
fn plain(name: &str) -> String {
    let name = name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    if name.ends_with("ss") { name } else { name.strip_suffix('s').unwrap_or(&name).to_owned() }
}

/// Characters that end a part of an address.
pub(super) fn ends_part(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '/' | '?' | '&' | '=' | '#' | ';' | ',' | ':')
}

/// A part with its percent-encoding decoded. A part that is encoded more than twice stays, because a vendor's answer
/// could otherwise continue this without end.
pub(super) fn decoded(part: &str) -> Option<String> {
    let decoded = percent_decode_str(part).decode_utf8_lossy();
    (decoded != part && !part.contains("%2525")).then(|| decoded.into_owned())
}

/// The decoded query parameters of all addresses in a text, including those after `#`, where sign-ins put tokens.
pub(super) fn parameters(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')');
    let queries = text.split(is_end).filter_map(|address| address.split_once(['?', '#']));
    let pairs =
        queries.flat_map(|(_, query)| query.split(['&', '#', '?', ';'])).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// A text that is itself a JSON object or list.
pub(super) fn nested(text: &str) -> Option<Value> {
    let begins = text.trim_start().starts_with(['{', '[']);
    begins.then(|| serde_json::from_str(text).ok()).flatten()
}

/// An address of the same version, from the ranges for documents (RFC 5737, RFC 3849).
pub(super) fn like_ip(ip: IpAddr, number: usize) -> String {
    if ip.is_ipv4() { format!("192.0.2.{}", number % 256) } else { format!("2001:db8::{number:x}") }
}

/// A text of the same form: ones for digits, so that a date stays one, and `x` for letters.
pub(super) fn like_detail(text: &str) -> String {
    let like = |c: char| match c {
        c if c.is_numeric() => '1',
        c if c.is_uppercase() => 'X',
        c if c.is_alphabetic() => 'x',
        c => c,
    };
    text.chars().map(like).collect()
}

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

pub(super) fn is_email_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '@' | '\'')
}

pub(super) fn is_email(token: &str) -> bool {
    let Some((local, domain)) = token.split_once('@') else { return false };
    !local.is_empty()
        && !domain.contains('@')
        && domain.split('.').count() > 1
        && domain.split('.').all(|part| !part.is_empty())
}

/// The first address in a text, with the text before and after it.
pub(super) fn next_email(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find('@').map(|at| at + from) {
        let (before, after) = text.split_at_checked(at)?;
        let start = before
            .rfind(|c| !is_email_char(c) || c == '@')
            .map_or(0, |i| i + before.get(i..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
        let end = at + 1 + after.get(1..)?.find(|c| !is_email_char(c) || c == '@').unwrap_or(after.len() - 1);
        // A sentence may end after it.
        let token = text.get(start..end)?;
        let token = token.trim_end_matches('.');
        if is_email(token) {
            return Some((text.get(..start)?, token, text.get(start + token.len()..)?));
        }
        from = at + 1;
    }
    None
}

/// Whether a part of a name says who somebody is. An initial alone does not.
pub(super) fn is_word(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().any(char::is_alphabetic)
}

pub(super) fn person(number: usize) -> String {
    NAMES.get(number - 1).map_or_else(|| format!("Person{number}"), |name| (*name).to_owned())
}

/// A number of as many digits, from those that are reserved for fiction.
pub(super) fn like_phone(digits: &str, number: usize) -> String {
    let tail = format!("2025550{number:03}");
    let filled = format!("{:0>width$}", tail, width = digits.len());
    let cut = filled.get(filled.len().saturating_sub(digits.len())..).unwrap_or_default();
    // A number has no leading zero.
    cut.strip_prefix('0').map_or_else(|| cut.to_owned(), |rest| format!("1{rest}"))
}

/// An id of the same form: as many digits, a UUID, or letters and digits in the same places after the same prefix.
pub(super) fn like_id(id: &str, number: usize) -> String {
    let number = number.to_string();
    if id.bytes().all(|b| b.is_ascii_digit()) {
        let zeros = id.len().saturating_sub(number.len() + 1);
        return format!("1{}{number}", "0".repeat(zeros));
    }
    if uuid::Uuid::try_parse(id).is_ok() && id.len() == 36 {
        return format!("00000000-0000-4000-8000-{number:0>12}");
    }
    let prefix =
        id.find(['_', '-']).filter(|at| id.bytes().take(*at).all(|b| b.is_ascii_alphabetic())).map_or(0, |at| at + 1);
    let mut tail = number.chars().rev();
    let shaped: Vec<char> = id
        .chars()
        .enumerate()
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .map(|(at, c)| match c {
            c if at < prefix || !c.is_alphanumeric() => c,
            c => tail.next().unwrap_or(if c.is_numeric() { '0' } else { 'x' }),
        })
        .collect();
    shaped.into_iter().rev().collect()
}

/// Replaces a value if it is not a part of a longer one.
pub(super) fn replace_bounded(text: &str, from: &str, to: &str) -> String {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from).filter(|_| !from.is_empty()) {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + from.len()..).unwrap_or_default());
        let last = before.chars().next_back().or_else(|| clean.chars().next_back());
        clean.push_str(before);
        clean.push_str(if joins(last) || joins(after.chars().next()) { from } else { to });
        rest = after;
    }
    clean + rest
}

/// Replaces whole words, and keeps their letter case.
pub(super) fn map_words<'a>(text: &str, placeholder: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let gap = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        let (before, from_word) = rest.split_at(gap);
        let (word, after) =
            from_word.split_at(from_word.find(|c: char| !c.is_alphanumeric()).unwrap_or(from_word.len()));
        clean.push_str(before);
        match placeholder(word) {
            None => clean.push_str(word),
            Some(name) if word.chars().all(|c| !c.is_lowercase()) => clean.push_str(&name.to_uppercase()),
            Some(name) if word.chars().all(|c| !c.is_uppercase()) => clean.push_str(&name.to_lowercase()),
            Some(name) => clean.push_str(name),
        }
        rest = after;
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_look_like_what_they_stand_for() {
        assert_eq!(like_id("184", 7), "107");
        assert_eq!(like_id("90210", 12), "10012");
        assert_eq!(like_id("4d2ab456-8510-4a35-b266-e502160d5177", 3), "00000000-0000-4000-8000-000000000003");
        assert_eq!(like_id("usr_9f8A71", 42), "usr_0x0x42");
        assert_eq!(like_phone("4531415926", 1), "2025550001");
        assert_eq!(like_phone("31415926", 2).len(), 8);
        assert_eq!(
            (like_phone("314159265", 2).as_str(), like_phone("314159265358", 3).as_str()),
            ("125550002", "102025550003")
        );
        assert_eq!(like_detail("1990-05-17, Main St 5"), "1111-11-11, Xxxx Xx 1");
        assert_eq!(like_ip("10.1.2.3".parse().unwrap(), 3), "192.0.2.3");
        assert_eq!(like_ip("::1".parse().unwrap(), 17), "2001:db8::11");
        assert_eq!((person(1), person(13)), ("Robin".to_owned(), "Person13".to_owned()));
    }

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        let found = |text| next_email(text).map(|(_, email, _)| email);
        assert_eq!(found("write to <ada.b+c@mail.example.org>."), Some("ada.b+c@mail.example.org"));
        assert_eq!(found("ada@corp.io."), Some("ada@corp.io"));
        assert_eq!(found("\u{fc}ber: j\u{fc}rgen@b\u{fc}ro.de!"), Some("j\u{fc}rgen@b\u{fc}ro.de"));
        for none in ["", "@", "ada@", "@corp.io", "a @ b.c", "ada@corp", "x@.y"] {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn values_are_replaced_whole_and_words_in_their_letter_case() {
        assert_eq!(replace_bounded("/users/12345/x123456?id=12345", "12345", "9"), "/users/9/x123456?id=9");
        assert_eq!(replace_bounded("12345_a a12345", "12345", "9"), "12345_a a12345");
        let names = |word: &str| (word.to_lowercase() == "ada").then_some("Robin");
        assert_eq!(map_words("ADA, ada.x; Ada's, Adam", names), "ROBIN, robin.x; Robin's, Adam");
    }
}
