//! Paralus: the users of a console as directory users. Each customer runs its own console. The console finds users by
//! name, which is their e-mail address and never changes. Its answers have an identifier, for which the integration
//! searches the list.
//!
//! - Create, update, get, list, delete: <https://github.com/paralus/paralus/blob/main/gen/openapi/proto/rpc/user/user.swagger.json>
//! - What an update replaces, and errors: <https://github.com/paralus/paralus/blob/main/pkg/service/user.go>
//! - Keys: <https://github.com/paralus/paralus/blob/main/pkg/auth/v3/core.go>
//!
//! From memory are the HTTP statuses of errors: the server's code has those of gRPC.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Field, FieldExt, Group, Integration,
    Listing, Page, Password, Request, Response, Result, Role, Row, Status, Support, Text, User, UserExt, UsersPage,
    Value, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Paralus;

impl Integration for Paralus {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .query_note("groups", "behind the groups of the body")
                .note("groups", "all of the user, by name")
                .note("roles", "all of the user, by name, each with its project as workspace")
                .ignored([("username", "it is the address"), ("status", "Paralus disables nobody")])
        };
        Capabilities::new("paralus", "Paralus")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            // A placeholder; the operator's configuration names the console.
            .origin("https://console.paralus.example.com")
            .variable(Variable::new("organization", "Organization").help("Its name."))
            .variable(Variable::new("partner", "Partner").help("Its name."))
            .variable(Variable::secret("api_key_id", "API key ID of an administrator").shown())
            .secret("api_secret", "API secret of the key")
            .auth(Auth::header("x-api-keyid", "{api_key_id}").and("x-api-token", "{api_secret|md5|base64}"))
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "username", "emails"])
            .response(Category::UserDirectory, ["groups", "roles", "status", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 1_000).ends(End::Short).partial(["status"]))
                    .query(["email", "first_name", "last_name"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .writable(["first_name", "last_name"])
                    .note("emails", "the primary address, which never changes")
                    .note("name", "split into first and last name, if these are not given")
                    .note("password", "without it Paralus makes one, which the user has to change"),
            )
            .serves(
                writes(Support::update(Category::UserDirectory))
                    .required(["emails", "first_name", "last_name"])
                    .note("emails", "the address that the user has: by it Paralus finds the user")
                    .ignored([("name", "it is made of the first and the last name")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let (first_name, last_name) = user.names();
        let spec = Spec {
            first_name: first_name.into_value().unwrap_or_default(),
            last_name: last_name.into_value().unwrap_or_default(),
            groups: call.group_names(&user)?.into_value().unwrap_or_default(),
            project_namespace_roles: Assignment::wanted(&user)?.into_value().unwrap_or_default(),
            force_reset: !user.password.is_value(),
            password: user.password.into_value(),
            ..Spec::default()
        };
        write(call, call.post("/auth/v3/users"), email, spec)
    }

    /// Paralus replaces all that is in `spec`.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let email = user.primary_email().required("emails")?;
        let (groups, roles) = (call.group_names(&user)?.or_empty(), Assignment::wanted(&user)?.or_empty());
        let (first_name, last_name) = (user.first_name.required("first_name")?, user.last_name.required("last_name")?);
        let account = found(read(call, &email).send_any()?)?.json::<Account>()?;
        if !account.is(id) {
            return Err(Error::invalid_input("must be the address of this user, which never changes").at("emails"));
        }
        let mut spec = Spec { first_name, last_name, ..account.spec };
        if let Some(groups) = groups.into_value() {
            // Paralus adds those of the identity provider by itself.
            spec.groups = groups.into_iter().filter(|group| !spec.idp_groups.contains(group)).collect();
        }
        if let Some(mut roles) = roles.into_value() {
            // Unified roles have no namespace: those that are held stay in theirs.
            spec.project_namespace_roles.retain(|held| roles.iter().any(|role| role.is_like(held)));
            roles.retain(|role| !spec.project_namespace_roles.iter().any(|held| held.is_like(role)));
            spec.project_namespace_roles.extend(roles);
        }
        write(call, call.put(path!("/auth/v3/user/{email}")), email, spec)
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        found(read(call, &name(call, id)?).primary().send_any()?)?.user::<Account>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // `q` finds a part of the address or of a name. Without an order it is another one each time.
        let (offset, search) = (page.offset()?, page.filters().first().map(|filter| &filter.value));
        let request = list(call).query("orderBy", "email").query("order", "asc").query_some("q", search);
        let answer = request.query("limit", page.size()).query("offset", offset).primary().send()?;
        let row = |(index, account): (usize, Account)| Row { user: account.into(), source: format!("/items/{index}") };
        let rows: Vec<_> = answer.json::<Accounts>()?.items.into_iter().enumerate().map(row).collect();
        let count = rows.len() as u64;
        let next = (count >= page.size().into()).then(|| (offset + count).to_string());
        Ok(UsersPage { rows, next, partial: false })
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let name = name(call, id)?;
        found(call.delete(path!("/auth/v3/user/{name}")).primary().send_any()?)?.empty()
    }
}

/// Paralus refuses an unknown role or group only after it has written the user, and does not take that back.
const PARTIAL: &str = "Paralus may have written a part of this; look at the user before trying again";

/// Sends the user. The answer repeats the request without the identifier, so the plugin then reads the user.
fn write(call: &Call, request: Request<'_>, name: String, spec: Spec) -> Result<Option<User>> {
    let (organization, partner) = (call.variable("organization"), call.variable("partner"));
    let metadata = Metadata { name: Some(name.clone()), organization, partner, id: None };
    let account = Account { api_version: "system.k8smgmt.io/v3".into(), metadata, spec, status: Value::Null };
    let answer = request.json(&account).primary().send_any()?;
    let is_partial = answer.status() == 500;
    let done = |error: Error| if is_partial { error.after(PARTIAL) } else { error };
    let told = answer.success().map_err(done)?.user::<Account>();
    call.told_or_read(told, |user| user.id.is_value(), || read(call, &name).send()?.user::<Account>())
}

fn read<'a>(call: &'a Call, name: &str) -> Request<'a> {
    call.get(path!("/auth/v3/user/{name}"))
}

