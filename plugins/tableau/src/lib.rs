//! Tableau Cloud: the users of a site as directory users. A user has one site role, which stands for the license and the status, too.
//!
//! - Sign-in: <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_concepts_auth.htm>
//! - Add, update, query, remove: <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_users_and_groups.htm>
//! - JSON as clients have it: <https://github.com/tableau/tableau-mcp/tree/main/src/sdks/tableau/apis>
//! - Fields, pages, roles and errors: <https://github.com/tableau/server-client-python/tree/master/tableauserverclient/server>
//!
//! From memory are the statuses of a creation and a deletion, that numbers of pages are texts, how long a token lives, and the limit's
//! `Retry-After`. What a site role says of the license and the status is our reading.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, End, Error, EvidenceKind, Exchange, Field, FieldExt, Id,
    Integration, License, ListExt, Listing, Page, Path, Result, Role, Row, Status, Support, Text, User, UsersPage,
    Value, Variable, path,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Tableau;

impl Integration for Tableau {
    fn capabilities() -> Capabilities {
        let person = |support: Support| {
            support
                .required(["roles"])
                .note(
                    "roles",
                    "one: Creator, Explorer, ExplorerCanPublish, SiteAdministratorCreator, SiteAdministratorExplorer (also admin), \
                     Viewer or Unlicensed",
                )
                .values("status", ["active", "inactive"])
                .note("status", "inactive is the site role Unlicensed, whatever the role is")
                .ignored([("licenses", "the site role says it")])
        };
        Capabilities::new("tableau", "Tableau")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{pod}.online.tableau.com/api/3.24")
            .variable(
                Variable::new("pod", "Pod").help("What stands before .online.tableau.com in the address of the site."),
            )
            .variable(Variable::new("site", "Site").help("What stands behind /site/ in its address."))
            .variable(
                Variable::secret("pat_name", "Name of a personal access token")
                    .shown()
                    .help("The token is that of a site administrator."),
            )
            .secret("pat_secret", "Secret of that token")
            .auth(
                Auth::header("x-tableau-auth", "{token}").exchange(
                    Exchange::new("https://{pod}.online.tableau.com/api/3.24/auth/signin")
                        .json()
                        .field("credentials.personalAccessTokenName", "{pat_name}")
                        .field("credentials.personalAccessTokenSecret", "{pat_secret}")
                        .field("credentials.site.contentUrl", "{site}")
                        .brings("token", "/credentials/token")
                        .tells("site_id", "/credentials/site/id")
                        .lifetime("/credentials/estimatedTimeToExpiration"),
                ),
            )
            .response(Category::UserDirectory, ["id", "name", "emails", "roles", "status", "licenses", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 1_000).ends(End::Total)))
            .serves(
                Support::delete(Category::UserDirectory, Effect::Deletes)
                    .query_note("reassign_to", "who gets the content, by id; it is needed for whoever owns some"),
            )
            .serves(
                person(Support::create(Category::UserDirectory))
                    .required(["emails"])
                    .note("emails", "the primary address, with which the user signs in")
                    .ignored([("name", "the user's own account has it")]),
            )
            .serves(
                person(Support::update(Category::UserDirectory))
                    .ignored([("name", "the user's own account has it"), ("emails", "the user signs in with it")]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let new = UserChange { name: user.primary_email().required("emails")?.into(), site_role: site_role(user)? };
        call.post(users(call)?).json_in("user", &new).primary().send()?.user_in::<Person>("user")
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let change = UserChange { name: Field::Absent, site_role: site_role(user)? };
        let path = users(call)?.push(id);
        let told = call.put(path.clone()).json_in("user", &change).primary().send()?.user_in::<Person>("user");
        // Tableau's answer has neither the identifier nor the last login.
        let user = call.told_or_read(told, |_| false, || call.get(path).send()?.user_in::<Person>("user"))?;
        Ok(user.map(|user| User { id: user.id.or(id.into()), ..user }))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(users(call)?.push(id)).primary().send()?.user_in::<Person>("user")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let number = page.number()?;
        let request = call.get(users(call)?).query("pageNumber", number).query("pageSize", page.size());
        // Without an order rows come in any, and without fields they are without names, addresses and logins.
        let request = request.query("sort", "name:asc").query("fields", "id,name,fullName,email,siteRole,lastLogin");
        let Listed { pagination, users } = request.primary().send()?.json()?;
        let total =
            pagination.total_available.0.parse::<u64>().map_err(|_| Error::internal("the total is no number"))?;
        let is_last = number.saturating_mul(page.size().into()) >= total;
        Ok(UsersPage { rows: rows(&users)?, next: (!is_last).then(|| (number + 1).to_string()), partial: false })
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let heir = call.parameter::<Id>("reassign_to")?;
        let request = call.delete(users(call)?.push(id)).query_some("mapAssetsTo", heir.as_ref()).primary();
        match request.send_any()? {
            answer if answer.status() == 409 && heir.is_none() => Err(Error::vendor(
                "the user owns content and stays, now with the site role Unlicensed: say who gets it in `reassign_to`",
            )),
            answer => answer.success()?.empty(),
        }
    }
}

/// The users of the site that the sign-in told.
fn users(call: &Call) -> Result<Path> {
    let site = call.required_variable("site_id")?;
    Ok(path!("/sites/{site}/users"))
}

/// The site role of the user's one role.
fn site_role(user: User) -> Result<String> {
    let is_active = user.is_active().not_null("status")?;
    let role = user.roles.single("roles")?.required("roles")?;
    let word = role.id_or_name().ok_or_else(|| Error::invalid_input("must have an id or a name").at("roles[0]"))?;
    Ok(match (is_active, word) {
        (Field::Value(false), _) => "Unlicensed",
        (_, "admin") => "SiteAdministratorExplorer",
        (_, word) => word,
    }
    .to_owned())
}

/// The rows of a page: `{"user": […]}`. Clients also know one user in place of the list, a list in place of the object, and `{}`.
fn rows(users: &Value) -> Result<Vec<Row>> {
    let (place, list) = users.get("user").map_or(("/users", users), |list| ("/users/user", list));
    let read = |(source, entry): (String, &Value)| {
        let unreadable = |error| Error::internal(format!("cannot read the vendor's answer: `{source}`: {error}"));
        let user = Person::deserialize(entry).map_err(unreadable)?.into();
        Ok(Row { user, source })
    };
    match list {
        Value::Array(list) => {
            list.iter().enumerate().map(|(index, entry)| (format!("{place}/{index}"), entry)).map(read).collect()
        }
        Value::Object(user) if !user.is_empty() => Ok(vec![read((place.to_owned(), list))?]),
        _ => Ok(Vec::new()),
    }
}

/// Body of a creation, and of an update, which changes only the fields that it has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserChange {
    /// Of a new user only.
    name: Field<String>,
    site_role: String,
}

