//! The page of one operation in one category.

use maud::{Markup, html};
use mortise_model::{Category, Operation};

use super::field::{Audience, anchor, list};
use super::{Page, Site, code, endpoint, errors, listing, prose, table};
use crate::reference::example::{Example, pretty};
use crate::reference::unified::own_headers;
use crate::reference::{Field, Reference, UnifiedOperation, category_name, operation_name};

pub(super) fn write(site: &Site<'_>, category: Category, operation: Operation) -> Option<Markup> {
    let shown = site.shown.operation(category, operation)?;
    let everywhere = site.all.operation(category, operation)?;
    let alone = site.shown.alone.as_deref();
    let audience = Audience { alone, offering: shown.offered.len() };
    let label = alone.and_then(|slug| site.shown.integration(slug)).map(|i| i.capabilities.label.as_str());
    Some(html! {
        p.eyebrow { (category_name(category)) }
        h1 { (operation_name(operation)) }
        (endpoint(shown.method(), &shown.route()))
        (filter(everywhere, alone))
        @if everywhere.offered.is_empty() {
            p.notice { "No loaded integration offers this operation: the host answers calls with 501." }
        } @else if let (Some(label), true) = (label, shown.offered.is_empty()) {
            p.notice { (label) " does not offer this operation: the host answers calls for its accounts with 501." }
        }
        div.columns {
            div.text { (sections(site.shown, shown, audience, label)) }
            aside aria-label="Examples" { (examples(shown)) }
        }
    })
}

fn filter(operation: &UnifiedOperation, alone: Option<&str>) -> Markup {
    let page = Page::Operation(operation.category, operation.operation).path();
    html! {
        form.filter method="get" action=(page) {
            label for="integration" { "Integration" }
            select #integration name="integration" {
                option value="" selected[alone.is_none()] { "All that offer this (" (operation.offered.len()) ")" }
                @for offer in &operation.offered {
                    option value=(offer.slug) selected[alone == Some(offer.slug.as_str())] { (offer.label) }
                }
            }
            button type="submit" { "Show" }
            @if alone.is_some() { a href=(page) { "Show all" } }
        }
        @if alone.is_none() && !operation.offered.is_empty() {
            p.offered {
                "Offered by "
                @for (index, offer) in operation.offered.iter().enumerate() {
                    @if index > 0 { ", " }
                    a href={ "/docs/integration/" (offer.slug) } { (offer.label) }
                }
            }
        }
    }
}

