//! A plan as cassettes: one call of each operation.

use std::collections::BTreeMap;

use http::StatusCode;
use mortise_model::User;
use serde_json::{Map, Value, json};

use super::example::example;
use super::fields::{Target, text_of};
use super::operation::{Encoding, Read, Record};
use super::paging::{End, Paging, Style};
use super::plan::{Drafted, Plan};
use super::resource::Role;
use super::shape::{Kind, Shape, put};
use super::{CATEGORY, DraftError, Names};
use crate::pointer::part;

/// The query and members of SCIM's calls. The first is required of a new user.
pub(super) const SCIM_FIELDS: [&str; 4] = ["username", "emails", "first_name", "last_name"];

const SCIM_USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// `cassettes/*.json`.
pub(super) fn write(plan: &Plan<'_>, names: &Names<'_>) -> Result<Vec<(String, String)>, DraftError> {
    let id = user_id(plan)?;
    let files = plan.operations.iter().map(|(role, drafted)| {
        let cassette = Cassette { plan, drafted, role: *role, id: &id }.document(names.schema)?;
        Ok((format!("cassettes/{}.json", role.verb()), format!("{cassette:#}\n")))
    });
    files.collect()
}

/// The user of all calls: the document's example of an identifier, or one by its type.
fn user_id(plan: &Plan<'_>) -> Result<String, DraftError> {
    let id = plan.fields.iter().find(|field| field.target == Target::Id);
    let id =
        id.map(|id| Target::Id.sample(&id.member.shape)).transpose()?.map_or_else(|| "7".to_owned(), |id| text_of(&id));
    let is_numeric = plan.operations.values().any(|drafted| drafted.route.is_numeric);
    Ok(if is_numeric && id.parse::<u64>().is_err() { "7".to_owned() } else { id })
}

/// One of them.
struct Cassette<'c, 'a> {
    plan: &'c Plan<'a>,
    drafted: &'c Drafted<'a>,
    role: Role,
    id: &'c str,
}

