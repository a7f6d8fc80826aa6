//! The documentation pages: HTML without scripts, written from the reference. Everything that a plugin says is escaped.

mod errors;
mod field;
mod home;
mod hour;
mod integration;
mod listing;
mod operation;
pub mod operator;
mod routes;
mod style;

use maud::{DOCTYPE, Markup, html};
use mortise_model::{Category, Operation};

pub use style::{STYLE, style_path};

use super::{Reference, category_name, operation_name};
use crate::assets::icon_path;

/// What a page may do: show its own text, style and icon, and send its own form. It runs no scripts and is shown in no frame.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                           base-uri 'none'; frame-ancestors 'none'";

/// What the pages are written from.
#[derive(Debug, Clone, Copy)]
pub struct Site<'r> {
    /// Everything that is loaded: for navigation.
    pub all: &'r Reference,
    /// What the reader asked for: everything, or one integration alone.
    pub shown: &'r Reference,
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// `/docs`
    Home,
    /// `/docs/errors`
    Errors,
    /// `/docs/api`
    Routes,
    /// `/docs/{category}/{operation}`
    Operation(Category, Operation),
    /// `/docs/integration/{slug}`
    Integration(String),
}

impl Page {
    /// Its path.
    pub fn path(&self) -> String {
        match self {
            Self::Home => "/docs".to_owned(),
            Self::Errors => "/docs/errors".to_owned(),
            Self::Routes => "/docs/api".to_owned(),
            Self::Operation(category, operation) => format!("/docs/{category}/{operation}"),
            Self::Integration(slug) => format!("/docs/integration/{slug}"),
        }
    }
}

impl Site<'_> {
    /// Writes a page; none where there is no such integration.
    pub fn page(&self, page: &Page) -> Option<String> {
        let (title, content) = match page {
            Page::Home => ("Reference".to_owned(), home::write(self)),
            Page::Errors => ("Errors".to_owned(), errors::write()),
            Page::Routes => {
                ("Accounts, passthrough, tokens, integrations, health".to_owned(), routes::write(self.shown))
            }
            Page::Operation(category, operation) => {
                let title = format!("{}: {}", category_name(*category), operation_name(*operation));
                (title, operation::write(self, *category, *operation)?)
            }
            Page::Integration(slug) => {
                let generation = self.all.integration(slug)?;
                (generation.capabilities.label.clone(), integration::write(self.all, generation))
            }
        };
        Some(self.frame(Some(page), &title, &content))
    }

    /// The page of a path that leads nowhere.
    pub fn missing(&self) -> String {
        let content = html! {
            h1 { "There is no such page" }
            p { "The integration may not be loaded. " a href="/docs" { "Start of the reference" } }
        };
        self.frame(None, "Not found", &content)
    }

    fn frame(&self, page: Option<&Page>, title: &str, content: &Markup) -> String {
        let link = |to: Page, text: &str| {
            let is_current = page == Some(&to);
            html! { li { a href=(to.path()) aria-current=[is_current.then_some("page")] { (text) } } }
        };
        let links = html! { a.spec href="/openapi.json" { "OpenAPI" } };
        document(
            &Frame { home: "/docs", product: "API reference", links },
            title,
            &html! {
                p.nav-title { "Guide" }
                ul {
                    (link(Page::Home, "Start"))
                    (link(Page::Errors, "Errors"))
                    (link(Page::Routes, "Accounts, passthrough, tokens, integrations, health"))
                }
                @for category in Category::ALL {
                    p.nav-title { (category_name(*category)) }
                    ul {
                        @for operation in Operation::ALL {
                            (link(Page::Operation(*category, *operation), operation_name(*operation)))
                        }
                    }
                }
                @if !self.all.integrations.is_empty() {
                    p.nav-title { "Integrations" }
                    ul {
                        @for generation in &self.all.integrations {
                            @let capabilities = &generation.capabilities;
                            (link(Page::Integration(capabilities.slug.clone()), &capabilities.label))
                        }
                    }
                }
            },
            content,
        )
    }
}

/// What is around the pages of one kind.
struct Frame {
    /// Where the name of the product leads.
    home: &'static str,
    /// What the pages are.
    product: &'static str,
    /// Links at the right.
    links: Markup,
}

/// A whole document around a page's content and its navigation.
fn document(frame: &Frame, title: &str, navigation: &Markup, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Mortise" }
                link rel="stylesheet" href=(style_path());
                link rel="icon" type="image/svg+xml" href=(icon_path());
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    a.brand href=(frame.home) {
                        img src=(icon_path()) width="22" height="22" alt="";
                        "Mortise"
                    }
                    span.product { (frame.product) }
                    div.links { (frame.links) }
                    button.menu type="button" popovertarget="navigation" { "Menu" }
                }
                div.frame {
                    nav #navigation popover="auto" aria-label=(frame.product) { (navigation) }
                    main #content tabindex="-1" { (content) }
                }
            }
        }
    }
    .into_string()
}

/// Words of the host's own, with code between backticks.
fn prose(text: &str) -> Markup {
    html! { @for (index, part) in text.split('`').enumerate() { @if index % 2 == 1 { code { (part) } } @else { (part) } } }
}

/// A block of code that scrolls by itself, with the keyboard too.
fn code(label: &str, text: &str) -> Markup {
    html! { pre tabindex="0" role="region" aria-label=(label) { code { (text) } } }
}

/// A table that scrolls by itself, with the keyboard too.
fn table(label: &str, head: &[&str], rows: &Markup) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for title in head { th scope="col" { (title) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// `POST /unified/ticketing/users`
fn endpoint(method: &str, path: &str) -> Markup {
    html! { p.endpoint { span class={ "verb " (method.to_ascii_lowercase()) } { (method) } " " code { (breakable(path)) } } }
}

/// A path that can be broken at its slashes.
fn breakable(path: &str) -> Markup {
    html! { @for part in path.split_inclusive('/') { (part) wbr; } }
}
