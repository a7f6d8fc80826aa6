//! One operation of the document, as the draft serves it.

use http::StatusCode;
use serde_json::Value;

use super::DraftError;
use super::fields::{self, Target};
use super::resource::Role;
use super::server::{Description, Server, Variable, Variables, parameters, spelled};
use super::shape::{Kind, Member, Shape};
use super::sign::Signing;
use super::source::Source;
use super::todo::{Todos, one_line};
use crate::pointer::part;
use crate::spec::{Operation, Place, Version, media_type, name};

/// Depth of objects in an answer at which the user may be.
const MAX_DEPTH: usize = 3;
/// How many names a TODO lists. It counts the others.
const NAMED: usize = 12;

/// The address of an operation, and what it needs beside the user.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: String,
    /// The document's path, for people: `POST /users/{userId}`.
    pub(super) place: String,
    /// The path below the origin, with variables of Rust: `/organizations/{organization_id}/users/{id}`.
    pub(super) path: String,
    /// The account's variables in it.
    pub(super) variables: Vec<Variable>,
    /// Whether the vendor's user ids are numbers.
    pub(super) is_numeric: bool,
    /// The status of success.
    pub(super) status: u16,
    /// The media type of its body, if that is not `application/json`.
    pub(super) kind: Option<String>,
}

/// The body of a request.
#[derive(Debug)]
pub(super) struct Body<'a> {
    pub(super) encoding: Encoding,
    pub(super) fields: Vec<(Member<'a>, Target)>,
}

/// The form of a record in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encoding {
    Json,
    Form,
    /// `{"user": {…}}`.
    Envelope(String),
    /// `{"data": {"type", "id", "attributes"}}`, under its own media type or as JSON.
    JsonApi {
        kind: String,
        is_typed: bool,
    },
}

/// The user in an answer.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    /// The whole answer.
    pub(super) answer: Shape<'a>,
    /// The place of the user, or of the list of users, in the answer: a JSON pointer.
    pub(super) pointer: String,
    /// The place of the user in a row of the list.
    pub(super) inner: String,
    pub(super) shape: Shape<'a>,
    pub(super) fields: Vec<Read<'a>>,
}

/// A member of the record for which the unified user has a field.
#[derive(Debug, Clone)]
pub(super) struct Read<'a> {
    /// The object that contains it, if that is not the record itself.
    pub(super) parent: Option<String>,
    pub(super) member: Member<'a>,
    pub(super) target: Target,
}

impl Route {
    pub(super) fn read(
        document: &Source,
        operation: &Operation<'_>,
        role: Role,
        server: &Server,
        signing: &Signing,
        todos: &mut Todos,
    ) -> Option<Self> {
        let place = one_line(&format!("{} {}", operation.method.to_ascii_uppercase(), operation.template));
        let written = operation.template.split(['?', '#']).next().unwrap_or_default();
        let whole = format!("{}{}", server.prefix, written.trim_end_matches('/'));
        if whole.split('/').any(|segment| segment.matches('{').count() > 1) || !whole.starts_with('/') {
            todos.add(&place, "not drafted: its path has more than one variable in a segment".to_owned());
            return None;
        }
        let mut own = parameters(written);
        let is_of_all = matches!(role, Role::Create | Role::List);
        let user = if is_of_all { None } else { own.pop() };
        if user.is_none() && !is_of_all {
            todos.add(&place, "not drafted: its path names no user".to_owned());
            return None;
        }
        let is_of_path = |variable: &&Variable| server.prefix.contains(&format!("{{{}}}", variable.name));
        let of_server = server.variables.iter().filter(is_of_path).cloned();
        let is_taken = |name: &str| {
            server.variables.iter().any(|variable| variable.name == name)
                || signing.secrets.iter().any(|(secret, _)| secret == name)
        };
        let mut variables = Variables::default();
        // The user's variable comes after those of the path.
        let mut left = own.len();
        let path = spelled(written.trim_end_matches('/'), |name| {
            if left == 0 {
                return "id".to_owned();
            }
            left -= 1;
            variables.name(name, is_taken, || Description {
                label: format!("{name} of the vendor's paths"),
                ..Description::default()
            })
        });
        let path = format!("{}{path}", server.prefix);
        let variables = of_server.chain(variables.known).collect();
        let is_numeric = user.is_some_and(|user| is_number(document, operation, &user));
        required_parameters(document, operation, &place, todos);
        let success = success(document, operation);
        let status = success.as_ref().map_or(200, |success| success.status);
        let kind =
            success.and_then(|success| success.kind).filter(|kind| *kind != "application/json" && !kind.contains('*'));
        let (method, kind) = (operation.method.to_owned(), kind.map(str::to_owned));
        Some(Self { method, place, path, variables, is_numeric, status, kind })
    }
}

