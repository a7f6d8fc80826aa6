//! The code on the pages in `docs/`. Its Rust code stands in this folder, compiles, and does what the pages say. The
//! other code stands in the projects that `mortise new` makes, which have their own tests.
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

/// The starts of code blocks.
const CODE: [&str; 3] = ["```rust\n", "```js\n", "```py\n"];

/// A user in the form of the vendor of the pages.
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

/// The result of a call in the vendor's names: id and name.
fn shown(user: User) -> (String, String) {
    (user.id.into_value().unwrap_or_default(), user.name.into_value().unwrap_or_default())
}

/// Removes the indentation of code, because in a function the code is indented more than on its page.
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
