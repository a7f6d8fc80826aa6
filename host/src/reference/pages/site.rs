//! Writing a page of the reference, with the navigation to the others.

use maud::{Markup, html};
use mortise_model::{Category, Operation};

use super::frame::{Frame, document};
use super::{Page, errors, home, integration, operation, routes};
use crate::reference::{Reference, category_name, operation_name};

/// The source of the pages.
#[derive(Debug, Clone, Copy)]
pub struct Site<'r> {
    /// Everything that is loaded: for navigation.
    pub all: &'r Reference,
    /// The part that the reader asked for: everything, or one integration.
    pub shown: &'r Reference,
}

impl Site<'_> {
    /// Writes a page. `None` if there is no such integration.
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

    /// The page for a path that does not exist.
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