fn is_number(document: &Source, operation: &Operation<'_>, user: &str) -> bool {
    let is_it = |parameter: &Value| name(parameter) == user && Place::of(parameter) == Some(Place::Path);
    let parameters = operation.parameters(document);
    let found = parameters.iter().find(|(parameter, _)| is_it(parameter)).map(|(parameter, _)| *parameter);
    let kind = found.and_then(|parameter| parameter.get("schema").unwrap_or(parameter).get("type"));
    kind.and_then(Value::as_str) == Some("integer")
}

/// Adds TODOs for what a request must have and the draft does not send.
fn required_parameters(document: &Source, operation: &Operation<'_>, place: &str, todos: &mut Todos) {
    for (parameter, _) in operation.parameters(document) {
        let is_required = parameter.get("required") == Some(&Value::Bool(true));
        let at = match Place::of(parameter) {
            Some(Place::Query) => "query parameter",
            Some(Place::Header) => "header",
            _ => continue,
        };
        if is_required && !name(parameter).eq_ignore_ascii_case("authorization") {
            todos.add(place, format!("the vendor requires the {at} `{}`", name(parameter)));
        }
    }
}

/// The answer of success.
struct Success<'a> {
    status: u16,
    /// The media type of its body, if it has one.
    kind: Option<&'a str>,
    /// The schema of its body, and the place of the schema.
    schema: Option<&'a Value>,
    pointer: String,
}

fn success<'a>(document: &'a Source, operation: &Operation<'a>) -> Option<Success<'a>> {
    let wanted = [200, 201, 202, 203, 204, 206];
    let found = wanted.iter().filter_map(|status| StatusCode::from_u16(*status).ok()).find_map(|status| {
        let is_it = |key: &str| key == status.as_str() || status == StatusCode::OK && key.eq_ignore_ascii_case("2XX");
        let (_, response, pointer) = operation.responses(document).find(|(key, ..)| is_it(key))?;
        Some((status.as_u16(), response, pointer))
    });
    let (status, response, pointer) = found?;
    if document.version == Version::V2 {
        let (schema, pointer) = (response.get("schema"), format!("{pointer}/schema"));
        return Some(Success { status, kind: None, schema, pointer });
    }
    let content = response.get("content").and_then(Value::as_object);
    let kind = content.and_then(|content| {
        let suffixed = || content.keys().find(|kind| kind.contains("json")).map(String::as_str);
        media_type(content, "application/json").or_else(suffixed)
    });
    let schema = content.zip(kind).and_then(|(content, kind)| content.get(kind)?.get("schema"));
    let pointer = format!("{pointer}/content/{}/schema", part(kind.unwrap_or_default()));
    Some(Success { status, kind, schema, pointer })
}

/// The whole answer of success, if its body is described.
pub(super) fn answer<'a>(document: &'a Source, operation: &Operation<'a>) -> Result<Option<Shape<'a>>, DraftError> {
    let Some(Success { schema: Some(schema), pointer, .. }) = success(document, operation) else { return Ok(None) };
    Shape::of(document, schema, &pointer).map(Some)
}

impl<'a> Record<'a> {
    /// The user in an answer: the object in it that is most like one.
    pub(super) fn read(document: &'a Source, operation: &Operation<'a>) -> Result<Option<Self>, DraftError> {
        let Some(answer) = answer(document, operation)? else { return Ok(None) };
        let best = object(&answer, "", MAX_DEPTH)?;
        Ok(best.map(|(_, pointer, shape, fields)| Self { answer, pointer, inner: String::new(), shape, fields }))
    }

    /// The list of users in an answer: the one whose rows are most like users.
    pub(super) fn read_list(document: &'a Source, operation: &Operation<'a>) -> Result<Option<Self>, DraftError> {
        let Some(answer) = answer(document, operation)? else { return Ok(None) };
        let best = list(&answer, "", MAX_DEPTH)?;
        Ok(best.map(|(pointer, (_, inner, shape, fields))| Self { answer, pointer, inner, shape, fields }))
    }
}

