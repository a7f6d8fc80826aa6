//! Teamwork, the project management of Teamwork.com: the people of a site as ticketing users.
//!
//! - Create: <https://apidocs.teamwork.com/docs/teamwork/v1/people/post-people-json>, answered with the identifier
//! - Update: <https://apidocs.teamwork.com/docs/teamwork/v1/people/put-people-id-json>, answered with nothing of the person
//! - Read: <https://apidocs.teamwork.com/docs/teamwork/v1/people/get-people-id-json>
//! - Authentication: <https://apidocs.teamwork.com/guides/teamwork/authentication>, limits: <https://apidocs.teamwork.com/guides/spaces/rate-limiting>
//! - The vendor's own client: <https://github.com/Teamwork/twapi-go-sdk>

use std::fmt::Display;

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Email, Error, Field, FieldExt, Id, Integration, ListExt, Path, Result, Role,
    Support, User, Variable, numeric_id,
};
use serde::Deserialize;

/// The integration.
pub struct Teamwork;

impl Integration for Teamwork {
    fn capabilities() -> Capabilities {
        let support = |support: Support| {
            support
                .writable(["first_name", "last_name"])
                .note("emails", "the primary address")
                .note("roles", "one: admin (or owner), member (or account), collaborator (or viewer), contact")
                .response(["id", "name", "first_name", "last_name", "username", "emails", "avatar", "roles"])
                .response(["created_at", "updated_at"])
        };
        Capabilities::new("teamwork-project-management", "Teamwork Project Management")
            .origin("https://{site}.teamwork.com")
            .variable(Variable::new("site", "Site: what stands before .teamwork.com"))
            .variable(Variable::secret("api_key", "API key (Edit my details > API & Mobile)").optional())
            .variable(Variable::secret("access_token", "OAuth access token").optional())
            // Any password will do.
            .auth(Auth::basic("{api_key}", "x"))
            .auth(Auth::bearer("{access_token}"))
            // From the vendor's guide to another of its products, Spaces.
            .limit(150, 60)
            .serves(support(Support::create(Category::Ticketing)))
            .serves(support(Support::update(Category::Ticketing)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let answer = call.post("/people.json").json_in("person", &Person::write(user)?).primary().send()?;
        if !call.wants_user() {
            return Ok(None);
        }
        Ok(Some(read(call, &answer.json_in::<Id>("id")?)))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        call.put(path(&id)).json_in("person", &Person::write(user)?).primary().send()?;
        Ok(Some(read(call, &id)))
    }
}

fn path(id: &impl Display) -> Path {
    Path::new("/people").push(format!("{id}.json"))
}

/// The person as they are now.
fn read(call: &Call, id: &impl Display) -> User {
    call.read_back_user(id.to_string(), || call.get(path(id)).send()?.json_in::<PersonRead>("person"))
}

mortise_sdk::fields! {
    /// What is written; only what is there changes.
    #[serde(rename_all = "kebab-case")]
    struct Person {
        first_name: String,
        last_name: String,
        email_address: String,
        user_type: &'static str,
        // The document has text here for updates. The vendor's own client sends a boolean for both.
        administrator: bool,
    }
}

impl Person {
    fn write(user: User) -> Result<Self> {
        let email_address = user.primary_email().not_null("emails")?;
        let (user_type, administrator) = standing(user.roles)?;
        Ok(Self {
            email_address,
            first_name: user.first_name.not_null("first_name")?,
            last_name: user.last_name.not_null("last_name")?,
            user_type,
            administrator,
        })
    }
}

/// The type of a full user. The others are `collaborator` and `contact`.
const ACCOUNT: &str = "account";

/// The type of the user, and whether they administer the site. Teamwork has no roles of the site: the words are our choice.
fn standing(roles: Field<Vec<Role>>) -> Result<(Field<&'static str>, Field<bool>)> {
    let Some(role) = roles.single("roles")?.not_null("roles")?.into_value() else {
        return Ok((Field::Absent, Field::Absent));
    };
    match role.id_or_name().unwrap_or_default().to_ascii_lowercase().as_str() {
        "admin" | "owner" => Ok((ACCOUNT.into(), true.into())),
        "member" | ACCOUNT => Ok((ACCOUNT.into(), false.into())),
        "collaborator" | "viewer" => Ok(("collaborator".into(), Field::Absent)),
        "contact" => Ok(("contact".into(), Field::Absent)),
        _ => Err(Error::invalid_input("must be `admin`, `member`, `collaborator` or `contact`").at("roles[0]")),
    }
}

/// What is read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PersonRead {
    id: Id,
    first_name: Option<String>,
    last_name: Option<String>,
    user_name: Option<String>,
    email_address: Option<String>,
    avatar_url: Option<String>,
    user_type: Option<String>,
    administrator: Option<bool>,
    created_at: Option<String>,
    last_changed_on: Option<String>,
}

impl From<PersonRead> for User {
    fn from(person: PersonRead) -> Self {
        // Teamwork writes an empty text where there is nothing.
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let role = text(person.user_type).map(|user_type| match (user_type.as_str(), person.administrator) {
            (ACCOUNT, Some(true)) => Role::named("admin"),
            (ACCOUNT, _) => Role::named("member"),
            _ => Role::named(user_type),
        });
        User {
            id: person.id.0.into(),
            username: text(person.user_name).into(),
            emails: Email::only(text(person.email_address)),
            avatar: text(person.avatar_url).into(),
            roles: role.map(|role| vec![role]).into(),
            created_at: text(person.created_at).into(),
            updated_at: text(person.last_changed_on).into(),
            ..User::named(text(person.first_name), text(person.last_name))
        }
    }
}

mortise_sdk::export!(Teamwork);

#[cfg(test)]
mod tests;
