//! Canva: the users of a team as directory users, over SCIM 2.0.
//!
//! - Create: <https://www.canva.dev/docs/scim/create-user>, get: <https://www.canva.dev/docs/scim/get-user>, list: <https://www.canva.dev/docs/scim/list-users>
//! - Update: <https://www.canva.dev/docs/scim/update-individual-attributes-user>
//! - Deactivate: <https://www.canva.dev/docs/scim/delete-user>
//! - Members of groups: <https://www.canva.dev/docs/scim/update-individual-attributes-group>
//!
//! From memory are the attributes in `STANDARD`, `groups` and the time of the last change of a user, the members of a list, that a
//! deactivated user can come back, where a token is made, and 401 and 429.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Difference, Effect, Email, End, EvidenceKind, Field, FieldExt, Integration,
    ListExt, Listing, Page, Path, Result, Role, Support, Text, User, UserExt, UsersPage, Writes, json, path, scim,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Canva;

/// The words for a role. Canva reads any other word as `Member`, and answers with a success.
const ROLES: [&str; 11] = [
    "Member",
    "Teacher",
    "Staff",
    "Admin",
    "Template-designer",
    "Aide",
    "Administrator",
    "School administrator",
    "School",
    "Tenant",
    "Faculty",
];

impl Integration for Canva {
    fn capabilities() -> Capabilities {
        let email_note = "the primary address: Canva has one";
        Capabilities::new("canva", "Canva")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://www.canva.com/_scim/v2")
            .secret("scim_token", "SCIM token of the team")
            .auth(Auth::bearer("{scim_token}"))
            .response(Category::UserDirectory, ["id", "external_id", "username", "name", "first_name", "last_name"])
            .response(Category::UserDirectory, ["emails", "languages", "roles", "status", "created_at", "updated_at"])
            .response(Category::UserDirectory, STANDARD)
            .response(Category::UserDirectory, ["groups"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(10, 10).ends(End::Total).one_filter())
                    .query(["username", "external_id"]),
            )
            // An update can activate the user again.
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["username", "emails"])
                    .note("emails", email_note)
                    .writable(["name", "first_name", "last_name"])
                    .note("languages", "the first one, such as en_AU")
                    .values("roles", ROLES)
                    .values("status", ["active", "inactive"])
                    .writable(STANDARD),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .query_note("groups", "as `groups` of the body")
                    .writable(["username", "name", "first_name", "last_name"])
                    .note("emails", email_note)
                    .note("languages", "the first one, such as en_AU")
                    .values("roles", ROLES)
                    .values("status", ["active", "inactive", "deleted"])
                    .note("status", "deleted is inactive, too")
                    .note("groups", "the user joins these, and leaves none")
                    .writable(STANDARD),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let (locale, role) = (user.language().into_value().into(), role(&user)?);
        let emails = Email::only(user.primary_email().required("emails")?);
        let user = scim::NewUser::from(User { emails, languages: Field::Absent, roles: Field::Absent, ..user });
        call.post("/Users").scim(&NewAccount { user, locale, role }).primary().send()?.user::<Account>()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let added = call.group_ids(&user)?.not_null("groups")?.into_value().unwrap_or_default();
        let groups = Difference { added, ..Difference::default() }.within(MOST_GROUPS, "groups")?;
        let (person, change) = (path!("/Users/{id}"), change(user)?);
        let is_changed = !change.is_empty() || groups.is_empty();
        let writes = if is_changed {
            Writes::new().then(call.patch(person.clone()).scim(&change), "the user is changed")
        } else {
            Writes::beside()
        };
        let answer = scim::change_groups(call, writes, &Path::new("/Groups"), id, &groups).send()?;
        if is_changed {
            return answer.user::<Account>();
        }
        Ok(Some(call.read_back_user(id, || call.get(person).primary().send()?.record::<Account>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(path!("/Users/{id}")).primary().send()?.user::<Account>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        // A text of SCIM's filters is one of JSON (RFC 7644 section 3.4.2.2).
        let filter = page.filters().first().map(|filter| {
            let attribute = if filter.field == "username" { "userName" } else { "externalId" };
            format!("{attribute} eq {}", json!(filter.value))
        });
        scim::list::<Account>(call.get("/Users").query_some("filter", filter).primary(), page)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let change = scim::Patch::new().set("active", Field::Value(false));
        call.patch(path!("/Users/{id}")).scim(&change).primary().send()?.empty()
    }
}

/// Attributes of RFC 7643 that the unified API's reference names for Canva, and that Canva's documentation does not
/// show. The integration sends them if a caller gives them, and answers with them if Canva does.
const STANDARD: [&str; 7] = ["avatar", "phones", "title", "timezone", "urls", "user_type", "licenses"];

/// The most groups of a call, which may send 16 requests (docs/contract.md, Imports): one for each, beside the change or the read of the user.
const MOST_GROUPS: usize = 15;

/// A change with Canva's own attributes in place of the standard's lists.
fn change(user: User) -> Result<scim::Patch> {
    let (email, locale, role) = (user.primary_email().not_null("emails")?, user.language(), role(&user)?);
    let avatar = user.avatar.clone();
    let none =
        User { emails: Field::Absent, languages: Field::Absent, roles: Field::Absent, avatar: Field::Absent, ..user };
    Ok(scim::Patch::from(none)
        .set(r#"emails[type eq "work"].value"#, email)
        .set(r#"photos[type eq "photo"].value"#, avatar)
        .set("locale", locale)
        .set("role", role))
}

/// The one role, which is a word.
fn role(user: &User) -> Result<Field<String>> {
    user.role_words()?.single("roles")?.not_null("roles")
}

#[derive(Serialize)]
struct NewAccount {
    #[serde(flatten)]
    user: scim::NewUser,
    locale: Field<String>,
    role: Field<String>,
}

/// The user in Canva's answers. The standard's `roles` are a word here.
#[derive(Deserialize)]
struct Account {
    #[serde(flatten)]
    user: scim::UserRead,
    role: Text,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let user = User::from(account.user);
        let role = account.role.into_option().map(|role| vec![Role::known_by_name(role)]);
        User { roles: Field::from(role).or(user.roles), ..user }
    }
}

mortise_sdk::export!(Canva);

#[cfg(test)]
mod tests;
