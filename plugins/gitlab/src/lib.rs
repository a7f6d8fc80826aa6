//! GitLab: accounts and members as user-directory users. Administrators of the instance create accounts. A member is an account with a role
//! in a group or a project, which owners and maintainers give. A call that names a group or a project is about its members, and every other
//! call is about accounts. A unified workspace is a project.
//!
//! - Accounts: <https://docs.gitlab.com/api/users/>, block and unblock: <https://docs.gitlab.com/api/user_moderation/>
//! - Members: <https://docs.gitlab.com/api/members/>
//! - OAuth: <https://docs.gitlab.com/api/oauth2/>
//! - The API as OpenAPI: <https://gitlab.com/gitlab-org/gitlab/-/blob/master/doc/api/openapi/openapi_v2.yaml>
//!
//! From memory are the names of the access levels, the scope `api`, 100 as the most rows of a page and 50,000 as the end of a list, that
//! `search` takes an address only if it is whole, that both bounds of a creation are included, the 204 of a deletion, the answers of
//! `block` and its siblings, and the bodies of errors.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Exchange, Field, FieldExt,
    Flag, Group, Id, Integration, License, ListExt, Listing, Operator, Page, Password, Path, Result, Role, Sort,
    Status, Support, Text, User, UsersPage, Variable, Workspace, Writes, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct GitLab;

impl Integration for GitLab {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .query(["group_id", "workspace_id", "groups"])
                .writable(["username", "name", "password"])
                .note("emails", "the primary address")
                .note("roles", "one access level, by name or number, in each group and workspace that the call names")
                .note("groups", "where the user is, or becomes, a member; a membership ends by a deletion")
                .note("workspaces", "projects, like groups")
                .ignored([
                    ("avatar", "GitLab takes a file, and no address of one"),
                    ("licenses", "a seat comes and goes with a membership"),
                ])
        };
        Capabilities::new("gitlab", "GitLab")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://gitlab.com/api/v4")
            .origin("https://gitlab.com/oauth")
            .variable(Variable::secret("private_token", "Personal, group or project access token").optional())
            .variable(Variable::new("redirect_uri", "Redirect URI of the OAuth application").optional())
            .auth(Auth::header("private-token", "{private_token}"))
            .oauth(
                Exchange::refresh("https://gitlab.com/oauth/token")
                    .field("redirect_uri", "{redirect_uri}")
                    .lives(7_200)
                    .authorization(Authorization::new("https://gitlab.com/oauth/authorize").scopes(["api"])),
            )
            .response(Category::UserDirectory, ["id", "name", "username", "emails", "avatar", "status", "roles"])
            .response(Category::UserDirectory, ["groups", "workspaces", "licenses", "created_at"])
            .serves(Support::get(Category::UserDirectory).query(["group_id", "workspace_id"]))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(20, 100).depth(50_000))
                    .query(["group_id", "workspace_id", "email", "name", "username"])
                    .query(["created_at[gt]", "created_at[gte]", "created_at[lt]", "created_at[lte]"])
                    .query_values("status", ["active", "inactive"])
                    .orders(["sort_by[name]", "sort_by[username]", "sort_by[created_at]"]),
            )
            // A deleted account would be another effect, and an integration declares one.
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks).query(["group_id", "workspace_id"]))
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["username"])
                    .ignored([("status", "a new account is active")]),
            )
            .serves(writes(Support::update(Category::UserDirectory)).values("status", ["active", "inactive"]))
    }

    /// A new account or, if the call names groups or projects, an account that becomes a member of them.
    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (places, access_level) = membership(call, &user)?;
        let Some(first) = places.first() else {
            user.name.as_ref().required("name")?;
            user.emails.as_ref().required("emails")?;
            let reset_password = user.password.is_absent().then_some(true);
            let account = Account { reset_password, ..Account::write(user)? };
            return call.post("/users").json(&account).primary().send()?.user::<Person>();
        };
        let (name, emails, password) = (user.name.is_value(), user.emails.is_value(), user.password.is_value());
        ignore(call, [("name", name), ("emails", emails), ("password", password)]);
        let access_level = access_level.required("roles")?.into();
        let member = Member { access_level, username: user.username.required("username")?.into() };
        let mut writes = Writes::new();
        for place in &places {
            writes = writes.then(call.post(place.members()).json(&member), place.done());
        }
        Ok(writes.send()?.user::<Person>()?.map(|user| tell(Some(first), user)))
    }

    /// The role, the account and its status, in this order, as far as the call has them.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let (places, access_level) = membership(call, &user)?;
        let named = [("groups", user.groups.is_value()), ("workspaces", user.workspaces.is_value())];
        let is_active = user.is_active().not_null("status")?.into_value();
        let account = Account::write(user)?;
        let switch = is_active.map(|is_active| switch(call, id, is_active)).transpose()?.flatten();
        let (first, is_changed) = (places.first(), account != Account::default());
        let (mut writes, member) = (Writes::new(), Member { access_level, username: Field::Absent });
        if access_level.is_value() || !is_changed && is_active.is_none() {
            for place in &places {
                writes = writes.then(call.put(place.members().push(id)).json(&member), place.done());
            }
        } else {
            ignore(call, named);
        }
        // An update of nothing carries `remote_data`.
        if is_changed || writes.is_empty() && switch.is_none() {
            writes = writes.then(call.put(path!("/users/{id}")).json(&account), "the account is changed");
        }
        if let Some(switch) = switch {
            writes = writes.then(call.post(path!("/users/{id}/{switch}")), format!("{switch} is done"));
        }
        let is_single = writes.len() == 1;
        let told = writes.send()?.user::<Person>();
        let is_whole = |user: &User| is_single && first.is_none_or(|_| user.roles.is_value());
        let user = call.told_or_read(told, is_whole, || call.get(address(first, id)).send()?.user::<Person>())?;
        Ok(user.map(|user| tell(first, user)))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let (id, place) = (numeric_id(id)?, Place::one(call)?);
        let user = call.get(address(place.as_ref(), id)).primary().send()?.user::<Person>()?;
        Ok(user.map(|user| tell(place.as_ref(), user)))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let place = Place::one(call)?;
        let (text, username) = (page.filter("email").or(page.filter("name")), page.filter("username"));
        let request = match (&place, page.sort()) {
            (Some(place), None) => call.get(place.members()).query_some("query", text.or(username)),
            (Some(_), Some(sort)) => {
                let field = format!("sort_by[{}]", sort.field);
                return Err(Error::invalid_input("GitLab sorts accounts, and no members").at(field));
            }
            (None, sort) => call
                .get("/users")
                .query_some("search", text)
                .query_some("username", username)
                .query_some("active", page.filter("status").filter(|status| *status == "active").map(|_| true))
                .query_some("created_after", page.since("created_at"))
                .query_some(
                    "created_before",
                    page.bound("created_at", Operator::Lte).or(page.bound("created_at", Operator::Lt)),
                )
                .query_some("order_by", sort.map(|sort| &sort.field))
                .query_some("sort", sort.map(Sort::direction)),
        };
        let answer = request.query("page", page.number()?).query("per_page", page.size()).primary().send()?;
        let users = answer.users::<Person>()?.next(|answer| answer.link("page"))?;
        Ok(users.map(|user| tell(place.as_ref(), user)))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let (id, place) = (numeric_id(id)?, Place::one(call)?);
        let unnamed = || Error::invalid_input("or workspace_id is needed: a deletion ends a membership").at("group_id");
        let place = place.ok_or_else(unnamed)?;
        call.delete(address(Some(&place), id)).primary().send()?.empty()
    }
}

