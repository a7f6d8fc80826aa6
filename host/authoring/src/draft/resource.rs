//! Finds the paths of a document that are its users.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde_json::Value;

use super::DraftError;
use super::source::Source;
use super::words::{singular, words};
use crate::spec::Operation;

/// How many paths an error names. It counts the others.
const NAMED: usize = 20;

/// Words for one of the people, each with how surely it means users of the vendor.
const PEOPLE: [(&str, i32); 14] = [
    ("user", 10),
    ("person", 8),
    ("agent", 8),
    ("teammate", 8),
    ("operator", 8),
    ("staff", 8),
    ("employee", 8),
    ("colleague", 8),
    ("member", 6),
    ("admin", 6),
    ("administrator", 6),
    ("seat", 4),
    ("owner", 4),
    ("identity", 3),
];

/// What is done with a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Create,
    Update,
    Get,
    List,
    Delete,
}

/// The paths of one kind of records: a collection, and a record in it.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    /// The collection's path, or the common beginning of its records' paths: `/v2/users`.
    pub(super) path: String,
    /// Its last word: `users`.
    pub(super) noun: String,
    pub(super) operations: BTreeMap<Role, Operation<'a>>,
    score: i32,
}

impl Role {
    pub(super) const ALL: [Self; 5] = [Self::Create, Self::Update, Self::Get, Self::List, Self::Delete];

    /// The name in commands and in the summary.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Get => "get",
            Self::List => "list",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Resource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verbs: Vec<_> = self.operations.keys().map(|role| role.verb()).collect();
        write!(f, "{} ({})", self.path, verbs.join(", "))
    }
}

/// The resource with the users, and others that could be it. It is the one that the author names, or else the one that
/// is most like users.
pub(super) fn find<'a>(
    document: &'a Source,
    asked: Option<&str>,
) -> Result<(Resource<'a>, Vec<Resource<'a>>), DraftError> {
    let mut resources = all(document);
    if let Some(asked) = asked {
        let is_asked = |resource: &Resource<'_>| {
            resource.path == asked || resource.operations.values().any(|operation| operation.template == asked)
        };
        let known = listed(resources.iter().map(ToString::to_string));
        return match resources.into_iter().find(is_asked) {
            Some(resource) => Ok((resource, Vec::new())),
            None => Err(DraftError::UnknownResource { asked: asked.to_owned(), known }),
        };
    }
    let known = listed(resources.iter().map(ToString::to_string));
    resources.retain(|resource| resource.score > 0);
    resources.sort_by_key(|resource| -resource.score);
    let best = resources.first().map(|resource| resource.score).unwrap_or_default();
    let equals = resources.iter().take_while(|resource| resource.score == best).count();
    match equals {
        0 => Err(DraftError::NoUsers { known }),
        1 => Ok((resources.remove(0), resources)),
        _ => Err(DraftError::Ambiguous { known: listed(resources.iter().map(ToString::to_string)) }),
    }
}

/// All collections of the document. `/users` and `/users/{id}` are one, and so are `/v1/users` and `/v2/user/{id}`.
fn all(document: &Source) -> Vec<Resource<'_>> {
    let mut resources: Vec<Resource<'_>> = Vec::new();
    let mut places = HashMap::new();
    for operation in document.operations() {
        let path = operation.template.trim_end_matches('/');
        let (collection, is_record) = match path.rsplit_once('/') {
            Some((collection, last)) if last.starts_with('{') => (collection, true),
            _ => (path, false),
        };
        let Some(role) = role(&operation, is_record) else { continue };
        let place = *places.entry(key(collection)).or_insert_with(|| {
            resources.push(Resource::new(collection));
            resources.len() - 1
        });
        let Some(resource) = resources.get_mut(place) else { continue };
        // Callers ask for a change of parts. A PUT may mean the whole record.
        let is_better = operation.method == "patch";
        if is_better || !resource.operations.contains_key(&role) {
            resource.operations.insert(role, operation);
        }
    }
    resources.into_iter().map(|resource| Resource { score: resource.score(), ..resource }).collect()
}

fn role(operation: &Operation<'_>, is_record: bool) -> Option<Role> {
    Some(match (operation.method, is_record) {
        ("post", false) => Role::Create,
        ("get", false) => Role::List,
        ("get", true) => Role::Get,
        ("patch" | "put", true) => Role::Update,
        ("delete", true) => Role::Delete,
        _ => return None,
    })
}

/// A collection's path without what differs between versions, and between singular and plural.
fn key(collection: &str) -> String {
    let segments = collection.split('/').filter(|segment| !segment.is_empty() && !is_version(segment));
    let parts = segments.map(|segment| match segment.contains('{') {
        true => "{}".to_owned(),
        false => words(without_ending(segment)).iter().map(|word| singular(word)).collect::<Vec<_>>().join(" "),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// `v2`, `v2.1`, `2026-03`.
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
    number.starts_with(|first: char| first.is_ascii_digit())
        && number.chars().all(|letter| letter.is_ascii_digit() || ".-".contains(letter))
}

fn without_ending(segment: &str) -> &str {
    segment.strip_suffix(".json").unwrap_or(segment)
}

impl Resource<'_> {
    fn new(collection: &str) -> Self {
        let mut literal = collection.rsplit('/').filter(|segment| !segment.contains('{') && !is_version(segment));
        let noun = without_ending(literal.next().unwrap_or_default()).to_owned();
        Self { path: collection.to_owned(), noun, operations: BTreeMap::new(), score: 0 }
    }

    /// How surely these are the vendor's users. At 0 or less they are not.
    fn score(&self) -> i32 {
        let noun = words(&self.noun);
        let last = noun.last().map(|word| singular(word)).unwrap_or_default();
        let people = PEOPLE.iter().find(|(word, _)| *word == last).map_or(0, |(_, score)| *score);
        let people = if people == 0 && self.operations.values().any(is_tagged) { 3 } else { people };
        if people == 0 {
            return 0;
        }
        let served = self.operations.keys().map(|role| if *role <= Role::Update { 2 } else { 1 }).sum::<i32>();
        let parents = self.path.matches('{').count();
        let others = noun.len().saturating_sub(1);
        let away = i32::try_from(2 * parents + 4 * others).unwrap_or(i32::MAX);
        (people + served).saturating_sub(away)
    }
}

/// Whether an operation's tags or its own name say that it is about users.
fn is_tagged(operation: &Operation<'_>) -> bool {
    let tags = operation.operation.get("tags").and_then(Value::as_array);
    let tags = tags.into_iter().flatten().chain(operation.operation.get("operationId")).filter_map(Value::as_str);
    tags.flat_map(words).any(|word| matches!(singular(&word).as_str(), "user" | "agent" | "person"))
}

/// Some of the names, and the number of the others.
pub(super) fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let mut text: String = names.iter().take(NAMED).map(|name| format!("\n  {name}")).collect();
    if let Some(more) = names.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!("\n  and {more} more"));
    }
    text
}
