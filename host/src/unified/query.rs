//! Parses query strings with brackets in every spelling that clients send: `a=x`, `a[]=x`, `a[0]=x`, `a[b][c]=x`,
//! `a[][k]=x`, percent-encoded or not, with spaces as `+` or `%20`.

use std::borrow::Cow;

use indexmap::IndexMap;
use percent_encoding::percent_decode;
use serde_json::Value;

use super::failure::{Failure, Failures, Place};

/// Most parameters in one query string.
const MAX_PAIRS: usize = 256;
/// Most brackets in one name.
const MAX_DEPTH: usize = 8;

/// A parsed query string.
#[derive(Debug, Default)]
pub struct Query {
    roots: IndexMap<String, Node>,
    remote: Vec<(String, String)>,
}

/// The value under one name.
#[derive(Debug)]
enum Node {
    Empty,
    Text(String),
    List(Vec<Node>),
    /// An object, or an array that is written with indexes, until it is read.
    Object(IndexMap<String, Node>),
}

/// The value of a parameter that takes one value.
#[derive(Debug, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// It is not given, empty or `None`.
    Absent,
    /// Its value.
    Text(&'a str),
    /// It is given more than once, or with brackets.
    Several,
}

impl Query {
    /// Parses a raw query string. Violations of the syntax go to `failures`, and their parameters are left out.
    pub fn parse(raw: &str, failures: &mut Failures) -> Self {
        let mut query = Self::default();
        for (index, pair) in raw.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if index == MAX_PAIRS {
                failures.push(Failure::new(Place::Query, "", format_args!("has more than {MAX_PAIRS} parameters")));
                break;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name), decode(value)) {
                (Some(name), Some(value)) => {
                    if let Err(rule) = query.add(&name, value.into_owned()) {
                        failures.push(Failure::new(Place::Query, name.into_owned(), rule));
                    }
                }
                _ => failures.push(Failure::new(Place::Query, "", "must be percent-encoded UTF-8")),
            }
        }
        query
    }

    fn add(&mut self, name: &str, value: String) -> Result<(), String> {
        let path = segments(name)?;
        let Some((&root, rest)) = path.split_first() else { return Ok(()) };
        if root == "remote_query" {
            return self.add_remote(name, rest, value);
        }
        insert(self.roots.entry(root.to_owned()).or_insert(Node::Empty), rest, value)
            .map_err(|()| "is given both as a value and as a structure".to_owned())
    }

    /// The vendor gets the caller's own spelling without the outer name.
    fn add_remote(&mut self, name: &str, rest: &[&str], value: String) -> Result<(), String> {
        match rest.first() {
            None if is_absent(&value) => Ok(()),
            None | Some(&"") => Err("must be written as remote_query[name]=value".to_owned()),
            Some(first) => {
                let brackets = name.get("remote_query".len() + first.len() + 2..).unwrap_or_default();
                self.remote.push((format!("{first}{brackets}"), value));
                Ok(())
            }
        }
    }

    /// Refuses every parameter that is not in `known`. A list cannot filter by an unknown parameter.
    pub fn refuse_unknown(&self, known: &[&str], failures: &mut Failures) {
        let given = self.given().map(|(name, _)| name);
        let remote = self.remote.first().map(|_| "remote_query");
        for name in given.chain(remote).filter(|name| !known.contains(name)) {
            let rule = match known {
                [] => "is not known: this route takes none".to_owned(),
                known => format!("is not known: this route takes {}", known.join(", ")),
            };
            failures.push(Failure::new(Place::Query, name, rule));
        }
    }

    /// Every given parameter except `remote_query`.
    pub fn given(&self) -> impl Iterator<Item = (&str, Value)> {
        self.roots.iter().filter_map(|(name, node)| Some((name.as_str(), to_value(node)?)))
    }

    /// The pairs of `remote_query`, flat and in order: `foo[bar]` for `remote_query[foo][bar]`.
    pub fn remote(&self) -> &[(String, String)] {
        &self.remote
    }

    /// A parameter that takes one value.
    pub fn scalar(&self, name: &str) -> Scalar<'_> {
        match self.roots.get(name) {
            None | Some(Node::Empty) => Scalar::Absent,
            Some(Node::Text(text)) if is_absent(text) => Scalar::Absent,
            Some(Node::Text(text)) => Scalar::Text(text),
            Some(Node::List(_) | Node::Object(_)) => Scalar::Several,
        }
    }

    /// A parameter as JSON with strings as leaves. Leaves out empty and `None` leaves. `None` if nothing is left.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.roots.get(name).and_then(to_value)
    }
}