/// Says which of these fields the call has and does not write.
fn ignore<const N: usize>(call: &Call, fields: [(&str, bool); N]) {
    fields.into_iter().filter(|(_, is_given)| *is_given).for_each(|(field, _)| call.ignore(field));
}

/// The groups and projects that the call names, and the role in them.
fn membership(call: &Call, user: &User) -> Result<(Vec<Place>, Field<u8>)> {
    let (places, access_level) = (Place::of(call, user)?, access_level(user)?);
    if access_level.is_value() && places.is_empty() {
        return Err(Error::invalid_input("needs a group or a workspace: accounts have none").at("roles"));
    }
    Ok((places, access_level))
}

/// A group or a project in which accounts are members.
#[derive(Clone, PartialEq)]
enum Place {
    Group(String),
    Project(String),
}

/// The most places of a call. A call may send 16 requests (docs/contract.md, Imports), and four are about the account.
const MAX_PLACES: usize = 12;

impl Place {
    /// The groups and projects that a call names in its query and body, each once.
    fn of(call: &Call, user: &User) -> Result<Vec<Self>> {
        let groups = call.group_ids(user)?.not_null("groups")?.into_value().unwrap_or_default();
        let mut named: Vec<_> = groups.into_iter().map(Self::Group).collect();
        named.extend(call.parameter::<Id>("group_id")?.map(|id| Self::Group(id.into())));
        let workspaces = user.workspaces.clone().not_null("workspaces")?.into_value();
        for (index, workspace) in workspaces.into_iter().flatten().enumerate() {
            named.push(Self::Project(workspace.id.required(&format!("workspaces[{index}].id"))?));
        }
        named.extend(call.parameter::<Id>("workspace_id")?.map(|id| Self::Project(id.into())));
        let mut places = Vec::new();
        for place in named {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        if places.len() > MAX_PLACES {
            let most = format!("and workspaces must be at most {MAX_PLACES} in a call");
            return Err(Error::invalid_input(most).at("groups"));
        }
        Ok(places)
    }

    /// The group or project that a call without a body names.
    fn one(call: &Call) -> Result<Option<Self>> {
        match Self::of(call, &User::default())?.as_slice() {
            [] => Ok(None),
            [place] => Ok(Some(place.clone())),
            _ => Err(Error::invalid_input("must not stand beside group_id").at("workspace_id")),
        }
    }

    fn members(&self) -> Path {
        match self {
            Self::Group(id) => path!("/groups/{id}/members"),
            Self::Project(id) => path!("/projects/{id}/members"),
        }
    }

    /// What is done when a membership is written.
    fn done(&self) -> String {
        match self {
            Self::Group(id) => format!("the role in group {id} is set"),
            Self::Project(id) => format!("the role in workspace {id} is set"),
        }
    }
}

/// A member with the group or project of the call, which GitLab's answers do not name; an account as it is.
fn tell(place: Option<&Place>, user: User) -> User {
    let (group, workspace): (Field<String>, Field<String>) = match place {
        None => return user,
        Some(Place::Group(id)) => (id.clone().into(), Field::Absent),
        Some(Place::Project(id)) => (Field::Absent, id.clone().into()),
    };
    let in_place = |role: Role| Role { group: group.clone(), workspace: workspace.clone(), ..role };
    User {
        roles: user.roles.map(|roles| roles.into_iter().map(in_place).collect()),
        groups: group.clone().map(|id| vec![Group::with_id(id)]),
        workspaces: workspace.clone().map(|id| vec![Workspace { id: id.into(), ..Workspace::default() }]),
        ..user
    }
}

/// The address of a member or of an account.
fn address(place: Option<&Place>, id: u64) -> Path {
    place.map_or_else(|| path!("/users/{id}"), |place| place.members().push(id))
}

/// The request that makes an account active, or removes its access. `None` if the account is in that state already:
/// GitLab refuses a request that changes nothing.
fn switch(call: &Call, id: u64, is_active: bool) -> Result<Option<&'static str>> {
    let state = call.get(path!("/users/{id}")).send()?.json::<Person>()?.state;
    Ok(match (is_active, state.as_deref()) {
        (true, Some("active")) | (false, Some("blocked" | "banned")) => None,
        (true, Some("deactivated")) => Some("activate"),
        (true, _) => Some("unblock"),
        (false, _) => Some("block"),
    })
}

