//! The form of an integration: its credentials, or the way to the vendor.

use maud::{Markup, html};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::Look;
use super::field::{field_id, field_name, rule};
use super::look::{Script, back, document, whose};
use crate::account::{FlowCode, OAuthApplication, ShownIn};
use crate::connect::opening::PATH;
use crate::connect::parameters::{CONTEXT, Form};
use crate::connect::{Asked, Link, Opening, Way, words};
use crate::plugin::{Capabilities, Generation};
use crate::unified::{Failure, Failures};

/// The contents of a form.
#[derive(Debug, Clone, Copy)]
pub struct FormView<'a> {
    /// The link token with the account to connect.
    pub link: &'a Link,
    /// The integration.
    pub generation: &'a Generation,
    /// The parameters of the page.
    pub opening: &'a Opening,
    /// The way to connect.
    pub way: Way<'a>,
    /// The operator's OAuth application, if there is one.
    pub application: Option<&'a OAuthApplication>,
    /// The failures of the entered variables.
    pub failures: &'a Failures,
    /// The form that was sent, if the person must send it again. The page does not show its secrets.
    pub sent: Option<&'a Form>,
}

/// The page with the form of an integration.
pub fn form(look: &Look, view: FormView<'_>) -> String {
    let capabilities = &view.generation.capabilities;
    let heading = match view.link.account {
        Some(_) => format!("Connect {} again", capabilities.label),
        None => format!("Connect {}", capabilities.label),
    };
    let asked = view.asks();
    let content = html! {
        @if view.has_way_back() { p { a.back href=(view.opening.path_of(None)) { "Other integrations" } } }
        h1 tabindex="-1" { (heading) }
        (whose(look, &view.link.token.tenant_id))
        (view.why_again())
        @if view.names_no_way() {
            div.notice { p { (capabilities.label) " cannot be connected in the way that was asked for. This is how it can." } }
        }
        (view.summary(&asked))
        (view.form(look, &asked))
        (view.other_ways())
    };
    let title = if view.failures.is_empty() { heading } else { format!("Error: {heading}") };
    document(look, &title, &Script::default(), &content)
}