/// Python clients send `None` for a missing value, and JavaScript clients an empty text.
pub(crate) fn is_absent(text: &str) -> bool {
    text.is_empty() || text == "None"
}

/// A name or a value without escapes. `None` if its escapes are not `%XX` of UTF-8.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['+', '%']) {
        return Some(text.into());
    }
    let spaced = text.replace('+', " ");
    well_escaped(&spaced).then(|| Some(percent_decode(spaced.as_bytes()).decode_utf8().ok()?.into_owned().into()))?
}

/// Whether two hexadecimal digits follow every `%`. Decoders disagree about other escapes.
pub fn well_escaped(text: &str) -> bool {
    let is_escape =
        |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    text.split('%').skip(1).all(is_escape)
}

/// Splits `a[b][]` into `a`, `b` and the empty string.
fn segments(name: &str) -> Result<Vec<&str>, String> {
    let (root, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut path = vec![root];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((segment, after)) = inner.filter(|(segment, _)| !segment.contains('[')) else {
            return Err("has unbalanced brackets".to_owned());
        };
        if path.len() > MAX_DEPTH {
            return Err(format!("is nested more than {MAX_DEPTH} levels deep"));
        }
        path.push(segment);
        rest = after;
    }
    Ok(path)
}

fn insert(slot: &mut Node, path: &[&str], value: String) -> Result<(), ()> {
    let Some((&segment, rest)) = path.split_first() else { return insert_leaf(slot, value) };
    if segment.is_empty() {
        let items = as_list(slot)?;
        let mut item = match items.last_mut() {
            Some(last) if continues(last, rest) => return insert(last, rest, value),
            _ => Node::Empty,
        };
        insert(&mut item, rest, value)?;
        items.push(item);
        return Ok(());
    }
    if matches!(slot, Node::Empty) {
        *slot = Node::Object(IndexMap::new());
    }
    let Node::Object(fields) = slot else { return Err(()) };
    insert(fields.entry(segment.to_owned()).or_insert(Node::Empty), rest, value)
}

/// A name that is repeated without brackets is an array.
fn insert_leaf(slot: &mut Node, value: String) -> Result<(), ()> {
    if matches!(slot, Node::Empty) {
        *slot = Node::Text(value);
        return Ok(());
    }
    as_list(slot)?.push(Node::Text(value));
    Ok(())
}

fn as_list(slot: &mut Node) -> Result<&mut Vec<Node>, ()> {
    match std::mem::replace(slot, Node::Empty) {
        Node::Empty => *slot = Node::List(Vec::new()),
        Node::Text(text) => *slot = Node::List(vec![Node::Text(text)]),
        other => *slot = other,
    }
    match slot {
        Node::List(items) => Ok(items),
        _ => Err(()),
    }
}

/// Whether `l[][key]` belongs to the last item of `l`. It does until a key comes again, except with `l[][key][]`.
fn continues(last: &Node, rest: &[&str]) -> bool {
    match (last, rest) {
        (Node::Object(fields), [key, more @ ..]) => !fields.contains_key(*key) || more.first() == Some(&""),
        _ => false,
    }
}

fn to_value(node: &Node) -> Option<Value> {
    match node {
        Node::Empty => None,
        Node::Text(text) => (!is_absent(text)).then(|| Value::String(text.clone())),
        Node::List(items) => list(items.iter()),
        Node::Object(fields) => {
            let indexes: Option<Vec<u32>> = fields.keys().map(|key| key.parse().ok()).collect();
            if let Some(indexes) = indexes {
                let mut items: Vec<_> = indexes.into_iter().zip(fields.values()).collect();
                items.sort_by_key(|(index, _)| *index);
                return list(items.into_iter().map(|(_, item)| item));
            }
            let fields: serde_json::Map<_, _> =
                fields.iter().filter_map(|(key, node)| Some((key.clone(), to_value(node)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
    }
}

fn list<'a>(items: impl Iterator<Item = &'a Node>) -> Option<Value> {
    let items: Vec<Value> = items.filter_map(to_value).collect();
    (!items.is_empty()).then_some(Value::Array(items))
}