/// The user in Tableau's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    name: Text,
    full_name: Text,
    email: Text,
    site_role: Text,
    last_login: Text,
}

#[derive(Deserialize)]
struct Listed {
    pagination: Pagination,
    users: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    total_available: Id,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let role = person.site_role.as_deref();
        let licenses = match role {
            Some("Creator" | "SiteAdministratorCreator") => License::only("Creator", "Creator"),
            Some("Explorer" | "ExplorerCanPublish" | "SiteAdministratorExplorer") => {
                License::only("Explorer", "Explorer")
            }
            Some("Viewer") => License::only("Viewer", "Viewer"),
            Some("Unlicensed" | "UnlicensedWithPublish") => Vec::new().into(),
            _ => Field::Absent,
        };
        let status = role.map(|role| Status::from(!role.starts_with("Unlicensed")));
        // On Tableau Cloud the name is the address with which the user signs in.
        let address = person.name.as_deref().filter(|name| name.contains('@')).map(|name| Text::from(name.to_owned()));
        User {
            id: person.id.into(),
            emails: Email::only(person.email.or(address.unwrap_or_default())),
            roles: role.map(|role| vec![Role::known_by_name(role)]).into(),
            status: status.into(),
            licenses,
            name: person.full_name.or(person.name).into(),
            last_login_at: person.last_login.into(),
            ..User::default()
        }
    }
}

mortise_sdk::export!(Tableau);

#[cfg(test)]
mod tests;
