//! The plan of a draft: everything that the document says, ready to be written as code and as cassettes.

use std::collections::BTreeMap;

use super::operation::{Body, Read, Record, Route};
use super::paging::{End, Paging, Style};
use super::resource::{self, Resource, Role};
use super::server::{Server, Variable};
use super::sign::Signing;
use super::source::Source;
use super::todo::{Todos, one_line};
use super::words::{pascal, singular, words};
use super::{CATEGORY, DraftError, Names};

/// Names that the SDK, the language and the draft use already, so that a struct of the vendor's cannot have them.
const TAKEN: [&str; 40] = [
    "Auth",
    "Authorization",
    "Call",
    "Capabilities",
    "Category",
    "DateTime",
    "Default",
    "Effect",
    "Email",
    "End",
    "Error",
    "Exchange",
    "Field",
    "FieldExt",
    "Flag",
    "Group",
    "Id",
    "Integration",
    "ListExt",
    "Listing",
    "Millis",
    "Option",
    "Page",
    "Password",
    "Path",
    "Phone",
    "Resource",
    "Response",
    "Result",
    "Role",
    "Roles",
    "Status",
    "String",
    "Support",
    "Text",
    "Url",
    "User",
    "UserExt",
    "UsersPage",
    "Variable",
];

/// How many further resources are tried if little can be drafted of the one that is most like users.
const MOST_TRIED: usize = 3;

/// Words in the titles of documents that are not part of a vendor's name.
const NO_NAME: [&str; 22] = [
    "api",
    "apis",
    "client",
    "definition",
    "docs",
    "documentation",
    "management",
    "openapi",
    "private",
    "public",
    "reference",
    "rest",
    "schema",
    "sdk",
    "service",
    "spec",
    "specification",
    "support",
    "swagger",
    "the",
    "user",
    "users",
];

/// A draft before it is written.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) label: String,
    /// The document's title.
    pub(super) title: String,
    pub(super) server: Server,
    pub(super) signing: Signing,
    pub(super) operations: BTreeMap<Role, Drafted<'a>>,
    /// The fields that are read from the vendor's user, over all answers.
    pub(super) fields: Vec<Read<'a>>,
    /// The vendor's word for a user, as a type.
    pub(super) noun: String,
    pub(super) is_scim: bool,
    pub(super) todos: Todos,
    /// The path of its resource.
    path: String,
    /// Other resources that could be the users.
    pub(super) others: Vec<String>,
}

/// An operation that is drafted.
#[derive(Debug)]
pub(super) struct Drafted<'a> {
    pub(super) route: Route,
    pub(super) body: Option<Body<'a>>,
    pub(super) record: Option<Record<'a>>,
    pub(super) paging: Option<Paging>,
}

impl<'a> Plan<'a> {
    /// Plans a draft of the resource that the author names, or else of the one that is most like users. If only
    /// deletions can be drafted of that one, the next may be better.
    pub(super) fn read(document: &'a Source, asked: Option<&str>, names: &Names<'_>) -> Result<Self, DraftError> {
        let (first, others) = resource::find(document, asked)?;
        let is_poor = |plan: &Result<Self, DraftError>| match plan {
            Ok(plan) => plan.operations.keys().all(|role| *role == Role::Delete),
            Err(error) => matches!(error, DraftError::Nothing { .. }),
        };
        let mut plan = Self::of(document, &first, names);
        let mut tried = others.iter().take(MOST_TRIED);
        while is_poor(&plan)
            && let Some(other) = tried.next()
        {
            let other = Self::of(document, other, names);
            plan = if is_poor(&other) || other.is_err() { plan } else { other };
        }
        let mut plan = plan?;
        let others = others.iter().chain([&first]).filter(|other| other.path != plan.path);
        plan.others = others.map(ToString::to_string).collect();
        Ok(plan)
    }

