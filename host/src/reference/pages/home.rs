//! The start of the reference.

use maud::{Markup, html};

use super::{Page, Site, code, table};
use crate::reference::{category_name, operation_name};

pub(super) fn write(site: &Site<'_>) -> Markup {
    let reference = site.all;
    html! {
        h1 { "One users API over many vendors" }
        p.lead {
            "Create, read, update and delete users at every connected vendor with the same request. These pages are written from the \
             integrations that this host has loaded: what they say is what it does."
        }
        section aria-labelledby="start" {
            h2 #start { "Before the first call" }
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
        section aria-labelledby="operations" {
            h2 #operations { "Operations" }
            (table(
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
                                @if o.offered.is_empty() { span.quiet { "none that is loaded" } }
                                @for (index, offer) in o.offered.iter().enumerate() { @if index > 0 { ", " } (offer.label) }
                            }
                        }
                    }
                },
            ))
        }
        section aria-labelledby="integrations" {
            h2 #integrations { "Integrations" }
            @if reference.integrations.is_empty() {
                p.notice { "None is loaded." }
            } @else {
                (table(
                    "Integrations",
                    &["Integration", "Slug", "Operations", "Goes to"],
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
                ))
            }
        }
        section aria-labelledby="machines" {
            h2 #machines { "For machines" }
            p {
                a href="/openapi.json" { code { "GET /openapi.json" } }
                " is the same in OpenAPI 3.1. With " code { "?integration=<slug>" }
                " it describes one integration alone, and says exactly which fields that one requires."
            }
        }
    }
}