/// How much an object is like a user, its place, and the fields that can be read from it.
type Candidate<'a> = (usize, String, Shape<'a>, Vec<Read<'a>>);

fn object<'a>(shape: &Shape<'a>, pointer: &str, depth: usize) -> Result<Option<Candidate<'a>>, DraftError> {
    if shape.kind() != Kind::Object {
        return Ok(None);
    }
    let members = shape.members()?;
    let fields = read(&members)?;
    let is_told = fields.iter().any(|field| matches!(field.target, Target::Id | Target::Email));
    let mut best = is_told.then(|| (2 * fields.len() + 1, pointer.to_owned(), shape.clone(), fields));
    if depth > 0 {
        for member in members {
            let inner = object(&member.shape, &format!("{pointer}/{}", part(&member.name)), depth - 1)?;
            // A deeper object must be clearly more like a user.
            let inner = inner.map(|(score, pointer, shape, fields)| (score.saturating_sub(1), pointer, shape, fields));
            if inner.as_ref().map(|inner| inner.0) > best.as_ref().map(|best| best.0) {
                best = inner;
            }
        }
    }
    Ok(best)
}

fn list<'a>(shape: &Shape<'a>, pointer: &str, depth: usize) -> Result<Option<(String, Candidate<'a>)>, DraftError> {
    if shape.kind() == Kind::List {
        let Some(item) = shape.items()? else { return Ok(None) };
        return Ok(object(&item, "", 1)?.map(|row| (pointer.to_owned(), row)));
    }
    let mut best: Option<(String, Candidate<'a>)> = None;
    if shape.kind() == Kind::Object && depth > 0 {
        for member in shape.members()? {
            let inner = list(&member.shape, &format!("{pointer}/{}", part(&member.name)), depth - 1)?;
            if inner.as_ref().map(|(_, row)| row.0) > best.as_ref().map(|(_, row)| row.0) {
                best = inner;
            }
        }
    }
    Ok(best)
}

/// The fields that can be read from an object. If an identifier shows that the object is a record, fields of the
/// objects in it count, too.
fn read<'a>(members: &[Member<'a>]) -> Result<Vec<Read<'a>>, DraftError> {
    let own = fields::readable(members)?;
    let mut fields: Vec<_> =
        own.into_iter().map(|(member, target)| Read { parent: None, member: member.clone(), target }).collect();
    if !fields.iter().any(|field| field.target == Target::Id) {
        return Ok(fields);
    }
    for member in members.iter().filter(|member| member.shape.kind() == Kind::Object) {
        if !["attributes", "profile", "name", "properties"].contains(&member.name.as_str()) {
            continue;
        }
        let inner = member.shape.members()?;
        for (found, target) in fields::readable(&inner)? {
            let is_known = fields.iter().any(|field| field.target.member() == target.member());
            if !is_known && target != Target::Id {
                fields.push(Read { parent: Some(member.name.clone()), member: found.clone(), target });
            }
        }
    }
    Ok(fields)
}

impl<'a> Body<'a> {
    /// What a request of the operation has, and which parts of it the draft does not know.
    pub(super) fn read(
        document: &'a Source,
        operation: &Operation<'a>,
        route: &Route,
        todos: &mut Todos,
    ) -> Result<Option<Self>, DraftError> {
        let Some((encoding, members)) = record(document, operation, route, todos)? else { return Ok(None) };
        let fields: Vec<_> =
            fields::writable(&members)?.into_iter().map(|(member, target)| (member.clone(), target)).collect();
        let is_left = |member: &&Member<'_>| {
            !member.is_read_only
                && !fields.iter().any(|(known, _)| known.name == member.name)
                && member.name != "schemas"
        };
        let left: Vec<_> = members.iter().filter(is_left).collect();
        let required = named(left.iter().filter(|member| member.is_required).map(|member| member.name.as_str()));
        if let Some(required) = required {
            todos.add(
                &route.place,
                format!("the vendor requires {required}, but the unified user has no field that fits by name and type"),
            );
        }
        if let Some(optional) =
            named(left.iter().filter(|member| !member.is_required).map(|member| member.name.as_str()))
        {
            todos.add(&route.place, format!("not written yet: {optional}"));
        }
        if route.method == "put" {
            todos.add(
                &route.place,
                "if this replaces the whole record, lay the change over it: `Call::replace`".to_owned(),
            );
        }
        Ok(Some(Self { encoding, fields }))
    }
}