/// All users, if the request has no limit.
fn list(call: &Call) -> Request<'_> {
    let request = call.get("/auth/v3/users").query_some("partner", call.variable("partner"));
    request.query_some("organization", call.variable("organization"))
}

/// The name of a user. An identifier with an `@` is a name.
fn name(call: &Call, id: &str) -> Result<String> {
    if id.contains('@') {
        return Ok(id.to_owned());
    }
    let found = list(call).send()?.json::<Accounts>()?.items.into_iter().find(|account| account.is(id));
    found.and_then(|account| account.metadata.name).ok_or_else(|| Error::not_found("Paralus has no such user"))
}

/// Paralus says under a 500 that it has no such user: to a read `no rows in result set`, to a deletion `no user founnd with username` (sic).
fn found(answer: Response<'_>) -> Result<Response<'_>> {
    if answer.status() != 500 {
        return answer.success();
    }
    let body = answer.bytes()?;
    let body = String::from_utf8_lossy(&body);
    let is_unknown = body.contains("no rows in result set") || body.contains("no user foun");
    Err(if is_unknown { Error::not_found("Paralus has no such user") } else { Error::vendor("") })
}

/// A page of users.
#[derive(Deserialize)]
struct Accounts {
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(default)]
    items: Vec<Account>,
}

/// The user in requests and answers. Answers leave out empty fields.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind", rename = "User")]
struct Account {
    #[serde(default)]
    api_version: String,
    metadata: Metadata,
    spec: Spec,
    #[serde(default, skip_serializing)]
    status: Value,
}

#[derive(Deserialize, Serialize)]
struct Metadata {
    name: Option<String>,
    organization: Option<String>,
    partner: Option<String>,
    #[serde(skip_serializing)]
    id: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    first_name: String,
    last_name: String,
    #[serde(skip_deserializing)]
    password: Option<Password>,
    groups: Vec<String>,
    project_namespace_roles: Vec<Assignment>,
    force_reset: bool,
    #[serde(skip_serializing)]
    idp_groups: Vec<String>,
    #[serde(skip_serializing)]
    last_login: Text,
}

/// A role. Paralus passes one with a group over in requests: the user has it by the group.
#[derive(Deserialize, Serialize)]
struct Assignment {
    project: Option<String>,
    namespace: Option<String>,
    role: Option<String>,
    group: Option<String>,
}

impl Account {
    fn is(&self, id: &str) -> bool {
        [&self.metadata.id, &self.metadata.name].into_iter().any(|known| known.as_deref() == Some(id))
    }
}

impl Assignment {
    fn wanted(user: &User) -> Result<Field<Vec<Self>>> {
        let roles = user.roles.value().into_iter().flatten().cloned();
        let assignment = |(word, Role { workspace, group, .. }): (String, Role)| Self {
            project: workspace.into_value(),
            namespace: None,
            role: Some(word),
            group: group.into_value(),
        };
        Ok(user.role_words()?.map(|words| words.into_iter().zip(roles).map(assignment).collect()))
    }

    fn is_like(&self, other: &Self) -> bool {
        (&self.role, &self.project, &self.group) == (&other.role, &other.project, &other.group)
    }
}

impl From<Account> for User {
    fn from(Account { metadata, spec, status, .. }: Account) -> Self {
        let status = status.pointer("/conditionStatus").and_then(Value::as_str).map(|word| match word {
            "StatusOK" => Status::Active,
            "StatusFailed" => Status::Inactive,
            _ => Status::Other(word.to_owned()),
        });
        let group = |name: String| Group { id: name.clone().into(), name: name.into(), ..Group::default() };
        let role = |role: Assignment| Role {
            workspace: role.project.into(),
            group: role.group.into(),
            ..role.role.map(Role::known_by_name).unwrap_or_default()
        };
        User {
            id: metadata.id.into(),
            emails: Email::only(metadata.name.clone().filter(|name| name.contains('@'))),
            username: metadata.name.into(),
            groups: spec.groups.into_iter().chain(spec.idp_groups).map(group).collect::<Vec<_>>().into(),
            roles: spec.project_namespace_roles.into_iter().map(role).collect::<Vec<_>>().into(),
            status: status.into(),
            last_login_at: spec.last_login.into(),
            ..User::named(Text::from(spec.first_name), Text::from(spec.last_name))
        }
    }
}

mortise_sdk::export!(Paralus);

#[cfg(test)]
mod tests;
