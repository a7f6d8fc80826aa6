//! The first page of the reference.

use maud::{Markup, html};

use super::{Page, Site, code, table};
use crate::reference::{Reference, category_name, operation_name};

pub(super) fn write(site: &Site<'_>) -> Markup {
    let reference = site.all;
    html! {
        h1 { "One users API over many vendors" }
        p.lead {
            "Create, read, update and delete users at every connected vendor with the same requests. The host writes these \
             pages from the integrations that it has loaded, so they always describe this host."
        }
        section aria-labelledby="start" { h2 #start { "Before the first call" } (start()) }
        section aria-labelledby="operations" { h2 #operations { "Operations" } (operations(reference)) }
        section aria-labelledby="integrations" { h2 #integrations { "Integrations" } (integrations(reference)) }
        section aria-labelledby="machines" {
            h2 #machines { "For machines" }
            p {
                a href="/openapi.json" { code { "GET /openapi.json" } }
                " has the same in OpenAPI 3.1. With " code { "?integration=<slug>" }
                " it describes one integration, and says exactly which fields that integration requires."
            }
        }
    }
}

/// The steps before the first call.
fn start() -> Markup {
    html! {
        ol {
            li { "Get an API token from the operator. Send it as " code { "Authorization: Bearer mrt_…" } "." }
            li {
                "Connect an account: "
                a href={ (Page::Routes.path()) "#create-account" } { code { "POST /integrated-account" } }
                " with the variables of its integration."
            }
            li { "Call an operation below with the account's id as " code { "integrated_account_id" } "." }
        }
        (code("A first request", "curl -sS \"$MORTISE_URL/integration\" -H \"authorization: Bearer $MORTISE_TOKEN\"\n"))
    }
}

/// Every operation with the integrations that offer it.
fn operations(reference: &Reference) -> Markup {
    table(
        "Operations",
        &["Operation", "Request", "Offered by"],
        &html! {
            @for o in &reference.operations {
                tr {
                    th scope="row" {
                        a href=(Page::Operation(o.category, o.operation).path()) {
                            (category_name(o.category)) ": " (operation_name(o.operation).to_lowercase())
                        }
                    }
                    td { code { (o.method()) " " (o.route()) } }
                    td {
                        @if o.offered.is_empty() { span.quiet { "no loaded integration" } }
                        @for (index, offer) in o.offered.iter().enumerate() { @if index > 0 { ", " } (offer.label) }
                    }
                }
            }
        },
    )
}

/// The loaded integrations.
fn integrations(reference: &Reference) -> Markup {
    if reference.integrations.is_empty() {
        return html! { p.notice { "No integration is loaded." } };
    }
    table(
        "Integrations",
        &["Integration", "Slug", "Operations", "Origins"],
        &html! {
            @for generation in &reference.integrations {
                @let i = &generation.capabilities;
                tr {
                    th scope="row" { a href=(Page::Integration(i.slug.clone()).path()) { (i.label) } }
                    td { code { (i.slug) } }
                    td { (i.operations.len()) }
                    td { @for origin in &i.origins { code { (origin) } " " } }
                }
            }
        },
    )
}
