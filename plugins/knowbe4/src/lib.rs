//! KnowBe4: the users of a security awareness console (KSAT) as directory users.
//!
//! - The console's GraphQL schema, as its endpoint tells it: <https://github.com/mkbabb/knowbe4-scripts> (`queries/schema.graphql`)
//! - The public reference, for people: <https://developer.knowbe4.com/graphql/ksat>
//!
//! From memory are that a Product API token may call all of these, the status 401, and that a search finds a part of an address. KnowBe4's
//! Reporting API, which is documented better, only reads.

use mortise_sdk::{
    Auth, Call, Capabilities, Category, Effect, Email, Error, EvidenceKind, Field, FieldExt, Flag, Group, Id,
    IdAndName, Integration, License, Listing, Page, Phone, Request, Response, Result, Role, Status, Support, Text,
    User, UserExt, UsersPage, Value, Variable, json, numeric_id, numeric_ids,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct KnowBe4;

/// The fields of a user that each document selects.
const USER: &str = "id email firstName lastName jobTitle phoneNumber extension mobilePhoneNumber language timeZone mfaEnabled admin \
    archived createdAt updatedAt lastSignInAt subscriptionLevel groups { id name groupType } securityRoles { id name }";
const LIST: &str = "query($page: Int!, $per: Int!, $status: UserStatusFilters!, $search: String) \
    { users(page: $page, per: $per, status: $status, search: $search, searchTypes: [EMAIL], sortBy: CREATED_AT, sortDirection: ASCENDING)";
const CREATE: &str = "($email: String!, $firstName: String, $lastName: String, $jobTitle: String, $groupIds: [Int!]) \
    { result: userCreate(email: $email, firstName: $firstName, lastName: $lastName, jobTitle: $jobTitle, groupIds: $groupIds)";
const EDIT: &str = "($id: Int!, $attributes: UserAttributes!) { result: userEdit(userId: $id, attributes: $attributes)";
const JOIN: &str = "($ids: [Int!]!, $groupIds: [Int!]!) { result: userAddToGroups(userIds: $ids, groupIds: $groupIds)";
const LEAVE: &str = "($ids: [Int!]!, $groupId: Int!) { result: userDeleteMemberships(userIds: $ids, groupId: $groupId)";

/// The most mutations of a call, beside two reads: a call may send 16 requests.
const MAX_STEPS: usize = 14;

impl Integration for KnowBe4 {
    fn capabilities() -> Capabilities {
        let updated = "an update sets it";
        let person = |support: Support| {
            support
                .query_note("groups", "beside those of the body")
                .writable(["name", "first_name", "last_name", "title", "groups"])
                .note("emails", "the primary address")
                .ignored([("licenses", "the level of the account's subscription")])
        };
        Capabilities::new("knowbe4", "KnowBe4")
            .evidence(EvidenceKind::SecondHand, "2026-11-30")
            .origin("https://{region}.knowbe4.com")
            .variable(
                Variable::new("region", "Region")
                    .values(["training", "eu", "ca", "uk", "de"])
                    .help("training is the US.")
                    .or("training"),
            )
            .secret("api_token", "Product API token of KSAT")
            .auth(Auth::bearer("{api_token}"))
            .error_message("/data/result/errors/*/reason")
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "phones", "title"])
            .response(Category::UserDirectory, ["languages", "timezone", "status", "roles", "groups", "licenses"])
            .response(Category::UserDirectory, ["is_2fa_enabled", "created_at", "updated_at", "last_login_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(
                Support::list(Category::UserDirectory, Listing::pages(25, 100).at_least(25))
                    .query(["email"])
                    .query_values("status", ["active", "inactive"]),
            )
            // An update to `active` brings the user back.
            .serves(Support::delete(Category::UserDirectory, Effect::Deactivates))
            .serves(person(Support::create(Category::UserDirectory)).required(["emails"]).ignored([
                ("phones", updated),
                ("languages", updated),
                ("timezone", updated),
                ("roles", updated),
                ("status", "a new user is active"),
            ]))
            .serves(
                person(Support::update(Category::UserDirectory))
                    .note("phones", "the one of the type phone, with its extension, and the one of the type mobile")
                    .note("languages", "the first one")
                    .note("timezone", "KnowBe4's word, such as EASTERN_TIME_US_CANADA")
                    .note("roles", "with admin or without it; security roles come with groups")
                    .values("status", ["active", "inactive", "deleted"]),
            )
    }

    fn create_user(call: &Call, user: User) -> Result<Option<User>> {
        let group_ids = numeric_ids(call.group_ids(&user)?, "groups")?.or_empty();
        let new = Attributes { group_ids, ..Attributes::write(user)? };
        new.email.as_ref().required("emails")?;
        done(mutation(call, CREATE, USER, &new).primary())?.user_in::<Person>("/data/result/node")
    }

    /// Sends a mutation for each thing that changes, in this order.
    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let id = numeric_id(id)?;
        let groups = numeric_ids(call.group_ids(&user)?, "groups")?.or_empty();
        let roles = user.role_words()?.or_empty();
        let is_active = user.is_active().not_null("status")?;
        let attributes = Attributes::write(user)?;
        let is_alone = groups.is_absent() && roles.is_absent() && is_active.is_absent();
        let is_edited = is_alone || attributes != Attributes::default();
        let edit = mutation(call, EDIT, USER, &Edit { id, attributes }).primary();
        if is_alone {
            return done(edit)?.user_in::<Person>("/data/result/node");
        }
        let held = known(read(call, id))?.json_in::<Person>("/data/user")?;
        let is_archived = held.archived == Some(Flag(true));
        let mut steps = Vec::new();
        if is_archived && is_active == Field::Value(true) {
            steps.push((switch(call, "userUnarchive", id), "the user is active"));
        }
        if is_edited {
            steps.push((edit, "the user is changed"));
        }
        if let Field::Value(wanted) = groups {
            steps.extend(group_steps(call, id, &held, &wanted));
        }
        if let Field::Value(words) = roles {
            steps.extend(role_step(call, id, &held, &words)?);
        }
        if !is_archived && is_active == Field::Value(false) {
            steps.push((switch(call, "userArchive", id), "the user is archived"));
        }
        if steps.len() > MAX_STEPS {
            return Err(Error::invalid_input("name fewer: each group that is left is a request").at("groups"));
        }
        let mut before = Vec::new();
        for (step, does) in steps {
            let step = if is_edited || !before.is_empty() { step } else { step.primary() };
            let sent = done(step).and_then(|answer| answer.refused_if("/data/result/node", json!([])));
            sent.map_err(|error| if before.is_empty() { error } else { error.after(before.join(", ")) })?;
            before.push(does);
        }
        Ok(Some(call.read_back_user(id.to_string(), || known(read(call, id))?.json_in::<Person>("/data/user"))))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        known(read(call, numeric_id(id)?).primary())?.user_in::<Person>("/data/user")
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let status = page.filter("status").map_or("ALL", |word| if word == "active" { "ACTIVE" } else { "ARCHIVED" });
        let (number, search) = (page.number()?, page.filter("email"));
        let variables = json!({"page": number, "per": page.size(), "status": status, "search": search});
        let document = format!("{LIST} {{ nodes {{ {USER} }} pagination {{ page pages per totalCount }} }} }}");
        let answer = call.post("/graphql").graphql(&document, &variables).primary().send()?.graphql()?;
        let users = answer.users_in::<Person>("/data/users/nodes")?;
        let pages = users.number("/data/users/pagination/pages");
        users.next_number(page, pages)
    }

    fn delete_user(call: &Call, id: &str) -> Result<()> {
        let answer = done(switch(call, "userArchive", numeric_id(id)?).primary())?;
        // KnowBe4 answers with the users that it has archived.
        answer.not_found_if("/data/result/node", json!([]))?.empty()
    }
}

