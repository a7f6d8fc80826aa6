//! Lists and deletions: the facts of each integration.

use maud::{Markup, html};

use super::{prose, table};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::OperationSupport;
use crate::plugin::listing::Listing;
use crate::reference::listing::{facts, meaning};
use crate::reference::{Reference, UnifiedOperation};

/// The integrations that offer an operation, with their declarations of it.
fn offering<'r>(
    reference: &'r Reference,
    operation: &UnifiedOperation,
) -> Vec<(&'r Capabilities, &'r OperationSupport)> {
    let all = reference.integrations.iter().map(|generation| &generation.capabilities);
    all.filter_map(|i| Some((i, i.operation(operation.category, operation.operation)?))).collect()
}

fn name(i: &Capabilities) -> Markup {
    html! { th scope="row" { a href={ "/docs/integration/" (i.slug) } { (i.label) } } }
}

/// Names as code, with commas between them.
fn names<'n>(names: impl Iterator<Item = &'n str>) -> Markup {
    html! { @for (index, name) in names.enumerate() { @if index > 0 { ", " } code { (name) } } }
}

/// Which filters and orders each integration has.
pub(super) fn filters(reference: &Reference, operation: &UnifiedOperation) -> Markup {
    let offering = offering(reference, operation);
    html! {
        @if !offering.is_empty() {
            p {
                "If an integration does not have a filter or an order, the answer is a 400, and the vendor gets no request. " code { "email" }
                " finds the user with this address in upper or lower case. " code { "created_at" } " and " code { "updated_at" }
                " take times of RFC 3339 with an operator."
            }
            (table(
                "Filters by integration",
                &["Integration", "Filters", "Several together", "Orders"],
                &html! {
                    @for (i, support) in &offering {
                        tr {
                            (name(i))
                            td { (names(support.filters().map(|field| field.field.as_str()))) }
                            td { (if support.listing.as_ref().is_some_and(|listing| listing.combines) { "yes" } else { "no" }) }
                            td { (names(support.orders())) }
                        }
                    }
                },
            ))
        }
    }
}

/// The effect of a deletion, by integration.
pub(super) fn effects(reference: &Reference, operation: &UnifiedOperation) -> Markup {
    table(
        "Effect by integration",
        &["Integration", "mortise-deletes", "Afterwards"],
        &html! {
            @for (i, support) in offering(reference, operation) {
                @if let Some(effect) = support.effect {
                    tr { (name(i)) td { code { (effect.as_str()) } } td { (meaning(effect)) } }
                }
            }
        },
    )
}

/// The effect of one integration's deletion.
pub(super) fn effect(support: &OperationSupport) -> Markup {
    html! {
        @if let Some(effect) = support.effect {
            p { "A deletion " code { (effect.as_str()) } ": " (meaning(effect)) "." }
        }
    }
}

/// The facts of one integration's list.
pub(super) fn list_facts(listing: &Listing) -> Markup {
    html! {
        dl.facts {
            @for (about, fact) in facts(listing) { div { dt { (about) } dd { (prose(&fact)) } } }
            @if !listing.partial.is_empty() {
                div { dt { "fields that only a single read tells" } dd { (names(listing.partial.iter().map(String::as_str))) } }
            }
            @if !listing.leaves_out.is_empty() {
                div {
                    dt { "users that it leaves out" }
                    dd { @for (index, kind) in listing.leaves_out.iter().enumerate() { @if index > 0 { ", " } (kind) } }
                }
            }
        }
    }
}
