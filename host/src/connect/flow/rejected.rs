//! The end of a flow whose client the vendor does not accept.

use super::super::{ErrorType, Failure};
use crate::account::ConnectFlow;
use crate::egress::Rejected;

/// The failure of the flow. If the client is the operator's OAuth application, the log tells the operator what to
/// correct. If it is the account's own, the person who entered it must correct it.
pub(super) fn rejected(flow: &ConnectFlow, label: &str, rejected: Rejected) -> Failure {
    let callback = flow.pinned.as_ref().map_or("", |pinned| pinned.callback.as_str());
    let application = flow.application_id.map(tracing::field::display);
    let mend = mend(rejected, &flow.integration, callback);
    tracing::warn!(flow = %flow.id, application, integration = flow.integration, mend, "the vendor does not accept the OAuth client");
    if flow.application_id.is_none() && rejected == Rejected::Client {
        let message = format!(
            "{label} does not accept the client ID or the client secret of this account. Nothing was connected."
        );
        return Failure::new(ErrorType::ConnectionError, message);
    }
    let message =
        format!("{label} does not accept the settings with which you were sent there. Nothing was connected.");
    Failure::new(ErrorType::ConnectionError, message).of_operator()
}

fn mend(rejected: Rejected, slug: &str, callback: &str) -> String {
    match rejected {
        Rejected::Client => format!(
            "compare client_id and client_secret with the vendor's developer console, and see there that the client may use authorization \
             codes; then `mortise app set {slug} --client-id ID --secret client_secret`"
        ),
        Rejected::RedirectUri => {
            format!("enter the callback URL {callback} in the vendor's developer console, letter by letter")
        }
        Rejected::Scope => format!(
            "compare the scopes of the OAuth application (`mortise app show {slug}`), or those of the link token, with the ones that the \
             vendor knows and allows this client"
        ),
    }
}
