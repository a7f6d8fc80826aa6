//! Fields with the support of the integrations.

use maud::{Markup, html};

use super::prose;
use crate::reference::{Field, Mark, Support};

/// The integrations that a page describes.
#[derive(Clone, Copy)]
pub(super) struct Audience<'r> {
    /// The slug of the one integration that the page describes.
    pub(super) alone: Option<&'r str>,
    /// How many integrations offer the operation.
    pub(super) offering: usize,
}

/// A list of fields; `place` begins their anchors.
pub(super) fn list(fields: &[Field], place: &str, audience: Audience<'_>) -> Markup {
    html! { div.fields { @for field in fields { (one(field, place, audience, 0)) } } }
}

/// A list of fields under a heading of the third level.
pub(super) fn sublist(fields: &[Field], place: &str, audience: Audience<'_>) -> Markup {
    html! { div.fields { @for field in fields { (one(field, place, audience, 1)) } } }
}

/// The anchor of a field: `body-emails-email`.
pub(super) fn anchor(place: &str, path: &str) -> String {
    let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    format!("{place}-{}", parts.join("-"))
}

fn one(field: &Field, place: &str, audience: Audience<'_>, depth: usize) -> Markup {
    let id = anchor(place, &field.path);
    let heading = html! {
        a.anchor href={ "#" (id) } { code { (field.path) } }
    };
    html! {
        div.field #(id) {
            div.field-head {
                @if depth == 0 { h3 { (heading) } } @else { h4 { (heading) } }
                span.type { (field.type_text()) }
                (badge(field, audience))
            }
            @if !field.description.is_empty() { p { (prose(&field.description)) } }
            (model_values(field))
            @match audience.alone {
                Some(slug) => @if let Some(support) = field.support_of(slug) { (details(support)) },
                None => (support(field)),
            }
            @if !field.children.is_empty() {
                div.children { @for child in &field.children { (one(child, place, audience, depth + 1)) } }
            }
        }
    }
}

fn badge(field: &Field, audience: Audience<'_>) -> Markup {
    let required = field.support.iter().filter(|support| support.mark == Mark::Required).count();
    let (class, text) = match (audience.alone.and_then(|slug| field.support_of(slug)), field.required) {
        (_, true) => ("required", "Required".to_owned()),
        (Some(support), _) => match support.mark {
            Mark::Required => ("required", "Required".to_owned()),
            Mark::Writable => ("optional", "Optional".to_owned()),
            Mark::Ignored => ("ignored", "Ignored".to_owned()),
            Mark::Returned => ("optional", "Returned".to_owned()),
        },
        (None, _) if audience.alone.is_none() && required > 0 && required == audience.offering => {
            ("required", "Required".to_owned())
        }
        (None, _) if audience.alone.is_none() && required > 0 => ("required", format!("Required by {required}")),
        (None, _) => return html! {},
    };
    html! { span class={ "badge " (class) } { (text) } }
}

fn model_values(field: &Field) -> Markup {
    let values = field.values();
    html! {
        @if !values.is_empty() {
            p.values { "One of " @for (index, value) in values.iter().enumerate() { @if index > 0 { ", " } code { (value) } } }
        }
    }
}

/// Which integrations require, use, ignore or return the field, and their remarks.
fn support(field: &Field) -> Markup {
    let groups = [
        (Mark::Required, "required", "Required by"),
        (Mark::Writable, "optional", "Used by"),
        (Mark::Ignored, "ignored", "Ignored by"),
        (Mark::Returned, "optional", "Returned by"),
    ];
    let remarks: Vec<&Support> = field.support.iter().filter(|s| says_something(s)).collect();
    html! {
        @if !field.support.is_empty() {
            dl.support {
                @for (mark, class, title) in groups {
                    @let who: Vec<&Support> = field.support.iter().filter(|s| s.mark == mark).collect();
                    @if !who.is_empty() {
                        div {
                            dt { span class={ "dot " (class) } {} (title) }
                            dd { @for (index, s) in who.iter().enumerate() { @if index > 0 { ", " } (integration(s)) } }
                        }
                    }
                }
            }
        }
        @if !remarks.is_empty() {
            ul.remarks { @for s in remarks { li { strong { (s.label) } " " (details(s)) } } }
        }
    }
}

fn integration(support: &Support) -> Markup {
    html! { a href={ "/docs/integration/" (support.slug) } { (support.label) } }
}

fn says_something(support: &Support) -> bool {
    support.note.is_some() || !support.values.is_empty() || support.json_type.is_some()
}

/// Type, values and note of one integration.
fn details(support: &Support) -> Markup {
    html! {
        @if says_something(support) {
            span.remark {
                @if let Some(json_type) = support.json_type { (json_type.as_str()) ", a field that only this vendor has. " }
                @if !support.values.is_empty() {
                    "one of "
                    @for (index, value) in support.values.iter().enumerate() { @if index > 0 { ", " } code { (value) } }
                    ". "
                }
                @if let Some(note) = &support.note { (note) }
            }
        }
    }
}
