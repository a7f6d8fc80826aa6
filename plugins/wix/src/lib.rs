//! Wix: the members of a site as crm users. The site needs the Members Area.
//!
//! - Update: <https://dev.wix.com/docs/rest/crm/members-contacts/members/members/update-member>
//! - Access: <https://dev.wix.com/docs/rest/crm/members-contacts/members/members/approve-member>,
//!   <https://dev.wix.com/docs/rest/crm/members-contacts/members/members/block-member>
//! - API keys: <https://dev.wix.com/docs/go-headless/develop-your-project/admin-operations/make-rest-api-calls-with-an-api-key>
//! - Tokens of an app: <https://dev.wix.com/docs/rest/api-reference/authorization/oauth-2/create-access-token>
//! - Limits: <https://dev.wix.com/docs/rest/articles/get-started/rate-limits>
//!
//! That crm users are the members of a site is our choice: of Wix's people only they have an update, an address and a status.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Exchange, Field, FieldExt, Id, Integration, Kind, Result, Status,
    Support, Text, Url, User, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Wix;

impl Integration for Wix {
    fn capabilities() -> Capabilities {
        Capabilities::new("wix", "Wix")
            .origin("https://www.wixapis.com/members/v1")
            .origin("https://www.wixapis.com/oauth2")
            .variable(Variable::secret("api_key", "API key with the permission Manage Members").optional())
            .variable(Variable::new("site_id", "Site ID, for an API key").optional())
            .variable(Variable::secret("client_id", "App ID").optional())
            .variable(Variable::secret("client_secret", "App secret key").optional())
            .variable(Variable::new("instance_id", "ID of the app's instance on the site").optional())
            .auth(Auth::header("authorization", "{api_key}").and("wix-site-id", "{site_id}"))
            .auth(
                Auth::header("authorization", "{access_token}").exchange(
                    Exchange::client_credentials("https://www.wixapis.com/oauth2/token")
                        .json()
                        .field("instance_id", "{instance_id}"),
                ),
            )
            // Documented for an app on a site, and taken for an API key too.
            .limit(200, 60)
            .serves(
                Support::update(Category::Crm)
                    .writable(["first_name", "last_name"])
                    // Our choice: of Wix's names the one that is a single text.
                    .note("name", "the nickname, under which others see the member; first and last name stay")
                    .note(
                        "is_active",
                        "true approves the member, false blocks them, by a request of its own; given alone, that is the \
                         only one, and remote_data changes nothing",
                    )
                    .ignored([("email", "Wix fixes it when the member is created")])
                    .response(["id", "name", "email", "is_active", "urls", "created_at", "updated_at"]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let path = path!("/members/{id}");
        let access = user.is_active().not_null("status")?.into_value();
        let access = access.map(|is_active| if is_active { ("approve", "approved") } else { ("block", "blocked") });
        let change = MemberChange::write(id, user);
        let update = call.patch(path.clone()).json_in("member", &change).primary();
        let answer = match access {
            None => update.send()?,
            // That Wix takes an update without a change is not documented, and access must not depend on it.
            Some((switch, _)) if change.is_empty() => call.post(path!("/members/{id}/{switch}")).primary().send()?,
            Some((switch, done)) => {
                call.post(path!("/members/{id}/{switch}")).send()?;
                update
                    .send()
                    .map_err(|error| error.after(format!("member {id} is {done}, but not changed otherwise")))?
            }
        };
        let told = answer.user_in::<Member>("member");
        let is_last_word = match &told {
            Ok(user) => user.as_ref().is_some_and(|user| user.emails.is_value() && user.status.is_value()),
            Err(error) => error.kind() == Kind::Refused,
        };
        if is_last_word {
            return told;
        }
        // All writes are done: an answer without the whole member is a reason to read it.
        let whole = call.read_back(|| call.get(path).query("fieldsets", "FULL").send()?.user_in::<Member>("member"));
        whole.map_or(told, Ok)
    }
}

/// What is written; only what is there changes. An empty text clears.
#[derive(Serialize)]
struct MemberChange {
    id: Field<String>,
    profile: Field<ProfileChange>,
    contact: Field<ContactChange>,
}

#[derive(Serialize)]
struct ProfileChange {
    nickname: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ContactChange {
    first_name: Field<String>,
    last_name: Field<String>,
}

impl MemberChange {
    fn write(id: &str, user: User) -> Self {
        let has_contact = !(user.first_name.is_absent() && user.last_name.is_absent());
        let contact = ContactChange { first_name: user.first_name.or_empty(), last_name: user.last_name.or_empty() };
        Self {
            id: id.into(),
            profile: user.name.or_empty().map(|nickname| ProfileChange { nickname }),
            contact: has_contact.then_some(contact).into(),
        }
    }

    fn is_empty(&self) -> bool {
        self.profile.is_absent() && self.contact.is_absent()
    }
}

/// What is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    id: Option<Id>,
    login_email: Text,
    status: Text,
    contact: Option<Contact>,
    profile: Option<Profile>,
    created_date: Text,
    updated_date: Text,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contact {
    first_name: Text,
    last_name: Text,
    emails: Option<Vec<Text>>,
}

#[derive(Default, Deserialize)]
struct Profile {
    nickname: Text,
    photo: Option<Photo>,
}

#[derive(Deserialize)]
struct Photo {
    url: Text,
}

impl Member {
    /// The status, where the answer tells it. What is public of a member says `UNKNOWN`, and has no login address.
    fn status(&self) -> Option<&str> {
        self.status.as_deref().filter(|status| *status != "UNKNOWN")
    }
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        let status = member.status().map(|status| Status::from(status == "APPROVED"));
        let (contact, profile) = (member.contact.unwrap_or_default(), member.profile.unwrap_or_default());
        let email = member.login_email.or(contact.emails.into_iter().flatten().next().unwrap_or_default());
        let named = User {
            name: profile.nickname.into(),
            first_name: contact.first_name.into(),
            last_name: contact.last_name.into(),
            ..User::default()
        };
        User {
            id: member.id.into(),
            name: named.full_name(),
            emails: Email::only(email),
            // Our choice. The page of a member is told by a piece of its path only.
            urls: Url::only(profile.photo.map(|photo| photo.url), "photo"),
            status: status.into(),
            created_at: member.created_date.into(),
            updated_at: member.updated_date.into(),
            ..named
        }
    }
}

mortise_sdk::export!(Wix);

#[cfg(test)]
mod tests;