    fn of(document: &'a Source, resource: &Resource<'a>, names: &Names<'_>) -> Result<Self, DraftError> {
        let mut todos = Todos::default();
        todos.add(
            "category",
            format!(
                "the draft serves {CATEGORY}, the widest category: name those in which callers look for this vendor"
            ),
        );
        let missing = Role::ALL.iter().filter(|role| !resource.operations.contains_key(role)).map(|role| role.verb());
        let missing: Vec<_> = missing.collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            todos.add(
                "operations",
                format!("nothing at {} is there to {missing} users: look for it elsewhere", resource.path),
            );
        }
        let server = Server::read(document, &mut todos);
        let signing = Signing::read(document, resource, &server, &mut todos);
        let is_scim = resource.noun == "Users" && resource.path.to_ascii_lowercase().contains("scim");
        let mut operations = BTreeMap::new();
        for (role, operation) in &resource.operations {
            let route = Route::read(document, operation, *role, &server, &signing, &mut todos);
            let Some(route) = route else { continue };
            let mut drafted = Drafted { route, body: None, record: None, paging: None };
            let is_whole = match is_scim {
                true => drafted.scim(*role, &mut todos),
                false => drafted.read(document, operation, *role, &mut todos)?,
            };
            if is_whole {
                operations.insert(*role, drafted);
            }
        }
        if operations.is_empty() {
            return Err(DraftError::Nothing { resource: resource.to_string(), reasons: reasons(&todos) });
        }
        let mut plan = Self {
            label: label(document).unwrap_or_else(|| names.label.to_owned()),
            title: one_line(document.root.pointer("/info/title").and_then(|title| title.as_str()).unwrap_or_default()),
            server,
            signing,
            fields: union(&operations),
            noun: noun(resource, names),
            operations,
            is_scim,
            todos,
            path: resource.path.clone(),
            others: Vec::new(),
        };
        plan.unread()?;
        Ok(plan)
    }

    /// Adds TODOs for members of the answers that the draft does not read.
    fn unread(&mut self) -> Result<(), DraftError> {
        let told =
            [Role::Get, Role::List, Role::Create, Role::Update].iter().find_map(|role| self.operations.get(role));
        let Some((route, record)) = told.and_then(|told| Some((&told.route, told.record.as_ref()?))) else {
            return Ok(());
        };
        let mut names = Vec::new();
        for member in record.shape.members()? {
            let is_read = |field: &Read<'_>| field.parent.as_ref().unwrap_or(&field.member.name) == &member.name;
            if !member.is_write_only && !self.fields.iter().any(is_read) {
                names.push(member.name);
            }
        }
        if let Some(names) = super::operation::named(names.iter().map(String::as_str)) {
            let place = route.place.clone();
            self.todos.add(&place, format!("not read yet: {names}"));
        }
        Ok(())
    }

    /// The fields that callers get, in the category's order.
    pub(super) fn answer(&self) -> Vec<&'static str> {
        let told = self.told();
        let is_told = |field: &&&str| told.contains(*field) || self.is_named() && **field == "name";
        CATEGORY.response_fields().iter().filter(is_told).copied().collect()
    }

    fn told(&self) -> Vec<&'static str> {
        if self.is_scim {
            return vec!["id", "username", "name", "first_name", "last_name", "emails", "status"];
        }
        let mut told: Vec<_> = self.fields.iter().map(|field| field.target.member()).collect();
        // If the answer of an update says nothing, the draft uses the identifier that the caller gave.
        told.push("id");
        told
    }

    /// Whether the vendor has the parts of a name but no whole name.
    pub(super) fn is_named(&self) -> bool {
        let has = |member: &str| self.fields.iter().any(|field| field.target.member() == member);
        has("first_name") && has("last_name") && !has("name")
    }

    /// The variables of the address and of the paths, each once.
    pub(super) fn variables(&self) -> Vec<&Variable> {
        let of_paths = self.operations.values().flat_map(|drafted| &drafted.route.variables);
        let mut variables: Vec<&Variable> = Vec::new();
        for variable in self.server.variables.iter().chain(of_paths) {
            if !variables.iter().any(|known| known.name == variable.name) {
                variables.push(variable);
            }
        }
        variables
    }
}

