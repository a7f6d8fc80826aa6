//! Vanta: the people of a company whose security tasks Vanta watches, as directory users. Connected systems add and
//! remove them, so the integration creates and deletes nobody.
//!
//! - Update, get, list, leave: <https://developer.vanta.com/reference/manage-vanta/overview>
//! - Hosts, tokens, limits: <https://developer.vanta.com/reference/overview>, <https://developer.vanta.com/docs/faq>
//! - The vendor's own client: <https://github.com/VantaInc/vanta-mcp-server>
//!
//! From memory are the 50 requests a minute, that a list has former employees, and the bodies of errors. That the start of employment is
//! `created_at`, and a leave the status `inactive`, is our reading.

use mortise_sdk::{
    Call, Capabilities, Category, Difference, Email, Error, EvidenceKind, Exchange, FieldExt, Group, Id, Integration,
    Listing, Page, Path, Response, Result, Status, Support, Text, User, UserExt, UsersPage, Value, Variable, Writes,
    json,
};
use serde::{Deserialize, Serialize};

/// The integration.
pub struct Vanta;

impl Integration for Vanta {
    fn capabilities() -> Capabilities {
        let elsewhere = "a connected system has it";
        Capabilities::new("vanta", "Vanta")
            .evidence(EvidenceKind::VendorDocument, "2026-11-30")
            .origin("https://api.vanta.com")
            .origin("https://api.vanta-gov.com")
            .variable(
                Variable::new("host", "API host").values(["api.vanta.com", "api.vanta-gov.com"]).or("api.vanta.com"),
            )
            // A new token ends the one before.
            .oauth(
                Exchange::client_credentials("https://{host}/oauth/token")
                    .json()
                    .scope("vanta-api.all:read vanta-api.all:write"),
            )
            .limit(50, 60)
            .response(Category::UserDirectory, ["id", "name", "first_name", "last_name", "emails", "title", "groups"])
            .response(Category::UserDirectory, ["status", "created_at"])
            .serves(Support::get(Category::UserDirectory))
            .serves(Support::list(Category::UserDirectory, Listing::pages(100, 100)))
            .serves(
                Support::update(Category::UserDirectory)
                    .query_note("groups", "beside those of the body; alone they are joined, and no other group is left")
                    .writable(["first_name", "last_name"])
                    .note("name", "split into first and last name, if these are not given")
                    .note("created_at", "the start of the employment")
                    .note("groups", "all groups of the person, by identifier; null for none")
                    .note("status", "inactive begins a leave without an end, active ends a leave")
                    .values("status", ["active", "inactive"])
                    .ignored([("emails", elsewhere), ("title", elsewhere)]),
            )
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        let wanted = call.group_ids(&user)?.or_empty();
        let active = user.is_active().not_null("status")?;
        let (first, last) = user.names();
        let (first, last) = (first.not_null("first_name")?, last.not_null("last_name")?);
        let start = user.created_at.not_null("created_at")?.into_value();
        let person = api(call)?.push("people").push(id);
        let answer = call.get(person.clone()).send()?;
        let (now, known) = (time_of(&answer), answer.json::<Person>()?);
        let known_name = known.name.unwrap_or_default();
        // Vanta takes both names or neither.
        let name = if first.is_value() || last.is_value() {
            let first = first.or(known_name.first.into()).required("first_name")?;
            Some(json!({"first": first, "last": last.or(known_name.last.into()).required("last_name")?}))
        } else {
            None
        };
        let held: Vec<_> = known.group_ids.into_iter().flatten().map(String::from).collect();
        // Only the body says which groups there should be: those of the query alone come to those that are there.
        let kept = if user.groups.is_absent() { held.clone() } else { Vec::new() };
        // A call may send 16 requests: three are for the person, and one for the leave.
        let change = |wanted: Vec<_>| Difference::between(held, [wanted, kept].concat()).within(12, "groups");
        let groups = wanted.map(change).transpose()?;
        let is_changed = name.is_some() || start.is_some() || groups.is_absent() && active.is_absent();
        let read = call.get(person.clone());
        let (mut writes, read) = if is_changed {
            let change = PersonChange { name, employment: start.map(|start| json!({ "startDate": start })) };
            (Writes::new().then(call.patch(person.clone()).json(&change), "the person is changed"), read)
        } else {
            (Writes::beside(), read.primary())
        };
        for (group, is_added) in groups.value().into_iter().flat_map(Difference::changes) {
            let members = api(call)?.push("groups").push(group).push("people");
            writes = if is_added {
                writes.then(call.post(members).json(&json!({ "id": id })), format!("the person is in group {group}"))
            } else {
                writes.then(call.delete(members.push(id)), format!("the person is out of group {group}"))
            };
        }
        let status = known.employment.unwrap_or_default().status;
        match (active.into_value(), status.as_deref()) {
            (None, _) | (Some(true), Some("CURRENT")) | (Some(false), Some("ON_LEAVE" | "INACTIVE")) => {}
            (Some(true), Some("ON_LEAVE")) => {
                writes = writes.then(call.post(person.push("clear-leave")), "the leave is over");
            }
            (Some(false), Some("CURRENT")) => {
                let now = now.ok_or_else(|| Error::internal("Vanta does not say what time it is"))?;
                let leave = json!({"startDate": now, "endDate": null});
                writes = writes.then(call.post(person.push("set-leave")).json(&leave), "the person is on leave");
            }
            // Connected systems decide who works for the company.
            _ => call.ignore("status"),
        }
        if writes.is_empty() {
            return read.send()?.user::<Person>();
        }
        let (is_only, told) = (writes.len() == 1, writes.send()?);
        if is_changed {
            let told = told.user::<Person>()?;
            if is_only {
                return Ok(told);
            }
        }
        Ok(Some(call.read_back_user(id, || read.send()?.json::<Person>())))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.get(api(call)?.push("people").push(id)).primary().send()?.user::<Person>()
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        let request = call.get(api(call)?.push("people")).query("pageSize", page.size());
        let people = request.query_some("pageCursor", page.cursor()).primary().send()?;
        people.users_in::<Person>("/results/data")?.next(|answer| {
            let has_next = answer.flag("/results/pageInfo/hasNextPage");
            answer.text("/results/pageInfo/endCursor").filter(|_| has_next)
        })
    }
}

