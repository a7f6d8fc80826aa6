//! JSON inside sentences.

use serde_json::Value;

use super::read::json;

/// A sentence that contains JSON: `upstream said {"error":"invalid_grant"}`.
pub(in crate::egress::token) struct Quotation<'a> {
    pub(in crate::egress::token) before: &'a str,
    pub(in crate::egress::token) document: Value,
    pub(in crate::egress::token) after: &'a str,
}

/// The objects that a text quotes. `None` unless they fill the text from its first to its last bracket.
pub(in crate::egress::token) fn quotation(text: &str) -> Option<Quotation<'_>> {
    let (from, to) = (text.find(['{', '['])?, text.rfind(['}', ']'])?);
    let quoted = text.get(from..=to).filter(|quoted| quoted.contains('{'))?;
    let document = json(quoted.as_bytes())?;
    Some(Quotation { before: text.get(..from)?, document, after: text.get(to + 1..)? })
}