fn read(call: &Call, id: u64) -> Request<'_> {
    let document = format!("query($id: Int!) {{ user(id: $id) {{ {USER} }} }}");
    call.post("/graphql").graphql(&document, &json!({ "id": id }))
}

/// The answer to [`read`], unless it has no user.
fn known(query: Request<'_>) -> Result<Response<'_>> {
    query.send()?.graphql()?.not_found_if("/data/user", Value::Null)
}

/// A mutation that answers with the changed user in `node`.
fn mutation<'c>(call: &'c Call, begin: &str, node: &str, variables: &impl Serialize) -> Request<'c> {
    let document = format!("mutation{begin} {{ node {{ {node} }} errors {{ field reason placeholders }} }} }}");
    call.post("/graphql").graphql(&document, variables)
}

/// A mutation whose only argument is a user.
fn switch<'c>(call: &'c Call, field: &str, id: u64) -> Request<'c> {
    let begin = format!("($ids: [Int!]!) {{ result: {field}(userIds: $ids)");
    mutation(call, &begin, "id", &json!({ "ids": [id] }))
}

/// The answer to a mutation. It has errors at its root or in its result, under the status 200. Without a node nothing
/// is done.
fn done(mutation: Request<'_>) -> Result<Response<'_>> {
    let answer = mutation.send()?.graphql()?.refused_by("/data/result/errors")?;
    answer.refused_if("/data/result", Value::Null)?.refused_if("/data/result/node", Value::Null)
}

/// A mutation of an update, and its effect in words.
type Step<'c> = (Request<'c>, &'static str);

/// Joins the new groups, and leaves the classic groups that the caller does not want. A rule decides who is in a smart
/// group.
fn group_steps<'c>(call: &'c Call, id: u64, held: &Person, wanted: &[u64]) -> Vec<Step<'c>> {
    let joined: Vec<_> = wanted.iter().filter(|id| held.groups().all(|group| group.id != **id)).collect();
    let join = mutation(call, JOIN, "id", &json!({"ids": [id], "groupIds": joined}));
    let join = (!joined.is_empty()).then_some((join, "the new groups are joined"));
    let classic = held.groups().filter(|group| group.group_type.as_deref() == Some("CLASSIC"));
    let left = classic
        .filter(|group| !wanted.contains(&group.id))
        .map(|group| (mutation(call, LEAVE, "id", &json!({"ids": [id], "groupId": group.id})), "an old group is left"));
    join.into_iter().chain(left).collect()
}