fn api(call: &Call) -> Result<Path> {
    call.address("https://{host}/v1")
}

/// When Vanta answered, by its own clock: `Sun, 06 Nov 1994 08:49:37 GMT` in the header (RFC 9110 §5.6.7), in RFC 3339.
fn time_of(answer: &Response<'_>) -> Option<String> {
    let date = answer.header("date")?;
    let mut words = date.split_ascii_whitespace().skip(1);
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = "JanFebMarAprMayJunJulAugSepOctNovDec".find(month)? / 3 + 1;
    Some(format!("{year}-{month:02}-{day}T{time}Z"))
}

/// Body of `PATCH /people/{personId}`.
#[derive(Serialize)]
struct PersonChange {
    name: Option<Value>,
    employment: Option<Value>,
}

/// A person in Vanta's answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    id: Option<Id>,
    email_address: Text,
    employment: Option<Employment>,
    group_ids: Option<Vec<Id>>,
    name: Option<Name>,
}

#[derive(Default, Deserialize)]
struct Name {
    first: Text,
    last: Text,
    display: Text,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Employment {
    status: Text,
    start_date: Text,
    job_title: Text,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        let (name, employment) = (person.name.unwrap_or_default(), person.employment.unwrap_or_default());
        let status = employment.status.into_option().map(|word| match word.as_str() {
            "CURRENT" => Status::Active,
            "ON_LEAVE" | "INACTIVE" => Status::Inactive,
            "FORMER" => Status::Deleted,
            "UPCOMING" => Status::Invited,
            _ => Status::Other(word),
        });
        User {
            id: person.id.into(),
            emails: Email::only(person.email_address),
            title: employment.job_title.into(),
            groups: person.group_ids.map(Group::with_ids).into(),
            status: status.into(),
            created_at: employment.start_date.into(),
            ..User::named_by(name.display, name.first, name.last)
        }
    }
}

mortise_sdk::export!(Vanta);

#[cfg(test)]
mod tests;
