//! The reference of the API as the loaded plugins make it: one typed description, from which the OpenAPI document and the
//! documentation pages are written. Knows no sockets and no routes' code; texts of plugins are data and never markup.

mod cache;
mod context;
mod errors;
mod example;
mod field;
pub mod index;
mod listing;
mod markdown;
mod openapi;
pub mod pages;
mod routes;
mod unified;
mod webhook_request;

use std::sync::Arc;

use mortise_model::{Category, Operation};
use serde_json::{Map, Value};

pub use cache::{Document, ReferenceCache, View};
pub use errors::{ERRORS, ErrorRow, Remote};
pub use field::{Field, Mark, Support};
pub use markdown::{markdown, prose};
pub use webhook_request::WebhookRequest;

use crate::plugin::{Capabilities, Generation, PluginStatus};

/// The whole reference.
#[derive(Debug)]
pub struct Reference {
    /// The one integration that it is confined to, by its slug.
    pub alone: Option<String>,
    /// The integrations that it speaks of, by slug.
    pub integrations: Vec<Arc<Generation>>,
    /// Every unified operation in every category, offered or not.
    pub operations: Vec<UnifiedOperation>,
    /// The other routes of the API, in the order in which people need them.
    pub routes: Vec<Route>,
    /// What those routes answer with.
    pub objects: Vec<Object>,
    /// What the host sends to webhooks.
    pub webhook_request: WebhookRequest,
}

/// An object of the API.
#[derive(Debug)]
pub struct Object {
    /// Its anchor in the pages.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is.
    pub description: &'static str,
    /// Its members.
    pub fields: Vec<Field>,
}

/// One operation in one category.
#[derive(Debug)]
pub struct UnifiedOperation {
    /// The category.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// The integrations that offer it, by slug.
    pub offered: Vec<Offer>,
    /// Parameters of its path.
    pub path: Vec<Field>,
    /// Query parameters that the host itself reads.
    pub query: Vec<Field>,
    /// Query parameters that integrations read, filters among them.
    pub declared: Vec<Field>,
    /// The orders of a list that integrations have, such as `sort_by[name]`.
    pub orders: Vec<Field>,
    /// Request headers that the host reads.
    pub headers: Vec<Field>,
    /// Fields of the body.
    pub request: Vec<Field>,
    /// Fields of the answer in the format `unified`.
    pub response: Vec<Field>,
}

/// An integration that offers an operation.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Its slug.
    pub slug: String,
    /// Its name for people. Words of the plugin's author.
    pub label: String,
}

/// A route that is the same whatever is loaded.
#[derive(Debug)]
pub struct Route {
    /// Its name in the OpenAPI document, and its anchor in the pages.
    pub id: &'static str,
    /// The group it stands in.
    pub tag: &'static str,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What a reader should know beyond that. May be empty.
    pub description: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Parameters of its path.
    pub path_parameters: Vec<Field>,
    /// Its query parameters.
    pub query: Vec<Field>,
    /// Its body, where it takes one.
    pub body: Option<Body>,
    /// Status of its success.
    pub status: u16,
    /// JSON Schema of the answer.
    pub answer: Value,
    /// A further answer that is no error of the one shape: its status and JSON Schema.
    pub other: Option<(u16, Value)>,
    /// Statuses of its errors.
    pub errors: &'static [u16],
    /// Whose words its body and its answer are.
    pub words: Words,
}

/// Whose words a route's body and answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// This host's: JSON as the route says, and errors of the one shape.
    Host,
    /// The vendor's: of any type and any status. Errors of this host are among them.
    Vendor,
}

/// What a route takes.
#[derive(Debug)]
pub struct Body {
    /// Its fields.
    pub fields: Vec<Field>,
    /// JSON Schema of what holds between its fields.
    pub rules: Map<String, Value>,
    /// Whether a request must have one.
    pub required: bool,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Any valid API token.
    Token,
    /// Any valid API token, or a token for the account that is meant.
    AccountToken,
    /// A token of scope `admin`.
    Admin,
    /// A token of scope `admin` that is confined to no tenant.
    Operator,
}

impl Access {
    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "no token",
            Self::Token => "any token",
            Self::AccountToken => "any token, also one for the account",
            Self::Admin => "an admin token",
            Self::Operator => "an admin token without a tenant",
        }
    }
}

impl Reference {
    /// Describes what these plugins offer; those that are not served are left out.
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

    /// Describes what this plugin alone offers.
    pub fn alone(plugin: &PluginStatus) -> Self {
        Self { alone: Some(plugin.slug.clone()), ..Self::of([plugin]) }
    }

    /// The OpenAPI 3.1 document. Its order depends on nothing but the plugins.
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

impl UnifiedOperation {
    /// The method of its route.
    pub fn method(&self) -> &'static str {
        self.operation.method()
    }

    /// `/unified/ticketing/users/{id}`
    pub fn route(&self) -> String {
        let id = if self.operation.has_id() { "/{id}" } else { "" };
        format!("/unified/{}/users{id}", self.category)
    }

    /// Status of its success.
    pub fn status(&self) -> u16 {
        crate::unified::respond::success(self.operation).as_u16()
    }
}

/// A category's name for people.
pub fn category_name(category: Category) -> &'static str {
    match category {
        Category::Ticketing => "Ticketing",
        Category::UserDirectory => "User directory",
        Category::Crm => "CRM",
    }
}

/// An operation's name for people.
pub fn operation_name(operation: Operation) -> &'static str {
    match operation {
        Operation::CreateUser => "Create a user",
        Operation::UpdateUser => "Update a user",
        Operation::GetUser => "Get a user",
        Operation::ListUsers => "List users",
        Operation::DeleteUser => "Delete a user",
    }
}
