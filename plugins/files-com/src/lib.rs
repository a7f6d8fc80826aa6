//! Files.com: the users of a site as directory users. The API key must be a site administrator's.
//!
//! - Create, update, get, list, delete: <https://developers.files.com/#users>
//! - Fields and their values, as a client has them: <https://github.com/Files-com/files-sdk-go/blob/master/user.go>
//! - Errors: <https://github.com/Files-com/files-sdk-go/blob/master/responseerror.go>
//!
//! From memory are that a site can have a host of its own, that a deletion cannot be undone and needs no further sign-in with an API key, and
//! that a 429 has `retry-after`.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Group, Id,
    Integration, JsonType, Listing, Page, Password, Result, Role, Status, Support, Text, User, UserExt, UsersPage,
    Value, Variable, numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct FilesCom;

impl Integration for FilesCom {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .writable(["name", "password", "timezone"])
                .note("languages", "the first: Files.com has one")
                .note("roles", "site_admin (or admin), readonly_site_admin, workspace_admin, billing_permission, member; all others go")
                .note("groups", "by id")
                .own("description", JsonType::String)
                .note("description", "internal notes on the user")
                .values("status", ["active", "inactive"])
                .ignored([("avatar", "a picture can only be uploaded")])
        };
        Capabilities::new("files-com", "Files.com")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{subdomain}.files.com/api/rest/v1")
            .variable(
                Variable::new("subdomain", "Subdomain of the site")
                    .help("Only a site with a region of its own needs it.")
                    .or("app"),
            )
            .secret("api_key", "API key of a site administrator")
            .auth(Auth::header("x-filesapi-key", "{api_key}"))
            // The title beside it is shorter.
            .error_message("/error")
            .response(Category::UserDirectory, ["id", "name", "username", "emails", "avatar", "languages", "timezone"])
            .response(Category::UserDirectory, ["description", "status", "roles", "groups", "is_2fa_enabled"])
            .response(Category::UserDirectory, ["created_at", "activated_at", "last_active_at", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 1_000))
                    .query(["email", "username"])
                    .orders(["sort_by[username]", "sort_by[name]"]),
            )
            .serves(
                Support::delete(Category::UserDirectory, Effect::Deletes)
                    .query_note("reassign_to", "who takes over what the user owned, by id"),
            )
            .serves(
                writes(Support::create(Category::UserDirectory))
                    .required(["username"])
                    .note("emails", "the primary address: Files.com has one"),
            )
            .serves(
                writes(Support::update(Category::UserDirectory))
                    .query_note("groups", "behind the groups of the body")
                    .writable(["username"])
                    .note("emails", "the primary address: Files.com has one"),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        user.username.clone().required("username")?;
        call.post("/users").json(&Change::read(call, user)?).primary().send()?.user::<Account>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let mut change = Change::read(call, user)?;
        change.change_password = std::mem::take(&mut change.password);
        call.patch(path!("/users/{id}")).json(&change).primary().send()?.user::<Account>()
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}")).primary().send()?.user::<Account>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let mut request = call.get("/users").query("per_page", page.size()).query_some("cursor", page.cursor());
        // Files.com refuses some pairs of filters and orders. The host checks all filters again, and a user name is that of one user.
        request = match (page.filter("username"), page.sort()) {
            (Some(name), _) => request.query("filter[username]", name),
            (None, Some(sort)) => request.query(&format!("sort_by[{}]", sort.field), sort.direction()),
            (None, None) => request.query_some("filter[email]", page.filter("email")),
        };
        request.primary().send()?.users::<Account>()?.next(|answer| {
            // An older edition of the API has the second name.
            answer.header("x-files-cursor").or_else(|| answer.header("x-files-cursor-next"))
        })
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        let heir = call.parameter::<Id>("reassign_to")?;
        call.delete(path!("/users/{id}")).query_some("new_owner_id", heir).primary().send()?.empty()
    }
}

/// Body of a creation, and of an update, which changes only the fields that it has. An empty text clears a field.
#[derive(Serialize)]
struct Change {
    username: Field<String>,
    name: Field<String>,
    email: Field<String>,
    notes: Field<Value>,
    disabled: Field<bool>,
    language: Field<String>,
    time_zone: Field<String>,
    /// For a new user.
    password: Field<Password>,
    /// For an existing user.
    change_password: Field<Password>,
    /// Identifiers with commas between them.
    group_ids: Field<String>,
    #[serde(flatten)]
    roles: Option<Roles>,
}

