//! Airtable: the users of an enterprise account as directory users. The Web API reads, changes and deletes them, SCIM creates them.
//!
//! - Update: <https://airtable.com/developers/web/api/manage-user>
//! - Get: <https://airtable.com/developers/web/api/get-user-by-id>, by several identifiers: <https://airtable.com/developers/web/api/get-users-by-id-or-email>
//! - Enterprise account: <https://airtable.com/developers/web/api/get-enterprise>
//! - Delete: <https://airtable.com/developers/web/api/delete-user-by-id>
//! - SCIM: <https://airtable.com/developers/web/api/create-scim-user>
//! - OAuth: <https://airtable.com/developers/web/api/oauth-reference>
//!
//! Recalled, because Airtable's reference was not read for it: the body of a creation by SCIM, the answer to a deletion, the scope
//! `enterprise.account:read`, and that one request takes 100 identifiers. That `email_addresses` is the new address is our reading.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Exchange, Field,
    FieldExt, Flag, Group, Id, Integration, JsonType, License, Listing, Page, Result, Status, Support, Text, User,
    UsersPage, Value, Variable, path, scim,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Airtable;

impl Integration for Airtable {
    fn capabilities() -> Capabilities {
        let consent = Authorization::new("https://airtable.com/oauth2/v1/authorize").needs_pkce().scopes([
            "enterprise.user:read",
            "enterprise.user:write",
            "enterprise.account:read",
            "enterprise.scim.usersAndGroups:manage",
        ]);
        Capabilities::new("airtable", "Airtable")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.airtable.com/v0")
            .origin("https://airtable.com/scim/v2")
            .origin("https://airtable.com/oauth2/v1")
            .variable(Variable::new("enterprise_account_id", "Enterprise account ID (ent…)"))
            .variable(Variable::secret("personal_access_token", "Personal access token of an admin").optional())
            .auth(Auth::bearer("{personal_access_token}"))
            .oauth(Exchange::refresh("https://airtable.com/oauth2/v1/token").basic().authorization(consent))
            .response(Category::UserDirectory, ["id", "name", "emails", "status", "created_at"])
            .serves(Support::get(Category::UserDirectory).response(DETAILS))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(100, 100).ends(End::Total))
                    .query(["email"])
                    .response(DETAILS),
            )
            .serves(Support::delete(Category::UserDirectory, Effect::Deletes))
            .serves(
                Support::create(Category::UserDirectory)
                    .required(["emails"])
                    .writable(["first_name", "last_name"])
                    .note("emails", "the primary address, which is the user name, too")
                    .values("status", ["active", "inactive"])
                    .response(["username", "first_name", "last_name"]),
            )
            .serves(
                Support::update(Category::UserDirectory)
                    .own("email_addresses", JsonType::Array)
                    .note("email_addresses", "as `emails`, also as texts; goes before them")
                    .writable(["first_name", "last_name"])
                    .note("emails", "the primary address: Airtable has one")
                    .values("status", ["active", "inactive"])
                    .response(DETAILS),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let user_name = user.primary_email().required("emails")?.into();
        let user = User { emails: Field::Absent, ..user };
        let new = scim::NewUser { user_name, ..scim::NewUser::from(user) };
        let answer = call.post("https://airtable.com/scim/v2/Users").json(&new).primary().send()?;
        // The user name is the address.
        let addressed = |user: User| User { emails: Email::only(user.username.clone()), ..user };
        Ok(answer.user::<scim::UserRead>()?.map(addressed))
    }

    fn update_user(call: &Call, id: &str, mut user: User) -> Result<Option<User>> {
        let addresses = user.extra.remove("email_addresses");
        let emails = if addresses.is_some() { "email_addresses" } else { "emails" };
        user.emails = addresses.map(addresses_of).transpose()?.unwrap_or(user.emails);
        let word = |is_active| if is_active { "provisioned" } else { "deactivated" };
        let change = Change {
            state: user.is_active().not_null("status")?.map(word),
            email: user.primary_email().not_null(emails)?,
            first_name: user.first_name.not_null("first_name")?,
            last_name: user.last_name.not_null("last_name")?,
        };
        let account = account(call)?;
        let path = path!("/meta/enterpriseAccounts/{account}/users/{id}");
        call.patch(path.clone()).json(&change).primary().send()?.empty()?;
        Ok(Some(call.read_back_user(id, || call.get(path).send()?.record::<Person>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let account = account(call)?;
        call.get(path!("/meta/enterpriseAccounts/{account}/users/{id}")).primary().send()?.user::<Person>()
    }

    /// Airtable lists the identifiers of all users at once, and reads users by up to 100 identifiers.
    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let account = account(call)?;
        let users = call.get(path!("/meta/enterpriseAccounts/{account}/users")).primary();
        if let Some(email) = page.filter("email") {
            return users.query("email", email).send()?.users_in::<Person>("users")?.last();
        }
        let offset = usize::try_from(page.offset()?).map_err(|_| Error::invalid_cursor())?;
        let all = call.get(path!("/meta/enterpriseAccounts/{account}")).send()?.json_in::<Vec<Id>>("userIds")?;
        let asked = all.iter().skip(offset).take(usize::try_from(page.size()).unwrap_or(usize::MAX));
        let behind = offset + asked.len();
        if behind == offset {
            return Ok(UsersPage::default());
        }
        let users = asked.fold(users, |request, id| request.query("id", id));
        let next = (behind < all.len()).then(|| behind.to_string());
        users.send()?.users_in::<Person>("users")?.next(|_| next)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let account = account(call)?;
        call.delete(path!("/meta/enterpriseAccounts/{account}/users/{id}")).primary().send()?.empty()
    }
}

/// Fields that the Web API has, and SCIM has not.
const DETAILS: [&str; 4] = ["is_2fa_enabled", "last_active_at", "groups", "licenses"];

fn account(call: &Call) -> Result<String> {
    call.required_variable("enterprise_account_id")
}

/// The addresses of `email_addresses`, whose entries are texts or as those of `emails`.
fn addresses_of(addresses: Value) -> Result<Field<Vec<Email>>> {
    let Value::Array(entries) = addresses else { return Ok(Field::Null) };
    let address = |(index, entry): (usize, Value)| match entry {
        Value::String(email) => Ok(Email { email: email.into(), ..Email::default() }),
        entry => Email::deserialize(entry).map_err(|_| {
            Error::invalid_input("must be an address, or an object with `email`")
                .at(format!("email_addresses[{index}]"))
        }),
    };
    entries.into_iter().enumerate().map(address).collect::<Result<_>>().map(Field::Value)
}

/// Body of an update. Airtable keeps what it leaves out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    email: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    state: Field<&'static str>,
}

/// The user in answers of the Web API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    name: Text,
    email: Text,
    state: Text,
    license_type: Text,
    groups: Option<Vec<Membership>>,
    is_two_factor_auth_enabled: Option<Flag>,
    last_activity_time: Text,
    created_time: Text,
}

#[derive(Deserialize)]
struct Membership {
    id: Option<Id>,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let status = person.state.into_option().map(|state| match state.as_str() {
            "provisioned" => Status::Active,
            "deactivated" => Status::Inactive,
            _ => Status::from(state),
        });
        let license = person.license_type.into_option().map(|kind| License::only(kind.clone(), kind));
        let groups = person.groups.map(|groups| Group::with_ids(groups.into_iter().filter_map(|group| group.id)));
        User {
            id: person.id.into(),
            name: person.name.into(),
            emails: Email::only(person.email),
            status: status.into(),
            licenses: license.unwrap_or_default(),
            groups: groups.into(),
            is_2fa_enabled: person.is_two_factor_auth_enabled.map(bool::from).into(),
            last_active_at: person.last_activity_time.into(),
            created_at: person.created_time.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Airtable);

#[cfg(test)]
mod tests;
