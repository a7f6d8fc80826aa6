//! Teamwork, the project management of Teamwork.com: the people of a site as ticketing users.
//!
//! - Create: <https://apidocs.teamwork.com/docs/teamwork/v1/people/post-people-json>, answered with little of the person
//! - Update: <https://apidocs.teamwork.com/docs/teamwork/v1/people/put-people-id-json>, answered with nothing of the person
//! - Get, list, delete: <https://apidocs.teamwork.com/docs/teamwork/v1/people/get-people-id-json>,
//!   <https://apidocs.teamwork.com/docs/teamwork/v1/people/get-people-json>,
//!   <https://apidocs.teamwork.com/docs/teamwork/v1/people/delete-people-id-json>
//! - Authentication: <https://apidocs.teamwork.com/guides/teamwork/authentication>, pages:
//!   <https://apidocs.teamwork.com/guides/teamwork/how-does-paging-work>, limits: <https://apidocs.teamwork.com/guides/spaces/rate-limiting>
//! - The vendor's own client: <https://github.com/Teamwork/twapi-go-sdk>
//!
//! From memory are the hosts of sites in Europe, the most people of a page, and the parameter that finds a person by address.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Field, FieldExt, Flag, Id,
    Integration, ListExt, Listing, Page, Request, Response, Result, Role, Support, Text, User, UsersPage, Variable,
    numeric_id, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Teamwork;

impl Integration for Teamwork {
    fn capabilities() -> Capabilities {
        let writes = |support: Support| {
            support
                .writable(["first_name", "last_name"])
                .note("emails", "the primary address")
                .note("roles", "one: admin (or owner), member (or account), collaborator (or viewer), contact")
        };
        let listing = Listing::pages(100, 500).ends(End::Total).depth(50_000).leaves_out(["deleted people"]);
        Capabilities::new("teamwork-project-management", "Teamwork Project Management")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://{site*}.teamwork.com")
            .variable(
                Variable::new("site", "Site")
                    .help("What stands before .teamwork.com in its address, such as acme or acme.eu."),
            )
            .variable(
                Variable::secret("api_key", "API key").help("It is under Edit my details > API & Mobile.").optional(),
            )
            .variable(Variable::secret("access_token", "OAuth access token").optional())
            // Any password will do.
            .auth(Auth::basic("{api_key}", "x"))
            .auth(Auth::bearer("{access_token}"))
            // From the vendor's guide to another of its products, Spaces.
            .limit(150, 60)
            .response(
                Category::Ticketing,
                ["id", "name", "first_name", "last_name", "username", "emails", "avatar", "roles"],
            )
            .response(Category::Ticketing, ["created_at", "updated_at"])
            .serves(Support::get(Category::Ticketing))
            .serves(Support::list(Category::Ticketing, listing).query(["email"]))
            // Teamwork keeps the record, and its administrators can bring the person back.
            .serves(Support::delete(Category::Ticketing, Effect::Trashes))
            .serves(writes(Support::create(Category::Ticketing)))
            .serves(writes(Support::update(Category::Ticketing)))
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let request = call.post("/people.json").json_in("person", &Person::write(user)?).primary();
        let created = sent(request)?.user_in_or_root::<Created>("user")?;
        Ok(created.map(|known| read_back(call, known)))
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let request = call.put(path!("/people/{id}.json")).json_in("person", &Person::write(user)?).primary();
        let answer = sent(request)?;
        if call.wants_user() && !answer.is_empty()? {
            answer.json_in::<String>("STATUS")?;
        }
        Ok(Some(read_back(call, User::with_id(id.to_string()))))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        sent(call.get(path!("/people/{id}.json")).primary())?.user_in::<PersonRead>("person")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get("/people.json").query("page", page.number()?).query("pageSize", page.size());
        let request = request.query_some("emailaddress", page.filter("email"));
        let people = sent(request.primary())?.users_in::<PersonRead>("people")?;
        let pages = people.header_number("x-pages");
        people.next_number(page, pages)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let id = numeric_id(id)?;
        sent(call.delete(path!("/people/{id}.json")).primary())?.empty()
    }
}

/// The answer, unless it is a failure, which Teamwork can say under a status of success.
fn sent(request: Request<'_>) -> Result<Response<'_>> {
    request.send()?.refused_unless("/STATUS", "OK")
}

/// The person as read now, or the known fields if the read fails.
fn read_back(call: &Call, known: User) -> User {
    let Some(id) = known.id.value() else { return known };
    match call.read_back(|| sent(call.get(path!("/people/{id}.json")))?.json_in::<PersonRead>("person")) {
        Some(person) => User { id: known.id, ..person.into() },
        None => known,
    }
}

/// The person in requests. An update changes only the fields it has.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Person {
    first_name: Field<String>,
    last_name: Field<String>,
    email_address: Field<String>,
    user_type: Field<&'static str>,
    // The document has text here for updates. The vendor's own client sends a boolean for both.
    administrator: Field<bool>,
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
    let known = |word: &str| match word.to_ascii_lowercase().as_str() {
        "admin" | "owner" => Some((ACCOUNT.into(), true.into())),
        "member" | ACCOUNT => Some((ACCOUNT.into(), false.into())),
        "collaborator" | "viewer" => Some(("collaborator".into(), Field::Absent)),
        "contact" => Some(("contact".into(), Field::Absent)),
        _ => None,
    };
    let unknown = || Error::invalid_input("must be `admin`, `member`, `collaborator` or `contact`").at("roles[0]");
    role.words().find_map(known).ok_or_else(unknown)
}

/// What a creation is answered with. The vendor's document and client have the identifier alone, its page has a `user` with a part of
/// the person, too.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    id: Option<Id>,
    first_name: Text,
    last_name: Text,
    avatar_url: Text,
}

impl From<Created> for User {
    fn from(created: Created) -> Self {
        User {
            id: created.id.into(),
            avatar: created.avatar_url.into(),
            ..User::named(created.first_name, created.last_name)
        }
    }
}

/// A person in Teamwork's answers. Teamwork writes an empty text for no value.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PersonRead {
    id: Option<Id>,
    first_name: Text,
    last_name: Text,
    user_name: Text,
    email_address: Text,
    avatar_url: Text,
    user_type: Text,
    administrator: Option<Flag>,
    created_at: Text,
    last_changed_on: Text,
}

impl From<PersonRead> for User {
    fn from(person: PersonRead) -> Self {
        let role = person.user_type.into_option().map(|user_type| {
            match (user_type.as_str(), person.administrator.map(bool::from)) {
                (ACCOUNT, Some(true)) => Role::known_by_name("admin"),
                (ACCOUNT, _) => Role::known_by_name("member"),
                _ => Role::known_by_name(user_type),
            }
        });
        User {
            id: person.id.into(),
            username: person.user_name.into(),
            emails: Email::only(person.email_address),
            avatar: person.avatar_url.into(),
            roles: role.map(|role| vec![role]).into(),
            created_at: person.created_at.into(),
            updated_at: person.last_changed_on.into(),
            ..User::named(person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(Teamwork);

#[cfg(test)]
mod tests;
