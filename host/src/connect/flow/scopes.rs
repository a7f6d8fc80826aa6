//! The scopes that a vendor has granted, beside those that it was asked for.

use uuid::Uuid;

use crate::account::ConnectFlow;

/// The scope that asks for a refresh token (OpenID Connect Core 1.0 §11). Vendors leave it out of their answers, and the host insists on
/// the token itself.
const OFFLINE: &str = "offline_access";

/// Tells the operator what a vendor did not grant. The account is stored all the same: whether it works without, its validation says.
pub(super) fn warn_of_missing(flow: &ConnectFlow, account: Uuid, asked: &[String], granted: &str) {
    let missing = missing(asked, granted).join(" ");
    if !missing.is_empty() {
        tracing::warn!(
            flow = %flow.id, %account, integration = flow.integration, missing,
            "the vendor granted fewer scopes than it was asked for: calls of this account that need the missing ones will fail"
        );
    }
}

/// The scopes that are `asked` for and not among the `granted` ones, as the vendor says these: with blanks between them (RFC 6749 §3.3), or
/// with commas.
fn missing<'a>(asked: &'a [String], granted: &str) -> Vec<&'a str> {
    let granted: Vec<_> = granted.split([' ', ',']).collect();
    asked.iter().map(String::as_str).filter(|scope| *scope != OFFLINE && !granted.contains(scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_granted_is_named_whatever_stands_between_the_scopes() {
        let asked = ["users.read", "users.write", OFFLINE].map(str::to_owned);
        assert_eq!(missing(&asked, "users.write"), ["users.read"]);
        assert_eq!(missing(&asked, "other,users.write, users.read"), [""; 0]);
    }
}