impl<'a> Cassette<'_, 'a> {
    fn document(&self, schema: &str) -> Result<Value, DraftError> {
        let Drafted { route, .. } = self.drafted;
        let (asked, sent) = self.written()?;
        let mut call = Map::new();
        call.insert("category".to_owned(), CATEGORY.to_string().into());
        let operation = match self.role {
            Role::List => "list-users".to_owned(),
            role => format!("{}-user", role.verb()),
        };
        call.insert("operation".to_owned(), operation.into());
        if !matches!(self.role, Role::Create | Role::List) {
            call.insert("id".to_owned(), self.id.into());
        }
        call.insert("variables".to_owned(), json!(self.variables()));
        if !asked.is_empty() {
            call.insert("body".to_owned(), asked.into());
        }
        let mut request = Map::new();
        request.insert("method".to_owned(), route.method.to_ascii_uppercase().into());
        request.insert("path".to_owned(), self.path().into());
        if let Some(query) = self.drafted.paging.as_ref().map(query).filter(|query| !query.is_empty()) {
            request.insert("query".to_owned(), json!(query));
        }
        if let Some(sent) = sent {
            if let Some(Encoding::JsonApi { is_typed: true, .. }) =
                self.drafted.body.as_ref().map(|body| &body.encoding)
            {
                request.insert("headers".to_owned(), json!({"content-type": "application/vnd.api+json"}));
            }
            request.insert("body".to_owned(), sent);
        }
        let (response, answer) = self.answered()?;
        let mut told = Map::from_iter([("status".to_owned(), json!(route.status))]);
        if let Some(body) = response.filter(|_| route.status != 204) {
            if let Some(kind) = &route.kind {
                told.insert("headers".to_owned(), json!({"content-type": kind}));
            }
            told.insert("body".to_owned(), body);
        }
        let status = if self.role == Role::Create { StatusCode::CREATED } else { StatusCode::OK };
        Ok(json!({
            "$schema": schema,
            "description": self.description(),
            "call": call,
            "exchanges": [{"request": request, "response": told}],
            "answer": {"status": status.as_u16(), "body": answer},
        }))
    }

    fn description(&self) -> &'static str {
        match self.role {
            Role::Create => "creates a user",
            Role::Update => "changes what can be changed of a user",
            Role::Get => "reads a user",
            Role::List => "lists all users of a small vendor on one page",
            Role::Delete => "deletes a user",
        }
    }

    /// The account's variables, with placeholders for credentials.
    fn variables(&self) -> BTreeMap<String, &'static str> {
        let of_host = self
            .plan
            .server
            .variables
            .iter()
            .filter(|variable| self.plan.server.origin.contains(&format!("{{{}}}", variable.name)));
        let of_host: Vec<_> = of_host.map(|variable| variable.name.as_str()).collect();
        let values = self.plan.variables().into_iter().map(|variable| {
            let value = if of_host.contains(&variable.name.as_str()) { "acme" } else { "1" };
            (variable.name.clone(), value)
        });
        values.chain(self.plan.signing.secrets.iter().map(|(name, _)| (name.clone(), "placeholder"))).collect()
    }

    fn path(&self) -> String {
        let path = self.drafted.route.path.replace("{id}", self.id);
        let values = self.variables();
        values.iter().fold(path, |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
    }

    /// The caller's body, and the body that the vendor gets.
    fn written(&self) -> Result<(Map<String, Value>, Option<Value>), DraftError> {
        if self.plan.is_scim && matches!(self.role, Role::Create | Role::Update) {
            return Ok(self.written_by_scim());
        }
        let Some(body) = &self.drafted.body else { return Ok((Map::new(), None)) };
        let (mut asked, mut record) = (Map::new(), Map::new());
        for (member, target) in &body.fields {
            let value = target.sample(&member.shape)?;
            target.ask(&value, &mut asked);
            let value = match (&body.encoding, value) {
                (Encoding::Form, Value::Bool(flag)) => flag.to_string().into(),
                (_, value) => value,
            };
            let name = match (&body.encoding, member.shape.kind()) {
                (Encoding::Form, Kind::List) => format!("{}[]", member.name),
                _ => member.name.clone(),
            };
            record.insert(name, value);
        }
        let record = Value::from(record);
        let id = match self.drafted.route.is_numeric {
            true => self.id.parse::<u64>().map_or_else(|_| self.id.into(), Value::from),
            false => self.id.into(),
        };
        let sent = match &body.encoding {
            Encoding::Json | Encoding::Form => record,
            Encoding::Envelope(name) => Value::Object(Map::from_iter([(name.clone(), record)])),
            Encoding::JsonApi { kind, .. } if self.role == Role::Create => {
                json!({"data": {"type": kind, "attributes": record}})
            }
            Encoding::JsonApi { kind, .. } => json!({"data": {"type": kind, "id": id, "attributes": record}}),
        };
        Ok((asked, Some(sent)))
    }

    fn written_by_scim(&self) -> (Map<String, Value>, Option<Value>) {
        let asked = json!({
            "username": "ada@example.com",
            "emails": [{"email": "ada@example.com"}],
            "first_name": "Ada",
            "last_name": "Example",
        });
        let emails = json!([{"value": "ada@example.com", "type": "work", "primary": true}]);
        let sent = if self.drafted.route.method == "patch" {
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [
                    {"op": "replace", "path": "userName", "value": "ada@example.com"},
                    {"op": "replace", "path": "name.givenName", "value": "Ada"},
                    {"op": "replace", "path": "name.familyName", "value": "Example"},
                    {"op": "replace", "path": "emails", "value": emails},
                ],
            })
        } else {
            json!({
                "schemas": [SCIM_USER],
                "userName": "ada@example.com",
                "name": {"givenName": "Ada", "familyName": "Example"},
                "emails": emails,
            })
        };
        let asked = if let Value::Object(asked) = asked { asked } else { Map::new() };
        (asked, Some(sent))
    }

    /// The vendor's answer, and the caller's answer.
    fn answered(&self) -> Result<(Option<Value>, Value), DraftError> {
        if self.role == Role::Delete {
            return Ok((None, json!({"id": self.id})));
        }
        let (mut response, mut user) = match &self.drafted.record {
            _ if self.plan.is_scim => self.answered_by_scim(),
            None => (None, Map::new()),
            Some(record) => self.record(record)?,
        };
        if self.role == Role::Update && !user.contains_key("id") {
            user.insert("id".to_owned(), self.id.into());
        }
        if self.drafted.route.status == 204 {
            (response, user) = (
                None,
                if self.role == Role::Update {
                    Map::from_iter([("id".to_owned(), self.id.into())])
                } else {
                    Map::new()
                },
            );
        }
        let user = self.told(user);
        if self.role != Role::List {
            return Ok((response, user));
        }
        if let (Some(response), Some(paging)) = (&mut response, &self.drafted.paging) {
            end(paging, response);
        }
        let page = json!({"result": [user], "next_cursor": null, "prev_cursor": null, "result_count": 1});
        Ok((response, page))
    }

    /// A user as callers see it.
    fn told(&self, mut user: Map<String, Value>) -> Value {
        if self.plan.is_named() && user.contains_key("first_name") {
            let part = |name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let name = [part("first_name"), part("last_name")].join(" ");
            user.insert("name".to_owned(), name.trim().into());
        }
        // The mapping's own fields have types that every canonical user can hold.
        let user = User::try_from(Value::from(user)).unwrap_or_default();
        let declared = self.plan.answer();
        let mut told = Map::from(CATEGORY.project(user));
        told.retain(|name, _| declared.contains(&name.as_str()));
        told.into()
    }

    /// An answer with one user, and that user as the draft reads it.
    fn record(&self, record: &Record<'a>) -> Result<(Option<Value>, Map<String, Value>), DraftError> {
        let (mut body, mut user) = (example(&record.shape)?, Map::new());
        for field in &record.fields {
            let is_read = |known: &&Read<'_>| known.parent == field.parent && known.member.name == field.member.name;
            let Some(known) = self.plan.fields.iter().find(is_read) else { continue };
            let value = match known.target {
                Target::Id => self.id_like(&field.member.shape),
                target => target.sample(&field.member.shape)?,
            };
            known.target.read_into(&value, &mut user);
            let inner = field.parent.as_ref().map(|parent| format!("/{}", part(parent)));
            let pointer = format!("{}/{}", inner.unwrap_or_default(), part(&field.member.name));
            put(&mut body, &pointer, value);
        }
        // The mapping sets these even if an answer has none of them.
        let maps = |target: Target| self.plan.fields.iter().any(|field| field.target == target);
        if maps(Target::Phone) || maps(Target::Mobile) {
            user.entry("phones").or_insert_with(|| json!([]));
        }
        if maps(Target::Inactive) {
            user.entry("status").or_insert_with(|| "active".into());
        }
        let row = if self.role == Role::List {
            let mut row = if record.inner.is_empty() { Value::Null } else { json!({}) };
            put(&mut row, &record.inner, body);
            json!([row])
        } else {
            body
        };
        let mut response = if record.pointer.is_empty() { Value::Null } else { example(&record.answer)? };
        put(&mut response, &record.pointer, row);
        Ok((Some(response), user))
    }

    fn id_like(&self, shape: &Shape<'_>) -> Value {
        match (shape.kind(), self.id.parse::<u64>()) {
            (Kind::Integer | Kind::Number, Ok(id)) => id.into(),
            (Kind::Integer | Kind::Number, Err(_)) => 7.into(),
            _ => self.id.into(),
        }
    }

    fn answered_by_scim(&self) -> (Option<Value>, Map<String, Value>) {
        let record = json!({
            "schemas": [SCIM_USER],
            "id": self.id,
            "userName": "ada@example.com",
            "name": {"givenName": "Ada", "familyName": "Example"},
            "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
            "active": true,
        });
        let user = json!({
            "id": self.id,
            "username": "ada@example.com",
            "name": "Ada Example",
            "first_name": "Ada",
            "last_name": "Example",
            "emails": [{"email": "ada@example.com", "type": "work", "is_primary": true}],
            "status": "active",
        });
        let user = if let Value::Object(user) = user { user } else { Map::new() };
        let response = match self.role {
            Role::List => json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
                "totalResults": 1,
                "startIndex": 1,
                "itemsPerPage": 1,
                "Resources": [record],
            }),
            _ => record,
        };
        (Some(response), user)
    }
}

/// The query of the first page.
fn query(paging: &Paging) -> Vec<(String, String)> {
    let first = match &paging.style {
        Style::Number { parameter, is_from_zero } => Some((parameter, !is_from_zero)),
        Style::Offset { parameter, is_from_one } => Some((parameter, *is_from_one)),
        Style::Cursor { .. } | Style::Link { .. } | Style::None => None,
    };
    let first = first.map(|(parameter, is_one)| (parameter.clone(), u8::from(is_one).to_string()));
    let size = paging.size.as_ref().map(|size| (size.clone(), paging.usual.to_string()));
    first.into_iter().chain(size).collect()
}

/// Changes an answer to say that no page follows.
fn end(paging: &Paging, response: &mut Value) {
    match (&paging.style, &paging.end) {
        (Style::Cursor { pointer, .. }, _) if response.pointer(pointer).is_some() => {
            put(response, pointer, Value::Null)
        }
        (Style::Number { .. } | Style::Offset { .. }, End::Total(pointer)) => put(response, pointer, 1.into()),
        (Style::Number { .. } | Style::Offset { .. }, End::More(pointer)) => put(response, pointer, false.into()),
        _ => {}
    }
}