impl<'a> Drafted<'a> {
    /// Reads what the operation sends and answers. Returns false if nothing can be made of it.
    fn read(
        &mut self,
        document: &'a Source,
        operation: &crate::spec::Operation<'a>,
        role: Role,
        todos: &mut Todos,
    ) -> Result<bool, DraftError> {
        let place = self.route.place.clone();
        match role {
            Role::Create | Role::Update => {
                self.body = Body::read(document, operation, &self.route, todos)?;
                if self.body.as_ref().is_none_or(|body| body.fields.is_empty()) {
                    todos.add(&place, "not drafted: nothing of its body is a field of the unified user".to_owned());
                    return Ok(false);
                }
                self.record = Record::read(document, operation)?;
                if self.record.is_none() {
                    todos.add(
                        &place,
                        "the answer has no user: read it back, by `Call::read_back_user` if the identifier is known"
                            .to_owned(),
                    );
                }
            }
            Role::Get => {
                self.record = Record::read(document, operation)?;
                if self.record.is_none() {
                    todos.add(&place, "not drafted: no user is found in its answer".to_owned());
                    return Ok(false);
                }
            }
            Role::List => {
                self.record = Record::read_list(document, operation)?;
                let has_id = |record: &Record<'_>| record.fields.iter().any(|field| field.target.member() == "id");
                let Some(record) = self.record.as_ref().filter(|record| has_id(record)) else {
                    todos.add(
                        &place,
                        "not drafted: no list of users with identifiers is found in its answer".to_owned(),
                    );
                    return Ok(false);
                };
                self.paging = Some(Paging::read(document, operation, record, &place, todos)?);
            }
            Role::Delete => {
                todos.add(&place, "say what becomes of the user: `Effect::Deletes` is a guess".to_owned());
            }
        }
        Ok(true)
    }

    /// An operation of SCIM 2.0, whose words the SDK knows.
    fn scim(&mut self, role: Role, todos: &mut Todos) -> bool {
        let place = self.route.place.clone();
        match role {
            Role::Delete => {
                todos.add(&place, "say what becomes of the user: `Effect::Deletes` is a guess".to_owned());
            }
            Role::List => {
                todos.add(&place, "50 and 100 rows of a page are a guess".to_owned());
                self.paging = Some(Paging {
                    style: Style::Offset { parameter: "startIndex".to_owned(), is_from_one: true },
                    end: End::Total("/totalResults".to_owned()),
                    size: Some("count".to_owned()),
                    least: 1,
                    usual: 50,
                    most: 100,
                    email: None,
                });
            }
            Role::Create | Role::Update => {
                todos.add(&place, "declare the attributes that this vendor takes, with those of its own".to_owned());
            }
            Role::Get => {}
        }
        true
    }
}

/// The fields that can be read over all answers. A member whose type differs between them is left out.
fn union<'a>(operations: &BTreeMap<Role, Drafted<'a>>) -> Vec<Read<'a>> {
    let mut fields: Vec<Read<'a>> = Vec::new();
    let mut unclear = Vec::new();
    let order = [Role::Get, Role::Create, Role::Update, Role::List];
    for record in order.iter().filter_map(|role| operations.get(role)?.record.as_ref()) {
        for field in &record.fields {
            let same = |known: &&Read<'_>| known.parent == field.parent && known.member.name == field.member.name;
            match fields.iter().find(same) {
                Some(known) if super::code::type_of(known) != super::code::type_of(field) => {
                    unclear.push(known.clone())
                }
                Some(_) => {}
                None if fields
                    .iter()
                    .any(|known| known.target == field.target && known.target != super::fields::Target::Inactive) => {}
                None => fields.push(field.clone()),
            }
        }
    }
    fields.retain(|field| {
        !unclear.iter().any(|other| other.parent == field.parent && other.member.name == field.member.name)
    });
    fields
}

/// The vendor's name: the document's title without the words that only say that it is a document.
fn label(document: &Source) -> Option<String> {
    let title = document.root.pointer("/info/title")?.as_str()?;
    let is_name = |word: &&str| {
        let word = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric()).to_ascii_lowercase();
        let is_version = word.strip_prefix('v').unwrap_or(&word).starts_with(|first: char| first.is_ascii_digit());
        !NO_NAME.contains(&word.as_str()) && !is_version && !word.is_empty()
    };
    let name: Vec<_> = title.split_whitespace().take_while(is_name).take(6).collect();
    let name = one_line(&name.join(" "));
    let name = name.trim_end_matches([':', ',', '-', '(']).trim();
    (!name.is_empty() && name.len() <= 60).then(|| name.to_owned())
}

/// The vendor's word for one user, as a type.
fn noun(resource: &Resource<'_>, names: &Names<'_>) -> String {
    let words: Vec<_> = words(&resource.noun).iter().map(|word| singular(word)).collect();
    match pascal(&words.join(" ")) {
        noun if TAKEN.contains(&noun.as_str()) || noun == names.type_name || noun == "Record" => "Account".to_owned(),
        noun => noun,
    }
}

fn reasons(todos: &Todos) -> String {
    let reasons = todos.0.iter().filter(|todo| todo.what.starts_with("not drafted"));
    resource::listed(reasons.map(|todo| format!("{}: {}", todo.place, todo.what)))
}
