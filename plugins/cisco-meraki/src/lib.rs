//! Cisco Meraki: the dashboard administrators of an organization as directory users.
//!
//! - Create: <https://developer.cisco.com/meraki/api-v1/create-organization-admin>
//! - Update: <https://developer.cisco.com/meraki/api-v1/update-organization-admin>
//! - List: <https://developer.cisco.com/meraki/api-v1/get-organization-admins>
//! - Delete: <https://developer.cisco.com/meraki/api-v1/delete-organization-admin>
//! - OAuth: <https://developer.cisco.com/meraki/api-v1/oauth-overview>
//! - The API as OpenAPI: <https://github.com/meraki/openapi>
//!
//! Recalled, because no document of Meraki says it: a write replaces all networks, 10 requests a second are allowed, and administrators fall
//! under the scopes of `iam`. That `workspace_id` is the network of a role is our reading.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Exchange, Field, FieldExt,
    Flag, Id, Integration, Listing, Organization, Page, Path, Request, Result, Role, Status, Support, Text, User,
    UsersPage, Variable, Workspace,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Meraki;

/// Each region is a cloud of its own. The first serves the rest of the world.
const ORIGINS: [&str; 5] = [
    "https://api.meraki.com/api/v1",
    "https://api.meraki.ca/api/v1",
    "https://api.meraki.cn/api/v1",
    "https://api.meraki.in/api/v1",
    "https://api.gov-meraki.com/api/v1",
];

