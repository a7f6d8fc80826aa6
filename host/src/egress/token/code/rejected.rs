//! The part of an OAuth client that a vendor rejects. A new consent does not help, and neither does another person.

use serde_json::Value;

use super::meaning::in_words;
use super::places;

/// The part of the client that a vendor rejects, when the client asks for a person's consent or redeems the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejected {
    /// The client itself, its secret, or its use of authorization codes.
    Client,
    /// The redirect URI.
    RedirectUri,
    /// A requested scope.
    Scope,
}

/// Parts of codes that blame the client.
const CLIENT: [&str; 6] =
    ["invalid_client", "unauthorized_client", "unknown_client", "client_id", "client_secret", "client_credentials"];
/// Names of the redirect URI.
const REDIRECT: [&str; 3] = ["redirect_uri", "redirect_url", "callback_url"];

impl Rejected {
    /// The part that an error code and its sentence name (RFC 6749 §4.1.2.1 and §5.2), in any spelling. `None` if they
    /// name something else.
    pub fn of(code: &str, sentence: &str) -> Option<Self> {
        Self::of_words(&in_words(code), &in_words(sentence))
    }

    /// The part that the answer to a code names.
    pub(in super::super) fn in_answer(document: &Value) -> Option<Self> {
        let sentences = places::sentences(document).join("_");
        let mut codes = places::codes(document).into_iter().filter_map(Value::as_str);
        codes.find_map(|code| Self::of_words(&in_words(code), &sentences))
    }

    fn of_words(code: &str, sentence: &str) -> Option<Self> {
        let names = |text: &str, parts: &[&str]| parts.iter().any(|part| text.contains(part));
        // Vendors send `invalid_grant` with sentences that list all possible causes.
        let blames_redirect = names(code, &REDIRECT) || code == "invalid_request" && names(sentence, &REDIRECT);
        match () {
            () if blames_redirect => Some(Self::RedirectUri),
            () if names(code, &CLIENT) => Some(Self::Client),
            () if code.contains("invalid_scope") => Some(Self::Scope),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Rejected::{Client, RedirectUri, Scope};
    use super::*;

    #[test]
    fn codes_that_blame_the_client_are_told_from_those_about_the_person() {
        for (code, sentence, rejected) in [
            ("invalid_client", "", Some(Client)),
            ("InvalidClient", "", Some(Client)),
            ("unauthorized_client", "", Some(Client)),
            ("incorrect_client_credentials", "", Some(Client)),
            ("redirect_uri_mismatch", "", Some(RedirectUri)),
            ("invalid_redirect_uri", "", Some(RedirectUri)),
            ("invalid_request", "The redirect URI is not registered.", Some(RedirectUri)),
            ("invalid_request", "A parameter is missing.", None),
            ("invalid_scope", "", Some(Scope)),
            ("access_denied", "The client_id is fine.", None),
            ("invalid_grant", "The grant is over, or does not match the redirect_uri.", None),
            ("server_error", "", None),
        ] {
            assert_eq!(Rejected::of(code, sentence), rejected, "{code}: {sentence}");
        }
    }

    #[test]
    fn an_answer_is_searched_where_vendors_put_codes() {
        let answer = json!({ "error": { "code": "INVALID_CLIENT", "message": "no" } });
        assert_eq!(Rejected::in_answer(&answer), Some(Client));
        let answer = json!({ "error": "invalid_request", "error_description": "Wrong redirect_uri given." });
        assert_eq!(Rejected::in_answer(&answer), Some(RedirectUri));
        assert_eq!(Rejected::in_answer(&json!({ "error": "invalid_grant" })), None);
    }
}