impl FormView<'_> {
    /// The targets of the form's redirects, as sources of a content security policy. The vendor's address may send
    /// people on to its other hosts, such as that of its sign-in, and at the end to the link token's redirect, all in
    /// one navigation.
    pub fn leads_to(&self) -> Vec<String> {
        let mut sources = Vec::new();
        let mut add = |url: Url| {
            let origin = url.origin().ascii_serialization();
            if !sources.contains(&origin) && origin != "null" {
                sources.push(origin);
            }
        };
        self.link.token.redirect_uri.iter().filter_map(|uri| uri.parse().ok()).for_each(&mut add);
        if self.way.authorization().is_some() {
            sources.push("https:".to_owned());
        }
        sources
    }

    pub(super) fn capabilities(&self) -> &Capabilities {
        &self.generation.capabilities
    }

    fn ways(&self) -> Vec<Way<'_>> {
        self.link.ways(self.generation, self.application)
    }

    fn asks(&self) -> Vec<Asked<'_>> {
        self.way.asks(self.link.known(self.application))
    }

    fn has_way_back(&self) -> bool {
        self.link.account.is_none() && !self.opening.no_back && self.link.integrations.len() > 1
    }

    fn names_no_way(&self) -> bool {
        let ways = self.ways();
        self.opening.auth_format.as_deref().is_some_and(|format| Way::named(&ways, format).is_none())
    }

    /// The reason for connecting an account again, if it is known.
    fn why_again(&self) -> Markup {
        let error = self.link.account.as_ref().and_then(|account| account.last_error.as_ref());
        let words = error.and_then(|error| error.get("message")).and_then(Value::as_str);
        let words = words.and_then(words::words);
        html! {
            @if self.link.account.is_some() {
                div.notice {
                    @match &words {
                        Some(words) => {
                            p { "This account stopped working. The last error was:" }
                            blockquote { p { (words) } }
                        }
                        None => p { "This account gets new credentials. What is linked to it stays." },
                    }
                }
            }
        }
    }

    /// The list of all failures, before the form. It gets the focus.
    fn summary(&self, asked: &[Asked<'_>]) -> Markup {
        let of_field = |failure: &Failure| asked.iter().find(|asked| failure.path == field_name(asked));
        html! {
            @if !self.failures.is_empty() {
                div.notice #errors role="alert" tabindex="-1" autofocus {
                    h2 { "This does not work yet" }
                    ul {
                        @for failure in self.failures.listed() {
                            @match of_field(failure) {
                                Some(asked) => li { a href={ "#" (field_id(asked)) } { (asked.variable.label) ": " (rule(failure)) } },
                                None => li { (self.in_words(failure)) },
                            }
                        }
                    }
                }
            }
        }
    }

    /// A failure that belongs to no field: of a value that the application has entered, or of all values together.
    fn in_words(&self, failure: &Failure) -> String {
        let variable = failure.path.strip_prefix(CONTEXT).and_then(|name| self.capabilities().variable(name));
        match variable {
            Some(variable) => format!("{}: {}", variable.label, rule(failure)),
            None => failure.message.replace("context does not hold", "The form does not hold"),
        }
    }

    fn form(&self, look: &Look, asked: &[Asked<'_>]) -> Markup {
        let label = &self.capabilities().label;
        let consents = self.way.authorization().is_some();
        let action = if consents { format!("{PATH}/start") } else { PATH.to_owned() };
        html! {
            // Without the script, the browser would show the vendor in the frame.
            form #connect method="post" action=(action) data-consents=[consents.then_some("")]
                target=[(consents && self.opening.iframe).then_some("_blank")] {
                (self.hidden())
                @if consents { (self.consent(look)) }
                @for asked in asked { (self.field(asked)) }
                p.actions {
                    button.button type="submit" {
                        (if consents { "Continue to " } else { "Connect " }) (label)
                    }
                }
            }
            @if consents {
                (self.waiting(look))
            }
        }
    }

    /// The part that the script shows instead of the form while a second window shows the vendor, and the outcome after
    /// it.
    fn waiting(&self, look: &Look) -> Markup {
        let label = &self.capabilities().label;
        let again = self.opening.path_by(&self.capabilities().slug, &self.way.format());
        html! {
            section #waiting hidden aria-labelledby="waiting-title" {
                h2 #waiting-title tabindex="-1" { "Waiting for " (label) }
                div #hints {
                    p { "Sign in and agree in the window that has opened. This page goes on by itself." }
                    p { "No window, or closed too early?" }
                }
                // The element exists before it has a text, so that screen readers read the text.
                p #status role="status" {}
                div #vendor hidden {
                    p { (label) " says:" }
                    blockquote { p #vendor-words {} }
                }
                p.reference #reference hidden { "Reference for support: " code {} }
                (back(look))
                p { a.quiet #restart href=(again) { "Start over" } }
            }
        }
    }

    fn hidden(&self) -> Markup {
        let slug = self.capabilities().slug.clone();
        let opening = Opening { integration: Some(slug), auth_format: Some(self.way.format()), ..self.opening.clone() };
        html! {
            @for (name, value) in opening.fields() { input type="hidden" name=(name) value=(value); }
            // A page that waits for the attempt asks with this id, even if the person sends the form again in the
            // second window.
            input type="hidden" name="flow" value=(self.sent.and_then(|sent| sent.flow).unwrap_or_else(Uuid::new_v4));
            // The host answers only a request with this key: everyone who sees the address of the last page knows the
            // id.
            input type="hidden" name="key" value=(self.sent.and_then(|sent| sent.key.clone()).unwrap_or_else(FlowCode::generate).text());
            input type="hidden" name="window" value=(self.sent.map_or(ShownIn::Same, |sent| sent.window).as_str());
        }
    }

    /// The scopes to which the person agrees.
    fn consent(&self, look: &Look) -> Markup {
        let label = &self.capabilities().label;
        let scopes = self.way.scopes(&self.link.token.scopes, self.application);
        html! {
            @if scopes.is_empty() {
                p { (label) " asks you whether " (look.operator) " may use your account." }
            } @else {
                p { (label) " asks you whether " (look.operator) " may have these permissions:" }
                ul.scopes { @for scope in scopes { li { code { (scope) } } } }
            }
        }
    }

    fn other_ways(&self) -> Markup {
        let ways = self.ways();
        let current = self.way.format();
        html! {
            @if ways.len() > 1 {
                nav.ways aria-label="Ways to connect" {
                    h2 { "Ways to connect" }
                    ul {
                        @for way in &ways {
                            @let is_current = way.format() == current;
                            @let path = self.opening.path_by(&self.capabilities().slug, &way.format());
                            li { a href=(path) aria-current=[is_current.then_some("true")] { (way.title()) } }
                        }
                    }
                }
            }
        }
    }
}
