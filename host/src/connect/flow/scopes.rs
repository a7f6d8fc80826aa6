//! The comparison of the scopes that a vendor has granted with those that the host asked for.

use uuid::Uuid;

use crate::account::ConnectFlow;

/// The scope that asks for a refresh token (OpenID Connect Core 1.0 §11). Vendors leave it out of their answers; the
/// host checks for the token itself.
const OFFLINE: &str = "offline_access";

/// Logs for the operator the scopes that a vendor did not grant. The host stores the account all the same: its
/// validation shows whether it works without them.
pub(super) fn warn_of_missing(flow: &ConnectFlow, account: Uuid, asked: &[String], granted: &str) {
    let missing = missing(asked, granted).join(" ");
    if !missing.is_empty() {
        tracing::warn!(
            flow = %flow.id, %account, integration = flow.integration, missing,
            "the vendor granted fewer scopes than it was asked for: calls of this account that need the missing ones will fail"
        );
    }
}

/// The `asked` scopes that are not among the `granted` ones. Vendors separate granted scopes by blanks (RFC 6749 §3.3)
/// or by commas.
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
