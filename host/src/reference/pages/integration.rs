//! The page of one integration.

use maud::{Markup, html};
use mortise_model::{Level, Operation};

use super::{Page, code, listing, table};
use crate::plugin::capabilities::FieldSupport;
use crate::plugin::probe::Probe;
use crate::plugin::{Capabilities, Generation};
use crate::reference::{Reference, category_name, operation_name};

pub(super) fn write(reference: &Reference, generation: &Generation) -> Markup {
    let i = &generation.capabilities;
    html! {
        p.eyebrow { "Integration" }
        h1 { (i.label) }
        dl.facts {
            div { dt { "Slug" } dd { code { (i.slug) } } }
            div { dt { "Generation" } dd { code { (generation.id()) } } }
            @if let Some(version) = &generation.sdk_version { div { dt { "SDK" } dd { (version) } } }
            div { dt { "Origins" } dd { @for origin in &i.origins { code { (origin) } " " } } }
            @if !i.headers.is_empty() {
                div { dt { "Headers that it sets" } dd { @for header in &i.headers { code { (header) } " " } } }
            }
            div { dt { "OpenAPI" } dd { a href={ "/openapi.json?integration=" (i.slug) } { "of this integration alone" } } }
        }
        (variables(i))
        (signing(i))
        (validation(i))
        (limits(i))
        @for support in &i.operations {
            @let id = format!("{}-{}", support.category, support.operation);
            section aria-labelledby=(id) {
                h2 #(id) { (category_name(support.category)) ": " (operation_name(support.operation).to_lowercase()) }
                @if let Some(operation) = reference.operation(support.category, support.operation) {
                    p {
                        code { (operation.method()) " " (operation.route()) } " · "
                        a href={ (Page::Operation(support.category, support.operation).path()) "?integration=" (i.slug) } {
                            "Fields and examples"
                        }
                    }
                }
                @if let Some(listing) = &support.listing { (listing::list_facts(listing)) }
                (listing::effect(support))
                @if support.filters().next().is_some() {
                    h3 { "Filters" }
                    (fields(&format!("Filters of {id}"), support.filters()))
                }
                @if support.orders().next().is_some() {
                    h3 { "Orders" }
                    p { @for (index, field) in support.orders().enumerate() { @if index > 0 { ", " } code { "sort_by[" (field) "]" } } }
                }
                @if support.parameters().next().is_some() {
                    h3 { "Query parameters" }
                    (fields(&format!("Query parameters of {id}"), support.parameters()))
                }
                @if support.operation.has_body() {
                    h3 { "Body" }
                    (fields(&format!("Body of {id}"), &support.request))
                }
                h3 { "Answer" }
                p {
                    @if support.operation == Operation::DeleteUser { code { "id" } }
                    @else if support.response.is_empty() { "The vendor returns nothing about the user: the answer has only " code { "remote_data" } "." }
                    @for (index, field) in support.response.iter().enumerate() { @if index > 0 { ", " } code { (field) } }
                }
            }
        }
    }
}

fn variables(i: &Capabilities) -> Markup {
    let signing = |name: &str| i.auth.first().is_some_and(|scheme| scheme.variables().any(|used| used == name));
    let example: serde_json::Map<_, _> = i
        .variables
        .iter()
        .filter(|v| v.default.is_none() && (v.required || signing(&v.name)))
        .map(|v| (v.name.clone(), serde_json::json!("…")))
        .collect();
    let body = serde_json::json!({ "integration": i.slug, "tenant_id": "…", "context": example });
    html! {
        section aria-labelledby="variables" {
            h2 #variables { "Variables of an account" }
            @if i.variables.is_empty() {
                p { "An account needs none." }
            } @else {
                p { "They are in its " code { "context" } ". The host stores secrets encrypted and never returns them. The integration itself does not see them." }
                (table(
                    "Variables of an account",
                    &["Variable", "Meaning", "Needed", "Secret", "Default"],
                    &html! {
                        @for v in &i.variables {
                            tr id={ "variable-" (v.name) } {
                                th scope="row" { code { (v.name) } }
                                td {
                                    (v.label)
                                    @if let Some(help) = &v.help { br; span.help { (help) } }
                                    @if !v.values.is_empty() {
                                        br; "One of "
                                        @for (index, value) in v.values.iter().enumerate() { @if index > 0 { ", " } code { (value) } }
                                    }
                                }
                                td { (if v.required && v.default.is_none() { "yes" } else { "no" }) }
                                td { (if v.secret { "yes" } else { "no" }) }
                                td { @if let Some(default) = &v.default { code { (default) } } }
                            }
                        }
                    },
                ))
            }
            p { a href={ (Page::Routes.path()) "#create-account" } { code { "POST /integrated-account" } } }
            (code("Body that connects an account", &super::super::example::pretty(&body)))
        }
    }
}