impl Integration for Meraki {
    fn capabilities() -> Capabilities {
        let fixed = "Meraki fixes it when the administrator is created";
        let never = "an administrator has none";
        let role_note = "one of full, read-only, enterprise and none in the organization; one of full, read-only, \
            guest-ambassador and monitor-only in each `workspace`, which is a network";
        let consent = Authorization::new("https://as.meraki.com/oauth/authorize")
            .scopes(["dashboard:iam:config:read", "dashboard:iam:config:write"])
            .without_pkce();
        ORIGINS
            .into_iter()
            .fold(
                Capabilities::new("cisco-meraki", "Cisco Meraki").evidence(EvidenceKind::VendorDocument, "2026-11-30"),
                Capabilities::origin,
            )
            .origin("https://as.meraki.com/oauth")
            .variable(
                Variable::new("api_host", "API host of the region")
                    .values(["api.meraki.com", "api.meraki.ca", "api.meraki.cn", "api.meraki.in", "api.gov-meraki.com"])
                    .or("api.meraki.com"),
            )
            .variable(Variable::secret("api_key", "API key of an administrator").optional())
            .auth(Auth::bearer("{api_key}"))
            .oauth(
                Exchange::refresh("https://as.meraki.com/oauth/token")
                    .basic()
                    // Meraki wants them with the code, too.
                    .scope("dashboard:iam:config:read dashboard:iam:config:write")
                    .authorization(consent),
            )
            .limit(10, 1)
            .response(Category::UserDirectory, ["id", "name", "emails", "roles", "status", "organizations"])
            .response(Category::UserDirectory, ["workspaces", "is_2fa_enabled", "is_email_verified", "last_active_at"])
            .serves(Support::get(Category::UserDirectory).query_required(["organization_id"]))
            .serves(
                Support::list(Category::UserDirectory, Listing::whole())
                    .query_required(["organization_id"])
                    .query(["email", "name"])
                    .query_values("status", ["active", "inactive", "invited"]),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Unlinks).query_required(["organization_id"]))
            .serves(
                Support::create(Category::UserDirectory)
                    .query_required(["organization_id"])
                    .query(["workspace_id"])
                    .required(["emails", "name", "roles"])
                    .note("emails", "the primary address, which is invited")
                    .note("roles", role_note)
                    .ignored([("status", "whoever is invited is pending"), ("licenses", never)])
                    .ignored([("organizations", "`organization_id` says it"), ("workspaces", "`roles` say them")]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .query_required(["organization_id", "workspace_id"])
                    .query_note(
                        "workspace_id",
                        "the network of a role that names neither a workspace nor an organization",
                    )
                    .writable(["name"])
                    .note("roles", role_note)
                    .ignored([("emails", fixed), ("status", "Meraki knows no other way than a deletion")])
                    .ignored([("organizations", "`organization_id` says it"), ("workspaces", "`roles` say them")])
                    .ignored([("licenses", never)])
                    .response(["licenses", "created_at"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (organization, admins) = organization(call)?;
        let access = Access::read(call, &organization, user.roles.clone())?;
        let admin = AdminChange {
            email: user.primary_email().required("emails")?.into(),
            name: user.name.required("name")?.into(),
            // Meraki insists on it.
            org_access: access.organization.or("none".into()),
            networks: Some(access.networks).filter(|networks| !networks.is_empty()).into(),
        };
        let answer = call.post(admins).json(&admin).primary().send()?.user::<Admin>()?;
        Ok(answer.map(|user| placed(user, &organization)))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let (organization, admins) = organization(call)?;
        let access = Access::read(call, &organization, user.roles)?;
        let mut change = AdminChange {
            email: Field::Absent,
            name: user.name.not_null("name")?,
            org_access: access.organization,
            networks: Field::Absent,
        };
        if !access.networks.is_empty() {
            // Meraki replaces the whole list of networks.
            let roles = find(call.get(admins.clone()), id, &organization)?.roles;
            let held = Access::read(call, &organization, roles)?.networks.into_iter();
            let others = held.filter(|held| access.networks.iter().all(|given| given.id != held.id));
            change.networks = others.chain(access.networks.iter().cloned()).collect::<Vec<_>>().into();
        }
        let answer = call.put(admins.push(id)).json(&change).primary().send()?.user::<Admin>()?;
        Ok(answer.map(|user| placed(user, &organization)))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let (organization, admins) = organization(call)?;
        find(call.get(admins).primary(), id, &organization).map(Some)
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        let (organization, admins) = organization(call)?;
        let page = call.get(admins).primary().send()?.users::<Admin>()?.last()?;
        Ok(page.map(|user| placed(user, &organization)))
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let (_, admins) = organization(call)?;
        call.delete(admins.push(id)).primary().send()?.empty()
    }
}

/// The organization that the call names, and the address of its administrators.
fn organization(call: &Call) -> Result<(String, Path)> {
    let host = call.required_variable("api_host")?;
    let of_host = |origin: &&str| origin.strip_prefix("https://") == Some(&format!("{host}/api/v1"));
    let unknown =
        || Error::invalid_input(format!("the account's api_host must be one of Meraki's, and `{host}` is none"));
    let origin = ORIGINS.into_iter().find(of_host).ok_or_else(unknown)?;
    let organization = String::from(call.required_parameter::<Id>("organization_id")?);
    let admins = Path::new(origin).push("organizations").push(&organization).push("admins");
    Ok((organization, admins))
}

/// One administrator of the list: Meraki has no read of one.
fn find(list: Request<'_>, id: &str, organization: &str) -> Result<User> {
    let all = list.send()?.json::<Vec<Admin>>()?;
    let admin = all.into_iter().find(|admin| admin.id.as_ref().is_some_and(|known| known.0 == id));
    let admin = admin.ok_or_else(|| Error::not_found("the organization has no such administrator"))?;
    Ok(placed(admin.into(), organization))
}

/// An administrator with the organization of the call, which Meraki's answers do not name.
fn placed(user: User, organization: &str) -> User {
    let id: Field<String> = organization.to_owned().into();
    let role = |role: Role| if role.workspace.is_value() { role } else { Role { organization: id.clone(), ..role } };
    let roles = user.roles.map(|roles| roles.into_iter().map(role).collect());
    let organizations = vec![Organization { id: id.clone(), ..Organization::default() }].into();
    User { roles, organizations, ..user }
}

/// What roles give: access to the organization, and to networks.
struct Access {
    organization: Field<String>,
    networks: Vec<Network>,
}

impl Access {
    /// A role with a workspace is for that network, and a role with an organization is for that. A role with neither is for the network that
    /// the call names, else for the organization.
    fn read(call: &Call, organization: &str, roles: Field<Vec<Role>>) -> Result<Self> {
        let network: Field<String> = call.parameter::<Id>("workspace_id")?.into();
        let mut read = Self { organization: Field::Absent, networks: Vec::new() };
        for (index, role) in roles.not_null("roles")?.into_value().into_iter().flatten().enumerate() {
            let wrong = |message| Error::invalid_input(message).at(format!("roles[{index}]"));
            let access = role.id_or_name().ok_or_else(|| wrong("must have an id or a name"))?.to_owned();
            if role.organization.value().is_some_and(|named| named != organization) {
                return Err(wrong("must be a role in the organization that `organization_id` names"));
            }
            let named = if role.organization.is_value() { Field::Absent } else { network.clone() };
            match role.workspace.or(named) {
                Field::Value(id) => read.networks.push(Network { id, access }),
                _ => read.organization = access.into(),
            }
        }
        Ok(read)
    }
}

/// Body of a creation and of an update.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AdminChange {
    /// Of a new administrator only.
    email: Field<String>,
    name: Field<String>,
    org_access: Field<String>,
    networks: Field<Vec<Network>>,
}

#[derive(Clone, Serialize)]
struct Network {
    id: String,
    access: String,
}

/// The administrator in Meraki's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admin {
    id: Option<Id>,
    name: Text,
    email: Text,
    org_access: Text,
    account_status: Text,
    two_factor_auth_enabled: Option<Flag>,
    last_active: Text,
    networks: Option<Vec<HeldNetwork>>,
}

#[derive(Deserialize)]
struct HeldNetwork {
    id: Option<Id>,
    access: Text,
}

impl HeldNetwork {
    fn role(self) -> Option<Role> {
        Some(Role { workspace: self.id?.into(), ..Role::known_by_name(self.access.into_option()?) })
    }
}

impl From<Admin> for User {
    fn from(admin: Admin) -> Self {
        let in_networks: Vec<_> = admin.networks.into_iter().flatten().filter_map(HeldNetwork::role).collect();
        let workspace = |role: &Role| Workspace { id: role.workspace.clone(), ..Workspace::default() };
        let workspaces: Vec<_> = in_networks.iter().map(workspace).collect();
        let in_organization = admin.org_access.into_option().map(Role::known_by_name);
        let account_status = admin.account_status.into_option();
        User {
            id: admin.id.into(),
            name: admin.name.into(),
            emails: Email::only(admin.email),
            roles: in_organization.into_iter().chain(in_networks).collect::<Vec<_>>().into(),
            is_2fa_enabled: admin.two_factor_auth_enabled.map(bool::from).into(),
            is_email_verified: account_status.as_ref().map(|status| status != "unverified").into(),
            status: account_status.map(status_of).into(),
            workspaces: workspaces.into(),
            last_active_at: admin.last_active.into(),
            ..User::default()
        }
    }
}

fn status_of(status: String) -> Status {
    match status.as_str() {
        "ok" => Status::Active,
        "pending" | "unverified" => Status::Invited,
        "locked" => Status::Inactive,
        _ => Status::from(status),
    }
}

mortise_sdk::export!(Meraki);

#[cfg(test)]
mod tests;
