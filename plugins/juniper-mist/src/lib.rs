//! Juniper Mist: the administrators of an organization as directory users. Their roles are privileges in the organization and in its sites,
//! which are the unified workspaces.
//!
//! - Administrators, invitations and errors as OpenAPI: <https://github.com/Mist-Automation-Programmability/mist_openapi>
//!
//! From memory is that an update drops the privileges that it leaves out. That a role stands for a privilege in the organization or, with a
//! workspace, in that site is our reading.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Id, Integration,
    Listing, Page, Path, Request, Result, Role, Status, Support, Text, User, UserExt, UsersPage, Value, Variable,
    patched, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Mist;

/// The words of a privilege's `role`.
const ROLES: [&str; 5] = ["admin", "write", "read", "helpdesk", "installer"];

impl Integration for Mist {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .writable(["name", "first_name", "last_name"])
                .note("emails", "the primary address; Mist keeps that of an administrator who signs in by SSO")
                .note("roles", "all of them: each in the organization or, with `workspace`, in that site")
                .values("roles", ROLES)
        };
        Capabilities::new("juniper-mist", "Juniper Mist")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{api_host*}.mist.com/api/v1")
            .variable(
                Variable::new("api_host", "Cloud")
                    .help("What stands before .mist.com in the address of the API, such as api.eu.")
                    .or("api"),
            )
            .variable(Variable::new("org_id", "Organization ID"))
            .secret("api_token", "API token with the role admin in the organization")
            .auth(Auth::header("authorization", "Token {api_token}"))
            .limit(5_000, 3_600)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "roles"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::whole()).query(["email", "name"]))
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks))
            .serves(person(Support::update(Category::UserDirectory)))
            .serves(person(Support::create(Category::UserDirectory).required(["emails", "roles"])).response(["status"]))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let invite = Change::write(call, user)?;
        invite.email.as_ref().required("emails")?;
        call.post(place(call, "invites")?).json(&invite).primary().send()?.empty()?;
        // Mist answers with nothing, and whoever is invited has no identifier yet.
        let (emails, status) = (Email::only(invite.email), Status::Invited.into());
        Ok(Some(User { emails, status, ..User::named(invite.first_name, invite.last_name) }))
    }

    /// Mist replaces an administrator whole: the update reads the record, changes it and writes it back.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let mut change = Change::write(call, user)?;
        let admin = find(call.get(place(call, "admins")?), id)?;
        if admin.via_sso == Some(Flag(true)) && change.email.is_value() {
            call.ignore("emails");
            change.email = Field::Absent;
        }
        let held = admin.privileges.as_deref().unwrap_or_default();
        let organization = call.required_variable("org_id")?;
        change.privileges = change.privileges.map(|wanted| Privilege::among(held, wanted, &organization));
        if change.privileges.value().is_some_and(Vec::is_empty) {
            return Err(Error::invalid_input("must name one: a deletion takes all privileges").at("roles"));
        }
        call.put(place(call, "admins")?.push(id)).json(&patched(&admin, &change)?).primary().send()?.user::<Admin>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        find(call.get(place(call, "admins")?).primary(), id).map(|admin| Some(admin.into()))
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        call.get(place(call, "admins")?).primary().send()?.users::<Admin>()?.last()
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(place(call, "admins")?.push(id)).primary().send()?.empty()
    }
}

/// The address of the organization's `admins` or `invites`.
fn place(call: &Call, list: &str) -> Result<Path> {
    let organization = call.required_variable("org_id")?;
    Ok(path!("/orgs/{organization}/{list}"))
}

/// One administrator of the list: Mist has no read of one.
fn find(list: Request<'_>, id: &str) -> Result<Admin> {
    let all = list.send()?.json::<Vec<Admin>>()?;
    let admin = all.into_iter().find(|admin| admin.admin_id.as_ref().is_some_and(|known| known.0 == id));
    admin.ok_or_else(|| Error::not_found("the organization has no such administrator"))
}

/// Body of an invitation, and the change that an update applies to an administrator.
#[derive(Serialize)]
struct Change {
    email: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    privileges: Field<Vec<Privilege>>,
}

