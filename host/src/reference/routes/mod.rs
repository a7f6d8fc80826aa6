//! The routes beside the unified ones, and the objects in their answers.

mod accounts;
mod applications;
mod host;
mod integrations;
mod link_tokens;
mod objects;
mod passthrough;
mod shared;
mod tokens;
mod webhooks;

use super::Route;
use crate::plugin::Capabilities;
pub(super) use objects::objects;
pub(super) use webhooks::{delivery, webhook};

/// Every route, in the order in which people need them.
pub(super) fn all(integrations: &[&Capabilities]) -> Vec<Route> {
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
