//! SurveySparrow: the team members of an account as directory users.
//!
//! - Authentication, data centers and statuses: <https://developers.surveysparrow.com/rest-apis>, OAuth:
//!   <https://developers.surveysparrow.com/rest-apis/OAuth>
//! - Get, list: <https://developers.surveysparrow.com/rest-apis/users>, and what a client reads of them:
//!   <https://github.com/airbytehq/airbyte/tree/master/airbyte-integrations/connectors/source-survey-sparrow>
//!
//! No public page has a creation, an update or a deletion of users. The update is from memory: its method and its body are those of
//! SurveySparrow's other resources. So are `profile_pic`, `picture` and `role` in answers, and the names of the scopes.

use mortise_sdk::{
    Auth, Authorization, Call, Capabilities, Category, Email, EvidenceKind, Exchange, Field, FieldExt, Flag, Id,
    IdAndName, Integration, ListExt, Listing, Page, Phone, Result, Role, Support, Text, User, UserExt, UsersPage,
    Variable, numeric_id, numeric_ids, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct SurveySparrow;

impl Integration for SurveySparrow {
    fn capabilities() -> Capabilities {
        // A guess. The scopes must equal those ticked in the app.
        let scopes = ["view_users", "manage_users"];
        let consent = Authorization::new("https://app.surveysparrow.com/o/oauth/auth").scopes(scopes);
        let token = "https://{api_host}.surveysparrow.com/o/oauth/token";
        Capabilities::new("surveysparrow", "SurveySparrow")
            .evidence(EvidenceKind::Recalled, "2026-11-30")
            .origin("https://{api_host}.surveysparrow.com/v3")
            .origin("https://{api_host}.surveysparrow.com/o/oauth")
            .variable(
                Variable::new("api_host", "API host")
                    .values(["api", "eu-api", "ap-api", "me-api", "eu-ln-api", "ap-sy-api", "ca-api"])
                    .or("api"),
            )
            .variable(
                Variable::secret("api_token", "Access token of a private app")
                    .help("The app is made under Settings > Apps & Integrations, which shows the token once.")
                    .optional(),
            )
            .auth(Auth::bearer("{api_token}"))
            .oauth(Exchange::refresh(token).json().authorization(consent))
            .response(Category::UserDirectory, ["id", "name", "emails", "phones", "avatar", "roles", "created_at"])
            .response(Category::UserDirectory, ["is_email_verified"])
            .serves(Support::get(Category::UserDirectory))
            // One page of the documentation allows 100.
            .serves(Support::list(Category::UserDirectory, Listing::pages(50, 50)))
            .serves(
                Support::update(Category::UserDirectory)
                    .writable(["name", "avatar"])
                    .note("emails", "the primary address: SurveySparrow has one")
                    .note(
                        "phones",
                        "the entry of the type phone, else the one of the type mobile: SurveySparrow has one",
                    )
                    .note("roles", "one, by its number"),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let change = Change {
            email: user.primary_email().not_null("emails")?,
            phone: user.phone_number().not_null("phones")?,
            role_id: numeric_ids(user.role_words()?, "roles")?.single("roles")?.not_null("roles")?,
            name: user.name.not_null("name")?,
            profile_pic: user.avatar.not_null("avatar")?,
        };
        let path = path!("/users/{id}");
        let told = call.patch(path.clone()).json(&change).primary().send()?.user_in_or_root::<Member>("data");
        // What the update is answered with is not known.
        call.told_or_read(told, |_| true, || call.get(path).send()?.user_in_or_root::<Member>("data"))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.get(path!("/users/{id}")).primary().send()?.user_in_or_root::<Member>("data")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let number = page.number()?;
        let request = call.get("/users").query("page", number).query("limit", page.size());
        let members = request.primary().send()?.users_in::<Member>("data")?;
        members.next(|answer| answer.flag("/has_next_page").then(|| (number + 1).to_string()))
    }
}

/// Body of the update.
#[derive(Serialize)]
struct Change {
    name: Field<String>,
    email: Field<String>,
    phone: Field<String>,
    role_id: Field<u64>,
    profile_pic: Field<String>,
}

/// A team member in SurveySparrow's answers.
#[derive(Deserialize)]
struct Member {
    id: Option<Id>,
    name: Text,
    email: Text,
    phone: Text,
    profile_pic: Text,
    picture: Text,
    role_id: Option<Id>,
    role: Option<IdAndName>,
    verified: Option<Flag>,
    created_at: Text,
}

impl From<Member> for User {
    fn from(member: Member) -> Self {
        let role = member.role.unwrap_or_default();
        User {
            id: member.id.into(),
            name: member.name.into(),
            emails: Email::only(member.email),
            phones: member.phone.into_option().map(|number| vec![Phone::main(number)]).into(),
            avatar: member.profile_pic.or(member.picture).into(),
            roles: Role::only(member.role_id.or(role.id), role.name),
            is_email_verified: member.verified.map(bool::from).into(),
            created_at: member.created_at.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(SurveySparrow);

#[cfg(test)]
mod tests;
