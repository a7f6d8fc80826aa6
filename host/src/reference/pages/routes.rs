//! The routes beside the unified ones.

use maud::{Markup, html};

use super::field::{Audience, list, sublist};
use super::{endpoint, prose, table};
use crate::reference::{Reference, WebhookRequest, Words};

pub(super) fn write(reference: &Reference) -> Markup {
    let audience = Audience { alone: None, offering: 0 };
    let mut tags: Vec<&str> = reference.routes.iter().map(|route| route.tag).collect();
    tags.dedup();
    html! {
        h1 { "Accounts, passthrough, tokens, integrations, health" }
        p.lead { "An integrated account is one customer's connection to one vendor. Every unified call is for one account." }
        @for tag in tags {
            @let group = format!("group-{}", tag.to_lowercase()).replace(' ', "-");
            section aria-labelledby=(group) {
                h2 #(group) { (tag) }
                @for route in reference.routes.iter().filter(|route| route.tag == tag) {
                    article.route #(route.id) aria-labelledby={ (route.id) "-title" } {
                        h3 id={ (route.id) "-title" } { a.anchor href={ "#" (route.id) } { (route.summary) } }
                        (endpoint(route.endpoint.method.as_str(), &route.endpoint.template()))
                        p {
                            "Needs " (route.access.as_str()) ". Answers "
                            @match route.words {
                                Words::Host => { code { (route.status) } }
                                Words::Vendor => { "with the vendor's status" }
                            }
                            "; errors "
                            @for (index, status) in route.errors.iter().enumerate() { @if index > 0 { ", " } code { (status) } }
                            ". " (prose(route.description))
                        }
                        @let place = |name: &str| format!("{}-{name}", route.id);
                        @if !route.path_parameters.is_empty() { (sublist(&route.path_parameters, &place("path"), audience)) }
                        @if !route.query.is_empty() { (sublist(&route.query, &place("query"), audience)) }
                        @if let Some(body) = route.body.as_ref().filter(|body| !body.fields.is_empty()) { (sublist(&body.fields, &place("body"), audience)) }
                    }
                }
            }
        }
        (webhook_request(&reference.webhook_request, audience))
        @for object in &reference.objects {
            section aria-labelledby=(object.id) {
                h2 #(object.id) { (object.title) }
                p { (prose(object.description)) }
                (list(&object.fields, object.id, audience))
            }
        }
    }
}

/// The request that the caller's application receives.
fn webhook_request(request: &WebhookRequest, audience: Audience<'_>) -> Markup {
    html! {
        section aria-labelledby="webhook-request" {
            h2 #webhook-request { "What a webhook receives" }
            p {
                "A " code { "POST" } " of JSON to the webhook's " code { "target_url" } ". Answer with any 2xx within 20 s to accept the event. "
                "After any other answer, the host sends the event again, for about three days. After a 410, it switches the webhook off."
            }
            (table(
                "Events",
                &["Event", "When"],
                &html! {
                    @for (event, when) in &request.events {
                        tr { th scope="row" { code { (event.as_str()) } } td { (prose(when)) } }
                    }
                },
            ))
            h3 { "Headers" }
            (sublist(&request.headers, "webhook-request-header", audience))
            h3 { "Body" }
            (sublist(&request.body, "webhook-request-body", audience))
        }
    }
}