impl Change {
    fn read(call: &Call, user: User) -> Result<Self> {
        let notes: Field<Value> = user.extra.get("description").cloned().into();
        Ok(Self {
            roles: Roles::read(&user)?,
            email: user.primary_email().or_empty(),
            disabled: user.is_active().not_null("status")?.map(|is_active| !is_active),
            language: user.language().or_empty(),
            group_ids: call.group_ids(&user)?.or_empty().map(|ids| ids.join(",")),
            notes: notes.map(|notes| if notes.is_null() { "".into() } else { notes }),
            username: user.username.not_null("username")?,
            name: user.name.or_empty(),
            time_zone: user.timezone.or_empty(),
            password: user.password.not_null("password")?,
            change_password: Field::Absent,
        })
    }
}

/// What Files.com has of roles: one flag each. Who administers a group is said at the group.
#[derive(Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the vendor's flags")]
struct Roles {
    site_admin: bool,
    readonly_site_admin: bool,
    workspace_admin: bool,
    billing_permission: bool,
}

impl Roles {
    fn read(user: &User) -> Result<Option<Self>> {
        let Some(words) = user.role_words()?.or_empty().into_value() else { return Ok(None) };
        let mut roles = Self::default();
        for (index, word) in words.iter().enumerate() {
            match word.as_str() {
                "site_admin" | "admin" => roles.site_admin = true,
                "readonly_site_admin" => roles.readonly_site_admin = true,
                "workspace_admin" => roles.workspace_admin = true,
                "billing_permission" => roles.billing_permission = true,
                "member" => {}
                _ => {
                    return Err(
                        Error::invalid_input("is no role that a user has by itself").at(format!("roles[{index}]"))
                    );
                }
            }
        }
        Ok(Some(roles))
    }
}

/// The user in Files.com's answers.
#[derive(Deserialize)]
struct Account {
    id: Option<Id>,
    username: Text,
    name: Text,
    email: Text,
    notes: Text,
    avatar_url: Text,
    disabled: Option<Flag>,
    disabled_expired_or_inactive: Option<Flag>,
    language: Text,
    time_zone: Text,
    /// Identifiers with commas between them.
    group_ids: Text,
    admin_group_ids: Option<Vec<Id>>,
    site_admin: Option<Flag>,
    readonly_site_admin: Option<Flag>,
    workspace_admin: Option<Flag>,
    billing_permission: Option<Flag>,
    active_2fa: Option<Flag>,
    created_at: Text,
    first_login_at: Text,
    last_active_at: Text,
    last_login_at: Text,
}

impl Account {
    fn roles(&self) -> Vec<Role> {
        let flags = [
            ("site_admin", self.site_admin),
            ("readonly_site_admin", self.readonly_site_admin),
            ("workspace_admin", self.workspace_admin),
            ("billing_permission", self.billing_permission),
        ];
        let own =
            flags.into_iter().filter(|(_, flag)| *flag == Some(Flag(true))).map(|(name, _)| Role::known_by_name(name));
        let of_group = |group: &Id| Role { group: group.clone().into(), ..Role::known_by_name("group_admin") };
        let roles: Vec<_> = own.chain(self.admin_group_ids.iter().flatten().map(of_group)).collect();
        if roles.is_empty() { vec![Role::known_by_name("member")] } else { roles }
    }
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let groups = account.group_ids.as_deref().unwrap_or_default().split(',').map(str::trim);
        let notes = account.notes.as_deref().map(|notes| ("description".to_owned(), notes.into()));
        User {
            extra: notes.into_iter().collect(),
            roles: account.roles().into(),
            groups: Group::with_ids(groups.filter(|id| !id.is_empty())).into(),
            id: account.id.into(),
            username: account.username.into(),
            name: account.name.into(),
            emails: Email::only(account.email),
            avatar: account.avatar_url.into(),
            status: Status::active_unless([account.disabled, account.disabled_expired_or_inactive]).into(),
            languages: account.language.into(),
            timezone: account.time_zone.into(),
            is_2fa_enabled: account.active_2fa.map(bool::from).into(),
            created_at: account.created_at.into(),
            // The nearest that Files.com has.
            activated_at: account.first_login_at.into(),
            last_active_at: account.last_active_at.into(),
            last_login_at: account.last_login_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(FilesCom);

#[cfg(test)]
mod tests;
