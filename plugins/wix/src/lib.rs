//! Wix: the members of a site as crm users. The site needs the Members Area.
//!
//! - Members: <https://dev.wix.com/docs/rest/crm/members-contacts/members/members/introduction>
//! - Access: <https://dev.wix.com/docs/rest/crm/members-contacts/members/members/approve-member>,
//!   <https://dev.wix.com/docs/rest/crm/members-contacts/members/members/block-member>
//! - API keys: <https://dev.wix.com/docs/go-headless/develop-your-project/admin-operations/make-rest-api-calls-with-an-api-key>
//! - Tokens of an app: <https://dev.wix.com/docs/rest/api-reference/authorization/oauth-2/create-access-token>
//! - Limits: <https://dev.wix.com/docs/rest/articles/get-started/rate-limits>
//!
//! That crm users are the members of a site is our choice: of Wix's people only they have an update, an address and a status.
//! From memory are the statuses of successes, and the body that answers a deletion.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Exchange, Field, FieldExt, Id,
    Integration, Listing, Page, Result, Status, Support, Text, Url, User, UsersPage, Variable, json, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Wix;

impl Integration for Wix {
    fn capabilities() -> Capabilities {
        // Our choice: of Wix's names the one that is a single text.
        let name_note = "the nickname, under which others see the member; first and last name stay";
        let access_note = "true approves the member, false blocks them, by a request of its own; given alone, that is the only one, \
                           and remote_data changes nothing";
        Capabilities::new("wix", "Wix")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://www.wixapis.com/members/v1")
            .origin("https://www.wixapis.com/oauth2")
            .variable(Variable::secret("api_key", "API key with the permission Manage Members").optional())
            .variable(Variable::new("site_id", "Site ID").optional())
            .variable(Variable::secret("client_id", "App ID").shown().optional())
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
            .response(Category::Crm, ["id", "name", "email", "is_active", "urls", "created_at", "updated_at"])
            .serves(Support::get(Category::Crm))
            .serves(
                Support::list(Category::Crm, Listing::pages(100, 100).ends(End::Total))
                    .query(["email"])
                    .orders(["sort_by[created_at]", "sort_by[updated_at]"]),
            )
            .serves(Support::delete(Category::Crm, Effect::Deletes))
            .serves(
                Support::create(Category::Crm)
                    .required(["email"])
                    .writable(["first_name", "last_name"])
                    .note("name", name_note)
                    .ignored([("is_active", "a new member is approved; an update can block them")]),
            )
            .serves(
                Support::update(Category::Crm)
                    .writable(["first_name", "last_name"])
                    .note("name", name_note)
                    .note("is_active", access_note)
                    .ignored([("email", "Wix fixes it when the member is created")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let login_email = user.primary_email().required("emails")?.into();
        let member = MemberChange { login_email, ..MemberChange::from(user) };
        call.post("/members").json_in("member", &member).primary().send()?.user_in::<Member>("member")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let path = path!("/members/{id}");
        let access = user.is_active().not_null("status")?.into_value();
        let change = MemberChange { id: id.into(), ..MemberChange::from(user) };
        let update = call.patch(path.clone()).json_in("member", &change).primary();
        let switched = |is_active| if is_active { ("approve", "approved") } else { ("block", "blocked") };
        let answer = match access.map(switched) {
            None => update.send()?,
            // Wix does not document an update without a change, and access must not depend on it.
            Some((switch, _)) if change.is_empty() => call.post(path!("/members/{id}/{switch}")).primary().send()?,
            Some((switch, done)) => {
                call.post(path!("/members/{id}/{switch}")).send()?;
                let but = |error: Error| error.after(format!("member {id} is {done}, but not changed otherwise"));
                update.send().map_err(but)?
            }
        };
        // What is public of a member has neither.
        let is_whole = |user: &User| user.emails.is_value() && user.status.is_value();
        let read = || call.get(path).query("fieldsets", "FULL").send()?.user_in::<Member>("member");
        call.told_or_read(answer.user_in::<Member>("member"), is_whole, read)
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let request = call.get(path!("/members/{id}")).query("fieldsets", "FULL");
        request.primary().send()?.user_in::<Member>("member")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let filter = page.filter("email").map_or_else(|| json!({}), |email| json!({ "loginEmail": { "$eq": email } }));
        // Without an order of its own a list is in that of creation, so that new members come last.
        let (field, order) = match page.sort() {
            Some(sort) => (if sort.field == "updated_at" { "updatedDate" } else { "createdDate" }, sort.direction()),
            None => ("createdDate", "asc"),
        };
        let query = json!({
            "query": {
                "filter": filter,
                "paging": { "limit": page.size(), "offset": page.offset()? },
                "sorting": [{ "fieldName": field, "order": order.to_uppercase() }],
            },
            "fieldsets": ["FULL"],
        });
        let members = call.post("/members/query").json(&query).primary().send()?.users_in::<Member>("members")?;
        let total = members.number("/metadata/total").filter(|_| !members.flag("/metadata/tooManyToCount"));
        members.next_offset(page, total)
    }

    /// What the member wrote goes to the site's owner.
    fn delete_user(call: &Call, id: &str) -> Result<()> {
        call.delete(path!("/members/{id}")).primary().send()?.empty()
    }
}

/// A member in a request. It changes only the fields that it has. An empty text clears a field.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberChange {
    id: Field<String>,
    /// Of a new member only.
    login_email: Field<String>,
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

impl From<User> for MemberChange {
    fn from(user: User) -> Self {
        let has_contact = !(user.first_name.is_absent() && user.last_name.is_absent());
        let contact = ContactChange { first_name: user.first_name.or_empty(), last_name: user.last_name.or_empty() };
        Self {
            id: Field::Absent,
            login_email: Field::Absent,
            profile: user.name.or_empty().map(|nickname| ProfileChange { nickname }),
            contact: has_contact.then_some(contact).into(),
        }
    }
}

impl MemberChange {
    fn is_empty(&self) -> bool {
        self.profile.is_absent() && self.contact.is_absent()
    }
}

/// The member in Wix' answers.
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
    /// The status, if the answer has it. The public part of a member says `UNKNOWN`, and has no login address.
    fn status(&self) -> Option<&str> {
        self.status.as_deref().filter(|status| *status != "UNKNOWN")
    }
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        let status = member.status().map(|status| Status::from(status == "APPROVED"));
        let (contact, profile) = (member.contact.unwrap_or_default(), member.profile.unwrap_or_default());
        let email = member.login_email.or(contact.emails.into_iter().flatten().next().unwrap_or_default());
        User {
            id: member.id.into(),
            emails: Email::only(email),
            // Our choice: the answer names the page of a member only by a part of its path.
            urls: Url::only(profile.photo.map(|photo| photo.url), "photo"),
            status: status.into(),
            created_at: member.created_date.into(),
            updated_at: member.updated_date.into(),
            ..User::named_by(profile.nickname, contact.first_name, contact.last_name)
        }
    }
}

mortise_sdk::export!(Wix);

#[cfg(test)]
mod tests;