/// The access levels that GitLab has names for.
const LEVELS: [(u8, &str); 7] = [
    (5, "minimal access"),
    (10, "guest"),
    (15, "planner"),
    (20, "reporter"),
    (30, "developer"),
    (40, "maintainer"),
    (50, "owner"),
];

/// The number of the one access level that the roles name.
fn access_level(user: &User) -> Result<Field<u8>> {
    let level = |role: Role| {
        let named = |word: &str| LEVELS.iter().find(|(_, name)| *name == word).map(|(level, _)| *level);
        let level = role.words().find_map(|word| word.parse().ok().or(named(word)));
        level.ok_or_else(|| Error::invalid_input("must be an access level, such as developer or 30").at("roles[0]"))
    };
    user.roles.clone().single("roles")?.not_null("roles")?.map(level).transpose()
}

/// Body of a request about a membership. GitLab wants the role in each.
#[derive(Serialize)]
struct Member {
    username: Field<String>,
    access_level: Field<u8>,
}

/// The fields of an account that a call sets.
#[derive(Default, PartialEq, Serialize)]
struct Account {
    username: Field<String>,
    name: Field<String>,
    email: Field<String>,
    password: Field<Password>,
    /// Whether GitLab sends the user of a new account a link to choose a password.
    reset_password: Option<bool>,
}

impl Account {
    fn write(user: User) -> Result<Self> {
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            username: user.username.not_null("username")?,
            name: user.name.not_null("name")?,
            password: user.password.not_null("password")?,
            reset_password: None,
        })
    }
}

/// The account or the member in GitLab's answers. Only administrators see all fields of an account.
#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    username: Text,
    name: Text,
    email: Text,
    public_email: Text,
    avatar_url: Text,
    state: Text,
    membership_state: Text,
    access_level: Option<Id>,
    is_using_seat: Option<Flag>,
    using_license_seat: Option<Flag>,
    created_at: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let is_awaited = person.membership_state.as_deref() == Some("awaiting");
        let status = person.state.into_option().map(|state| match &*state {
            "blocked_pending_approval" => Status::Invited,
            "active" if is_awaited => Status::Invited,
            state => Status::from(state == "active"),
        });
        let has_seat = person.is_using_seat.or(person.using_license_seat).map(bool::from);
        let name_of = |level: &Id| LEVELS.iter().find(|(known, _)| known.to_string() == level.0).map(|(_, name)| *name);
        let name = person.access_level.as_ref().and_then(name_of).map(str::to_owned);
        User {
            id: person.id.into(),
            username: person.username.into(),
            name: person.name.into(),
            emails: Email::only(person.email.or(person.public_email)),
            avatar: person.avatar_url.into(),
            status: status.into(),
            roles: Role::only(person.access_level, name),
            licenses: has_seat
                .map_or(Field::Absent, |has| if has { License::only("seat", "Seat") } else { Vec::new().into() }),
            created_at: person.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(GitLab);

#[cfg(test)]
mod tests;
