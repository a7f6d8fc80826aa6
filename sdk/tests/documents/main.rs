//! The code of the pages in `docs/`: what is Rust stands here, is compiled and does what the pages say; the rest stands in the projects
//! that `mortise new` makes, which have tests of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

mod credentials;
mod cursors;
mod declarations;
mod envelopes;
mod errors_in_200;
mod follow_up;
mod forms;
mod graphql;
mod ignored;
mod invitations;
mod json_api;
mod merge;
mod oauth;
mod scim;

use std::path::Path;

use mortise_sdk::{Email, Id, Text, User};
use serde::Deserialize;

/// The pages, by their names.
const PAGES: [(&str, &str); 4] = [
    ("recipes.md", include_str!("../../../docs/recipes.md")),
    ("writing-a-plugin.md", include_str!("../../../docs/writing-a-plugin.md")),
    ("contract.md", include_str!("../../../docs/contract.md")),
    ("languages.md", include_str!("../../../docs/languages.md")),
];

/// What begins a block of code.
const CODE: [&str; 3] = ["```rust\n", "```js\n", "```py\n"];

/// A user in the words of a page's vendor.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    name: Text,
    email: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User { id: person.id.into(), name: person.name.into(), emails: Email::only(person.email), ..User::default() }
    }
}

/// The user that a call gives, in the names of a page's vendor.
fn shown(user: User) -> (String, String) {
    (user.id.into_value().unwrap_or_default(), user.name.into_value().unwrap_or_default())
}

/// Code without its indentation, which a function adds that is not on the page.
fn flush_left(code: &str) -> String {
    code.lines().map(|line| format!("{}\n", line.trim())).collect()
}

/// The blocks of code on a page.
fn blocks(page: &str) -> impl Iterator<Item = String> {
    let starts = CODE.into_iter().flat_map(|start| page.split(start).skip(1));
    starts.map(|rest| flush_left(rest.split("```").next().unwrap()))
}

#[test]
fn the_code_of_the_pages_stands_in_files_that_are_tested() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = std::fs::read_dir(sdk.join("tests/documents")).unwrap().map(|entry| entry.unwrap().path());
    let templates = ["js/src/index.js", "python/src/integration.py"];
    let templates = templates.map(|file| sdk.join("../host/authoring/templates").join(file));
    let sources: Vec<_> =
        here.chain(templates).map(|path| flush_left(&std::fs::read_to_string(path).unwrap())).collect();
    for (name, page) in PAGES {
        let missing: Vec<_> = blocks(page).filter(|block| !sources.iter().any(|s| s.contains(block))).collect();
        assert_eq!(missing, [""; 0], "{name}: code that stands in no source");
        assert!(blocks(page).count() > 0, "{name}");
    }
}

#[test]
fn each_file_that_a_page_links_to_is_there() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for (name, page) in PAGES {
        let links = page.split("](").skip(1).map(|rest| rest.split([')', '#']).next().unwrap());
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            assert!(docs.join(link).exists(), "{name}: {link} is not there");
        }
    }
}
