//! The table of all routes beside the unified ones.

use super::{accounts, applications, host, integrations, link_tokens, passthrough, tokens, webhooks};
use crate::plugin::Capabilities;
use crate::reference::Route;

/// Every route, in the order in which people need them.
pub(in crate::reference) fn all(integrations: &[&Capabilities]) -> Vec<Route> {
    let mut routes = accounts::routes(integrations);
    routes.extend(passthrough::routes());
    routes.extend(tokens::routes());
    routes.extend(link_tokens::routes(integrations));
    routes.extend(applications::routes());
    routes.extend(webhooks::routes());
    routes.extend(integrations::routes());
    routes.extend(host::routes());
    routes
}