/// The request by which the host learns whether the vendor accepts an account.
fn validation(i: &Capabilities) -> Markup {
    html! {
        section aria-labelledby="validation" {
            h2 #validation { "How an account is checked" }
            p {
                @match i.asks_accounts_by() {
                    Some(Probe::Request(target)) => {
                        "After somebody has connected an account, the host sends " code { "GET " (target) } " to the vendor. If the answer is a 2xx, the account is valid."
                    },
                    Some(Probe::List(category)) => {
                        "After somebody has connected an account, the host lists one user in " (category_name(category)) "."
                    },
                    None => {
                        "The host does not check it: the integration declares no probe, and cannot list users without a parameter that only a caller knows."
                    },
                }
            }
        }
    }
}

fn signing(i: &Capabilities) -> Markup {
    html! {
        section aria-labelledby="signing" {
            h2 #signing { "How requests are signed" }
            @if i.auth.is_empty() {
                p { "The host does not sign them." }
            } @else {
                p { "The host signs them in the first of these ways for which the account has the variables, or in the way that its " code { "authentication_method" } " names." }
                ol {
                    @for scheme in &i.auth {
                        li {
                            code { (scheme.method()) } ": "
                            @for (index, (name, template)) in scheme.params.iter().enumerate() {
                                @if index > 0 { ", " }
                                code { (name) " = " (template.to_string()) }
                            }
                            @if let Some(exchange) = scheme.sign_in() {
                                ", as " code { (scheme.kind.as_str()) } ", after signing in at "
                                code { (exchange.url.to_string()) } ". The sign-in gets "
                                @for (index, answer) in exchange.answers.iter().enumerate() {
                                    @if index > 0 { ", " }
                                    code { (answer.name) }
                                }
                                ", for as long as the vendor says, or " (exchange.lifetime.seconds) " s."
                            }
                            @if !scheme.origins.is_empty() {
                                ", at " code { (scheme.origins.join(" ")) } " alone"
                            }
                            @if let Some(authorization) = scheme.exchange.as_ref().and_then(|e| e.authorization.as_ref()) {
                                " A person consents at " code { (authorization.url.to_string()) }
                                @for (index, scope) in authorization.scopes.iter().enumerate() {
                                    (if index > 0 { ", " } else { ", scopes " }) code { (scope) }
                                }
                                "."
                            }
                        }
                    }
                }
            }
        }
    }
}

fn limits(i: &Capabilities) -> Markup {
    html! {
        @if !i.limits.is_empty() {
            section aria-labelledby="limits" {
                h2 #limits { "Limits of the vendor" }
                p { "For one account; all of them hold. The host waits until a limit allows the request, or answers 429 with the time to wait." }
                ul {
                    @for limit in &i.limits {
                        li { (limit.requests) " requests in " (limit.seconds) " s" }
                    }
                }
            }
        }
    }
}

fn fields<'f>(label: &str, fields: impl IntoIterator<Item = &'f FieldSupport>) -> Markup {
    let mut sorted: Vec<&FieldSupport> = fields.into_iter().collect();
    sorted.sort_by_key(|field| match field.level {
        Level::Required => 0,
        Level::Writable => 1,
        Level::Ignored => 2,
    });
    table(
        label,
        &["Field", "Level", "Values and remarks"],
        &html! {
            @for field in sorted {
                @let (class, word) = match field.level {
                    Level::Required => ("required", "Required"),
                    Level::Writable => ("optional", "Optional"),
                    Level::Ignored => ("ignored", "Ignored"),
                };
                tr {
                    th scope="row" { code { (field.field) } }
                    td { span class={ "badge " (class) } { (word) } }
                    td {
                        @for (index, value) in field.values.iter().enumerate() { @if index > 0 { ", " } code { (value) } }
                        @if !field.values.is_empty() && field.note.is_some() { ". " }
                        @if let Some(note) = &field.note { (note) }
                    }
                }
            }
        },
    )
}