/// Makes the user an admin, or an ordinary user again, if that is a change.
fn role_step<'c>(call: &'c Call, id: u64, held: &Person, words: &[String]) -> Result<Option<Step<'c>>> {
    let is_admin = |word: &String| word.eq_ignore_ascii_case("admin");
    if words.iter().any(|word| !is_admin(word) && !held.has_security_role(word)) {
        return Err(Error::invalid_input("must be admin: other roles come with groups").at("roles"));
    }
    Ok(match (held.admin == Some(Flag(true)), words.iter().any(is_admin)) {
        (false, true) => Some((switch(call, "userGrantAdmin", id), "the user is an admin")),
        (true, false) => Some((switch(call, "userRevokeAdmin", id), "the user is no admin")),
        _ => None,
    })
}

/// The variables of [`CREATE`], and `attributes` of [`EDIT`].
#[derive(Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    email: Field<String>,
    first_name: Field<String>,
    last_name: Field<String>,
    job_title: Field<String>,
    phone_number: Field<String>,
    extension: Field<String>,
    mobile_phone_number: Field<String>,
    language: Field<String>,
    time_zone: Field<String>,
    /// Of a new user only.
    group_ids: Field<Vec<u64>>,
}

impl Attributes {
    fn write(user: User) -> Result<Self> {
        let (first_name, last_name) = user.names();
        Ok(Self {
            email: user.primary_email().not_null("emails")?,
            first_name,
            last_name,
            phone_number: user.main_phone().and_then(|phone| phone.number.clone()),
            // A new number without an extension does not keep the old one.
            extension: user.main_phone().and_then(|phone| phone.extension.clone().or(Field::Null)),
            mobile_phone_number: user.mobile_phone().and_then(|phone| phone.number.clone()),
            language: user.language(),
            job_title: user.title,
            time_zone: user.timezone,
            group_ids: Field::Absent,
        })
    }
}

#[derive(Serialize)]
struct Edit {
    id: u64,
    attributes: Attributes,
}

/// The user in KnowBe4's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    email: Text,
    first_name: Text,
    last_name: Text,
    job_title: Text,
    phone_number: Text,
    extension: Text,
    mobile_phone_number: Text,
    language: Text,
    time_zone: Text,
    mfa_enabled: Option<Flag>,
    admin: Option<Flag>,
    archived: Option<Flag>,
    created_at: Text,
    updated_at: Text,
    last_sign_in_at: Text,
    subscription_level: Text,
    groups: Option<Vec<Membership>>,
    security_roles: Option<Vec<IdAndName>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Membership {
    id: u64,
    name: Text,
    group_type: Text,
}

impl Person {
    fn groups(&self) -> impl Iterator<Item = &Membership> {
        self.groups.iter().flatten()
    }

    fn has_security_role(&self, word: &str) -> bool {
        self.security_roles.iter().flatten().any(|role| role.id.as_ref().is_some_and(|id| id.0 == word))
    }
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let admin = (person.admin == Some(Flag(true))).then(|| Role { id: "admin".into(), ..Role::named("Admin") });
        let roles = admin.into_iter().chain(person.security_roles.into_iter().flatten().map(Role::from));
        let group = |group: Membership| Group { name: group.name.into(), ..Group::with_id(group.id.to_string()) };
        let phone = |number| Phone { extension: person.extension.into(), ..Phone::main(number) };
        let mobile = person.mobile_phone_number.into_option().map(Phone::mobile);
        let phones: Vec<_> = person.phone_number.into_option().map(phone).into_iter().chain(mobile).collect();
        let license = person.subscription_level.into_option().map(|level| License::only(level.clone(), level));
        User {
            id: person.id.into(),
            emails: Email::only(person.email),
            phones: (!phones.is_empty()).then_some(phones).into(),
            title: person.job_title.into(),
            languages: person.language.into(),
            timezone: person.time_zone.into(),
            status: Status::active_unless([person.archived]).into(),
            roles: roles.collect::<Vec<_>>().into(),
            groups: person.groups.map(|groups| groups.into_iter().map(group).collect::<Vec<_>>()).into(),
            licenses: license.unwrap_or_default(),
            is_2fa_enabled: person.mfa_enabled.map(bool::from).into(),
            created_at: person.created_at.into(),
            updated_at: person.updated_at.into(),
            last_login_at: person.last_sign_in_at.into(),
            ..User::named(person.first_name, person.last_name)
        }
    }
}

mortise_sdk::export!(KnowBe4);

#[cfg(test)]
mod tests;