fn sections(
    reference: &Reference,
    operation: &UnifiedOperation,
    audience: Audience<'_>,
    label: Option<&str>,
) -> Markup {
    html! {
        @if !operation.path.is_empty() {
            section aria-labelledby="path" { h2 #path { "Path" } (list(&operation.path, "path", audience)) }
        }
        @if operation.operation == Operation::ListUsers { (list_sections(reference, operation)) }
        @if operation.operation == Operation::DeleteUser { (effect_section(reference, operation)) }
        (query_section(operation, audience))
        @if !operation.headers.is_empty() {
            section aria-labelledby="headers" { h2 #headers { "Request headers" } (list(&operation.headers, "header", audience)) }
        }
        @if operation.operation.has_body() { (body_section(operation, audience, label)) }
        section aria-labelledby="answer" {
            h2 #answer { "Answer " (operation.status()) }
            (answer_text(operation.operation))
            (list(&known(&operation.response, audience), "answer", audience))
            h3 #answer-headers { "Headers" }
            (answer_headers(operation.operation))
        }
        section aria-labelledby="errors" {
            h2 #errors { "Errors" }
            (errors::rows())
            p { "More in " a href=(Page::Errors.path()) { "Errors" } "." }
        }
    }
}

fn effect_section(reference: &Reference, operation: &UnifiedOperation) -> Markup {
    html! {
        section aria-labelledby="effect" {
            h2 #effect { "Effect" }
            p {
                "The host sends one request, and the vendor decides what it does to the user. Every answer says it in "
                code { "mortise-deletes" } ". If the vendor has no such user any more, the answer is a 404."
            }
            @if !operation.offered.is_empty() { (listing::effects(reference, operation)) }
        }
    }
}

fn query_section(operation: &UnifiedOperation, audience: Audience<'_>) -> Markup {
    html! {
        section aria-labelledby="query" {
            h2 #query { "Query parameters" }
            @if !operation.declared.is_empty() {
                p { "Parameters that integrations declare:" }
                (list(&operation.declared, "query", audience))
                p { "Parameters of every call:" }
            }
            (list(&operation.query, "query", audience))
        }
    }
}

fn body_section(operation: &UnifiedOperation, audience: Audience<'_>, label: Option<&str>) -> Markup {
    html! {
        section aria-labelledby="body" {
            h2 #body { "Body" }
            p {
                "A JSON object. "
                @if operation.operation == Operation::UpdateUser {
                    "A field that you leave out keeps its value, and " code { "null" } " clears it. "
                }
                (label.unwrap_or("An integration")) " ignores fields that it does not write. The header "
                code { "mortise-ignored-fields" } " names them."
            }
            (list(&known(&operation.request, audience), "body", audience))
        }
    }
}

/// The fields for this audience: of one integration alone those that it declares. The host reads the others itself, or
/// the integration ignores them.
fn known(fields: &[Field], audience: Audience<'_>) -> Vec<Field> {
    match audience.alone {
        Some(slug) => fields.iter().filter(|field| speaks_of(field, slug)).cloned().collect(),
        None => fields.to_vec(),
    }
}

/// Whether an integration declares a field or a part of it. `remote_data` is the host's own field.
fn speaks_of(field: &Field, slug: &str) -> bool {
    field.name == "remote_data"
        || field.required
        || field.support_of(slug).is_some()
        || field.children.iter().any(|child| speaks_of(child, slug))
}

/// The sections about pages and filters.
fn list_sections(reference: &Reference, operation: &UnifiedOperation) -> Markup {
    html! {
        section aria-labelledby="pages" {
            h2 #pages { "Pages" }
            p {
                "Repeat the request with the answer's " code { "next_cursor" } " and all other parameters unchanged, until it is " code { "null" }
                ". Only that is the end. If the vendor does not give a whole page, the answer is an error, and the same cursor continues there."
            }
            p { "The formats " code { "raw" } " and " code { "debug" } " have the cursor, too: " code { "raw" } " in the header " code { "mortise-next-cursor" } "." }
        }
        section aria-labelledby="filters" {
            h2 #filters { "Filters" }
            (listing::filters(reference, operation))
        }
    }
}

fn answer_text(operation: Operation) -> Markup {
    html! {
        @match operation {
            Operation::ListUsers => p {
                code { "{\"result\": […], \"next_cursor\": …, \"prev_cursor\": null, \"result_count\": …}" } ", and "
                code { "is_partial_response" } " if a single read has more fields. Each user in " code { "result" } ", in the format "
                code { "unified" } ":"
            },
            Operation::DeleteUser => p { "In every format but " code { "raw" } " and " code { "stream" } ":" },
            _ => p {
                "In the format " code { "unified" } ". A field is missing or " code { "null" } " if the vendor does not return it."
            },
        }
    }
}

fn answer_headers(operation: Operation) -> Markup {
    let always = [
        ("mortise-generation", "The build of the integration that answered: the first 12 digits of its SHA-256."),
        ("x-request-id", "The id of this answer in the host's log."),
        ("ratelimit…, x-ratelimit…, retry-after", "The vendor's own headers."),
    ];
    let own = own_headers(operation).iter().copied();
    let rows = own.chain(always);
    table(
        "Headers of the answer",
        &["Header", "Meaning"],
        &html! { @for (name, meaning) in rows { tr { th scope="row" { code { (name) } } td { (prose(meaning)) } } } },
    )
}

/// The call of one integration in three languages. The buttons of the languages are radio buttons, which need no script.
fn examples(operation: &UnifiedOperation) -> Markup {
    let Some(offer) = operation.offered.first() else { return html! {} };
    let example = Example::of(operation, offer);
    let languages = [
        ("curl", "curl", example.curl()),
        ("javascript", "JavaScript", example.javascript()),
        ("python", "Python", example.python()),
    ];
    html! {
        div.sticky {
            h2 #example { "Example for " (example.offer.label) }
            p { "Set these first; the rest runs as it is printed." }
            (code("Variables", &example.exports()))
            fieldset.tabs {
                legend { "Language" }
                @for (index, (id, name, _)) in languages.iter().enumerate() {
                    input type="radio" name="language" id={ "language-" (id) } checked[index == 0];
                    label for={ "language-" (id) } { (name) }
                }
                @for (id, name, text) in &languages {
                    div class={ "panel " (id) } #(anchor("example", id)) { (code(&format!("Example in {name}"), text)) }
                }
            }
            h3 { "Answer" }
            (code("Example of the answer", &pretty(&example.answer)))
        }
    }
}