/// Some names in backticks, and the number of the others.
pub(super) fn named<'n>(names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<_> = names.collect();
    let shown: Vec<_> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}", shown.join(", ")))
}

/// The members of the record that is sent, and the record's form.
fn record<'a>(
    document: &'a Source,
    operation: &Operation<'a>,
    route: &Route,
    todos: &mut Todos,
) -> Result<Option<(Encoding, Vec<Member<'a>>)>, DraftError> {
    let Some((declared, pointer)) = operation.request_body(document) else {
        let fields = form_fields(document, operation);
        return Ok((!fields.is_empty()).then_some((Encoding::Form, fields)));
    };
    let Some((kind, schema, pointer)) = body_schema(document, declared, &pointer) else { return Ok(None) };
    let body = Shape::of(document, schema, &pointer)?;
    if body.kind() == Kind::List {
        todos.add(&route.place, "not drafted: it takes a list of records".to_owned());
        return Ok(None);
    }
    let members = body.members()?;
    if kind.contains("form") {
        if kind.contains("multipart") {
            todos.add(
                &route.place,
                format!("the document has {kind}: a form is sent as application/x-www-form-urlencoded"),
            );
        }
        return Ok(Some((Encoding::Form, members)));
    }
    if let Some(found) = json_api(&members, kind)? {
        return Ok(Some(found));
    }
    let own = fields::writable(&members)?.len();
    for member in members.iter().filter(|member| member.shape.kind() == Kind::Object) {
        let inner = member.shape.members()?;
        if fields::writable(&inner)?.len() > own {
            return Ok(Some((Encoding::Envelope(member.name.clone()), inner)));
        }
    }
    Ok(Some((Encoding::Json, members)))
}

/// The fields of a form that a document of version 2 declares as parameters.
fn form_fields<'a>(document: &'a Source, operation: &Operation<'a>) -> Vec<Member<'a>> {
    let parameters = operation.parameters(document).into_iter();
    let fields = parameters.filter(|(parameter, _)| Place::of(parameter) == Some(Place::Form));
    fields.filter_map(|(field, pointer)| Member::of_form(document, field, pointer)).collect()
}

/// The media type of a declared body, its schema and the schema's place. JSON comes before forms, and both before
/// anything else.
fn body_schema<'a>(document: &Source, declared: &'a Value, pointer: &str) -> Option<(&'a str, &'a Value, String)> {
    if document.version == Version::V2 {
        return Some(("application/json", declared.get("schema")?, format!("{pointer}/schema")));
    }
    let content = declared.get("content").and_then(Value::as_object)?;
    let kinds = ["application/json", "application/vnd.api+json", "application/x-www-form-urlencoded"];
    let known = kinds.iter().find_map(|kind| media_type(content, kind));
    let kind = known.or_else(|| content.keys().next().map(String::as_str))?;
    Some((kind, content.get(kind)?.get("schema")?, format!("{pointer}/content/{}/schema", part(kind))))
}

/// The record of a JSON:API body: the members of `data.attributes`.
fn json_api<'a>(members: &[Member<'a>], kind: &str) -> Result<Option<(Encoding, Vec<Member<'a>>)>, DraftError> {
    let data = members.iter().find(|member| member.name == "data" && member.shape.kind() == Kind::Object);
    let Some(data) = data else { return Ok(None) };
    let resource = data.shape.members()?;
    let Some(attributes) = resource.iter().find(|member| member.name == "attributes") else { return Ok(None) };
    let kind_of = resource.iter().find(|member| member.name == "type");
    let word = kind_of.and_then(|kind| {
        let told = kind.shape.constants().into_iter().chain(kind.shape.schema.get("example"));
        told.filter_map(Value::as_str).next()
    });
    let encoding = Encoding::JsonApi { kind: word.unwrap_or("users").to_owned(), is_typed: kind.contains("vnd.api") };
    Ok(Some((encoding, attributes.shape.members()?)))
}
