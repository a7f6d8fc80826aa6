//! The page of one operation in one category.

use maud::{Markup, html};
use mortise_model::{Category, Operation};

use super::field::{Audience, anchor, list};
use super::{Page, Site, code, endpoint, errors, table};
use crate::reference::example::{Example, pretty};
use crate::reference::{Field, UnifiedOperation, category_name, operation_name};

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
            p.notice { "No integration that is loaded offers this: calls are answered with 501." }
        } @else if let (Some(label), true) = (label, shown.offered.is_empty()) {
            p.notice { (label) " does not offer this: calls for its accounts are answered with 501." }
        }
        div.columns {
            div.text { (sections(shown, audience, label)) }
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

fn sections(operation: &UnifiedOperation, audience: Audience<'_>, label: Option<&str>) -> Markup {
    let name = label.unwrap_or("An integration");
    let known: Vec<Field> = match audience.alone {
        // What the integration does not speak of, the host itself reads, or it is ignored.
        Some(slug) => operation.request.iter().filter(|f| speaks_of(f, slug)).cloned().collect(),
        None => operation.request.clone(),
    };
    let told: Vec<Field> = match audience.alone {
        Some(slug) => operation.response.iter().filter(|f| speaks_of(f, slug)).cloned().collect(),
        None => operation.response.clone(),
    };
    html! {
        @if !operation.path.is_empty() {
            section aria-labelledby="path" { h2 #path { "Path" } (list(&operation.path, "path", audience)) }
        }
        section aria-labelledby="query" {
            h2 #query { "Query parameters" }
            @if !operation.declared.is_empty() {
                p { "Of the integrations, each as it declares:" }
                (list(&operation.declared, "query", audience))
                p { "Of every call:" }
            }
            (list(&operation.query, "query", audience))
        }
        @if !operation.headers.is_empty() {
            section aria-labelledby="headers" { h2 #headers { "Request headers" } (list(&operation.headers, "header", audience)) }
        }
        section aria-labelledby="body" {
            h2 #body { "Body" }
            p {
                "A JSON object. "
                @if operation.operation == Operation::UpdateUser { "What is left out stays, and " code { "null" } " clears. " }
                (name) " leaves out what it does not write, and " code { "mortise-ignored-fields" } " names it."
            }
            (list(&known, "body", audience))
        }
        section aria-labelledby="answer" {
            h2 #answer { "Answer " (operation.status()) }
            p { "In the format " code { "unified" } "; a field may be missing or " code { "null" } " where the vendor does not tell it." }
            (list(&told, "answer", audience))
            h3 #answer-headers { "Headers" }
            (answer_headers())
        }
        section aria-labelledby="errors" {
            h2 #errors { "Errors" }
            (errors::rows())
            p { "More in " a href=(Page::Errors.path()) { "Errors" } "." }
        }
    }
}

/// Whether an integration declares a field or a part of it; `remote_data` is the host's.
fn speaks_of(field: &Field, slug: &str) -> bool {
    field.name == "remote_data"
        || field.support_of(slug).is_some()
        || field.children.iter().any(|child| speaks_of(child, slug))
}

fn answer_headers() -> Markup {
    let rows = [
        ("mortise-ignored-fields", "Fields of the body that were left out."),
        ("mortise-generation", "Which build of the integration answered: the first 12 digits of its SHA-256."),
        ("idempotent-replayed", "The answer is that of an earlier request with the same Idempotency-Key."),
        ("x-request-id", "The name of this answer in the host's log."),
        ("ratelimit…, x-ratelimit…, retry-after", "The vendor's own, passed on."),
    ];
    table(
        "Headers of the answer",
        &["Header", "Meaning"],
        &html! { @for (name, meaning) in rows { tr { th scope="row" { code { (name) } } td { (meaning) } } } },
    )
}

/// The call of one integration in three languages. The buttons of the languages are radio buttons: no script is needed.
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
