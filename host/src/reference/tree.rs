//! The whole reference as one typed tree.

use std::sync::Arc;

use mortise_model::{Category, Operation};
use serde_json::Value;

use super::{Object, Route, UnifiedOperation, WebhookRequest, openapi, routes, unified};
use crate::plugin::{Capabilities, Generation, PluginStatus};

/// The whole reference.
#[derive(Debug)]
pub struct Reference {
    /// The slug of the integration, if the reference describes one alone.
    pub alone: Option<String>,
    /// The described integrations, by slug.
    pub integrations: Vec<Arc<Generation>>,
    /// Every unified operation in every category, offered or not.
    pub operations: Vec<UnifiedOperation>,
    /// The other routes of the API, in the order in which people need them.
    pub routes: Vec<Route>,
    /// The objects in the answers of those routes.
    pub objects: Vec<Object>,
    /// The request that the host sends to webhooks.
    pub webhook_request: WebhookRequest,
}

impl Reference {
    /// Describes these plugins. It leaves out those that the host does not serve.
    pub fn of<'p>(plugins: impl IntoIterator<Item = &'p PluginStatus>) -> Self {
        let mut integrations: Vec<_> = plugins.into_iter().filter_map(|plugin| plugin.generation.clone()).collect();
        integrations.sort_by(|a, b| a.capabilities.slug.cmp(&b.capabilities.slug));
        let capabilities: Vec<&Capabilities> = integrations.iter().map(|generation| &generation.capabilities).collect();
        let operations = Category::ALL
            .iter()
            .flat_map(|category| Operation::ALL.iter().map(move |operation| (*category, *operation)))
            .map(|(category, operation)| unified::operation(category, operation, &capabilities))
            .collect();
        let routes = routes::all(&capabilities);
        let (objects, webhook_request) = (routes::objects(), WebhookRequest::describe());
        Self { alone: None, operations, routes, objects, webhook_request, integrations }
    }

    /// Describes this plugin alone.
    pub fn alone(plugin: &PluginStatus) -> Self {
        Self { alone: Some(plugin.slug.clone()), ..Self::of([plugin]) }
    }

    /// The OpenAPI 3.1 document. Its order depends only on the plugins.
    pub fn openapi(&self) -> Value {
        openapi::document(self)
    }

    /// One operation in one category.
    pub fn operation(&self, category: Category, operation: Operation) -> Option<&UnifiedOperation> {
        self.operations.iter().find(|o| o.category == category && o.operation == operation)
    }

    /// One integration.
    pub fn integration(&self, slug: &str) -> Option<&Arc<Generation>> {
        self.integrations.iter().find(|generation| generation.capabilities.slug == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Endpoint;

    #[test]
    fn each_endpoint_for_programs_is_described_once_and_no_other_is() {
        let reference = Reference::of([]);
        let operations = reference.operations.iter().filter(|operation| operation.category == Category::Crm);
        let mut described: Vec<Endpoint> = operations.map(UnifiedOperation::endpoint).collect();
        described.extend(reference.routes.iter().map(|route| route.endpoint));
        described.sort_unstable();
        let mut known = Endpoint::API.to_vec();
        known.sort_unstable();
        assert_eq!(described, known);
    }
}