impl Change {
    fn write(call: &Call, mut user: User) -> Result<Self> {
        user.name = user.name.not_null("name")?;
        let (first_name, last_name) = user.names();
        let organization = call.required_variable("org_id")?;
        let privilege = |(index, role)| Privilege::of(index, role, &organization);
        let roles = user.roles.as_ref().not_null("roles")?;
        let privileges = roles.map(|roles| roles.iter().enumerate().map(privilege).collect()).transpose()?;
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            first_name: first_name.not_null("first_name")?,
            last_name: last_name.not_null("last_name")?,
            privileges,
        })
    }
}

/// The members of a privilege that can be written.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Privilege {
    scope: Option<String>,
    role: Option<String>,
    org_id: Option<String>,
    site_id: Option<String>,
    sitegroup_ids: Option<Value>,
    orggroup_ids: Option<Value>,
    msp_id: Option<Value>,
    views: Option<Value>,
}

impl Privilege {
    fn of(index: usize, role: &Role, organization: &str) -> Result<Self> {
        if role.organization.value().is_some_and(|named| named != organization) {
            return Err(Error::invalid_input("must be in the account's organization").at(format!("roles[{index}]")));
        }
        // The host accepts only these roles.
        let word = role.words().find(|word| ROLES.contains(word)).map(str::to_owned);
        let site_id = role.workspace.value().cloned();
        let (scope, org_id) = if site_id.is_some() { ("site", None) } else { ("org", Some(organization.to_owned())) };
        Ok(Self { scope: Some(scope.to_owned()), role: word, org_id, site_id, ..Self::default() })
    }

    /// The role for a privilege. `None` for a privilege in groups of sites or organizations, or of an MSP.
    fn role(&self) -> Option<Role> {
        let word = self.role.clone().filter(|_| matches!(self.scope.as_deref(), Some("org" | "site")))?;
        let (organization, workspace) = (self.org_id.clone().into(), self.site_id.clone().into());
        Some(Role { organization, workspace, ..Role::known_by_name(word) })
    }

    /// The privileges that are wanted, each once, beside those that no role stands for or that are in another organization. One that is
    /// held keeps its `views`.
    fn among(held: &[Self], wanted: Vec<Self>, organization: &str) -> Vec<Self> {
        let is_here =
            |role: &Role| role.workspace.is_value() || role.organization.value().is_none_or(|id| id == organization);
        let key = |held: &Self| held.role().filter(is_here).map(|role| (role.id, role.workspace));
        let mut all: Vec<_> = held.iter().filter(|held| key(held).is_none()).cloned().collect();
        for wanted in wanted {
            if !all.iter().any(|known| key(known) == key(&wanted)) {
                all.push(held.iter().find(|held| key(held) == key(&wanted)).cloned().unwrap_or(wanted));
            }
        }
        all
    }
}

/// The administrator in Mist's answers. An update writes its writable fields back.
#[derive(Deserialize, Serialize)]
struct Admin {
    #[serde(skip_serializing)]
    admin_id: Option<Id>,
    #[serde(skip_serializing)]
    via_sso: Option<Flag>,
    email: Option<String>,
    /// Of an API token only.
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    phone: Option<Value>,
    phone2: Option<Value>,
    expire_time: Option<Value>,
    no_tracking: Option<Value>,
    privileges: Option<Vec<Privilege>>,
}

impl From<Admin> for User {
    fn from(admin: Admin) -> Self {
        let roles = admin.privileges.map(|held| held.iter().filter_map(Privilege::role).collect::<Vec<_>>());
        let text = |text: Option<String>| Text::from(text.unwrap_or_default());
        let person = User::named(text(admin.first_name), text(admin.last_name));
        User {
            id: admin.admin_id.into(),
            name: person.name.or(text(admin.name).into()),
            emails: Email::only(admin.email),
            roles: roles.into(),
            ..person
        }
    }
}

mortise_sdk::export!(Mist);

#[cfg(test)]
mod tests;
