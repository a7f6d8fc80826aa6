//! A vendor's directory of users in memory. It pages in every style, gives three users a page whatever the request
//! says, and misbehaves on command.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value, json};

use super::{Answer, Behaviour, Recorded};

/// The number of users at the start.
const USERS: u64 = 20;
/// The number of users in a page, whatever the request says.
const PAGE: usize = 3;
/// The first identifier. Identifiers are numbers of 19 digits, which a float cannot hold.
const FIRST_ID: u64 = 9_007_199_254_740_993_001;
/// The prefix of each of the vendor's cursors.
const CURSOR: &str = "a+b/c==&%2B \u{e9}";

/// The styles of paging. `tests/hostile/examples/pager.rs` has the same list.
pub const STYLES: [&str; 8] = ["offset", "number", "cursor", "next", "link", "keyset", "scim", "whole"];

/// The vendor's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// No fault.
    None,
    /// After each page, it inserts a user at the head, deletes a listed one, and changes one.
    Moves,
    /// After each page, it inserts a user at the head.
    Grows,
    /// Reports five users more than there are.
    TotalTooLarge,
    /// Reports one user fewer with each page, down to the true number.
    TotalShrinks,
    /// Does not report the number of users.
    NoTotal,
    /// Refuses to skip more rows than this.
    Ceiling(usize),
    /// Gives this many pages without users before the last one.
    EmptyPages(usize),
    /// Leads from the last page to a page without users.
    Phantom,
    /// Leads from the last page to the last page.
    RepeatsLast,
    /// Leads from the last page to the first one.
    Wraps,
    /// On the last page, writes an empty text or `null` for the next page.
    EmptyNext,
    /// Writes the `link` header in the form with this number.
    Link(usize),
    /// Lists the user of this minute, but does not find it by its identifier.
    Lost(u64),
}

/// The directory. All clones are the same directory.
#[derive(Debug, Clone)]
pub struct Directory(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    quirk: Quirk,
    /// The users, newest first.
    users: Vec<Person>,
    newest: u64,
    /// The number of pages given.
    pages: usize,
    /// The number of expired tokens. The vendor refuses requests with an expired token, and accepts requests without a
    /// token.
    ended: usize,
}

/// One user of the directory.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user's identifier.
    pub id: u64,
    /// The user's only address.
    pub email: String,
    /// Whether the user can sign in.
    pub is_active: bool,
    /// The minute after 9 o'clock UTC in which the user was created.
    pub minute: u64,
}

/// A page of users.
struct Window {
    rows: Vec<Person>,
    /// The cursor of the next page. `None`: this is the last page.
    next: Option<String>,
    /// The number of users, according to the vendor.
    total: usize,
}

impl Directory {
    /// A directory with 20 users, which are 7 pages.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State::new(Quirk::None))))
    }

    /// Starts again with all users, and with this fault from now on.
    pub fn begin(&self, quirk: Quirk) {
        let mut state = self.lock();
        *state = State { ended: state.ended, ..State::new(quirk) };
    }

    /// Expires the present token.
    pub fn end_token(&self) {
        self.lock().ended += 1;
    }

    /// Deletes a user.
    pub fn remove(&self, id: &str) {
        self.lock().users.retain(|user| user.id.to_string() != id);
    }

    /// The identifiers of the users that `is_one` accepts, the newest first.
    pub fn ids(&self, is_one: impl Fn(&Person) -> bool) -> Vec<String> {
        self.lock().users.iter().filter(|user| is_one(user)).map(|user| user.id.to_string()).collect()
    }

    /// The behaviour of a vendor with this directory.
    pub fn behaviour(&self) -> Behaviour {
        let directory = self.clone();
        Behaviour::by(move |request| directory.lock().answer(request))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

/// The n-th user. The address of every second user contains those of others.
fn person(number: u64) -> Person {
    let before = if number.is_multiple_of(2) { "" } else { "not+" };
    let email = format!("{before}user{}@x.io", number % 3);
    Person { id: FIRST_ID + number, email, is_active: !number.is_multiple_of(5), minute: number }
}

impl Person {
    fn json(&self, style: &str) -> Value {
        let Self { id, email, is_active, minute } = self;
        let created = format!("2026-01-31T12:{minute:02}:00+03:00");
        match style {
            "scim" => {
                let (emails, meta) = (json!([{ "value": email }]), json!({ "created": created }));
                json!({"id": id, "userName": email, "emails": emails, "active": is_active, "meta": meta})
            }
            _ => json!({"id": id, "email": email, "active": is_active, "created_at": created}),
        }
    }
}

impl State {
    fn new(quirk: Quirk) -> Self {
        Self { quirk, users: (0..USERS).rev().map(person).collect(), newest: USERS, pages: 0, ended: 0 }
    }

    fn answer(&mut self, request: &Recorded) -> Answer {
        let path: Vec<_> = request.path().split('/').skip(1).collect();
        let token = format!("token-{}", self.ended);
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["token"]) => Answer::json(200, &json!({"access_token": token, "expires_in": 3_600})),
            _ if request.header("authorization").is_some_and(|signed| signed != format!("Bearer {token}")) => {
                Answer::json(401, &json!({"message": "the token has ended"}))
            }
            ("GET", [style]) => self.page(style, request),
            ("GET", ["users", id]) => match self.place(id).map(|index| &self.users[index]) {
                Some(user) if self.quirk != Quirk::Lost(user.minute) => {
                    let mut user = user.json("cursor");
                    user["name"] = json!(format!("User {id}"));
                    Answer::json(200, &user)
                }
                _ => Answer::json(404, &json!({"message": "no such user"})),
            },
            ("DELETE", ["users", id]) => match self.place(id) {
                Some(index) => {
                    self.users.remove(index);
                    Answer::new(204, "application/json", "")
                }
                None => Answer::json(404, &json!({"message": "no such user"})),
            },
            other => panic!("{other:?}"),
        }
    }

    fn place(&self, id: &str) -> Option<usize> {
        self.users.iter().position(|user| user.id.to_string() == id)
    }

    fn page(&mut self, style: &str, request: &Recorded) -> Answer {
        let query = url::form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
        let parameters: BTreeMap<String, String> = query.into_owned().collect();
        // The vendor finds addresses that contain the given one, and users that were created in a later minute than the
        // given one. It ignores unknown parameters.
        let wanted = parameters.get("email").map(String::as_str).unwrap_or_default().to_ascii_lowercase();
        let since: i64 = parameters.get("since").map_or(-1, |minute| minute.parse().expect("a minute"));
        let is_found = |user: &&Person| user.email.contains(&wanted) && user.minute.cast_signed() > since;
        let users: Vec<_> = self.users.iter().filter(is_found).cloned().collect();
        let window = match self.window(style, &parameters, &users) {
            Ok(window) => window,
            Err(refusal) => return refusal,
        };
        let answer = self.write(style, &parameters, window);
        self.pages += 1;
        self.change();
        answer
    }

    fn window(&self, style: &str, parameters: &BTreeMap<String, String>, users: &[Person]) -> Result<Window, Answer> {
        let number = |name: &str| parameters.get(name).map(|text| text.parse::<usize>().expect("a number"));
        let behind = |last: u64| users.iter().position(|user| user.id < last).unwrap_or(users.len());
        let start = match style {
            "offset" => number("offset").unwrap_or(0),
            "scim" => number("startIndex").unwrap_or(1) - 1,
            "number" => {
                let before = number("page").unwrap_or(1) - 1;
                match self.quirk {
                    Quirk::EmptyPages(pages) if before > 2 => before.saturating_sub(pages).max(2) * PAGE,
                    _ => before * PAGE,
                }
            }
            "cursor" | "next" | "link" => match parameters.get("cursor") {
                None => 0,
                Some(cursor) => match place(cursor) {
                    Some(last) => behind(last),
                    None => return Err(Answer::json(400, &json!({"message": format!("the cursor {cursor} is none")}))),
                },
            },
            "keyset" => parameters.get("after").map_or(0, |last| behind(last.parse().expect("an identifier"))),
            _ => 0,
        };
        if matches!(self.quirk, Quirk::Ceiling(most) if start > most) {
            return Err(Answer::json(400, &json!({"message": "nobody skips more than 12 users"})));
        }
        let (mut start, mut size) = (start, if style == "whole" { users.len() } else { PAGE });
        match self.quirk {
            // With this fault, the vendor filters the users of a page after it has cut the page.
            Quirk::EmptyPages(pages) if (2..2 + pages).contains(&self.pages) => size = 0,
            Quirk::RepeatsLast => start = start.min((users.len() - 1) / PAGE * PAGE),
            Quirk::Wraps => start = start.next_multiple_of(PAGE) % users.len().next_multiple_of(PAGE),
            _ => {}
        }
        let rows: Vec<_> = users.iter().skip(start).take(size).cloned().collect();
        let goes_on = match self.quirk {
            Quirk::RepeatsLast | Quirk::Wraps => true,
            Quirk::Phantom => !rows.is_empty(),
            _ => start + rows.len() < users.len(),
        };
        let asked = || parameters.get("cursor").and_then(|cursor| place(cursor)).unwrap_or(u64::MAX);
        let last = rows.last().map_or_else(asked, |user| user.id);
        let total = match self.quirk {
            Quirk::TotalTooLarge => users.len() + 5,
            Quirk::TotalShrinks => users.len() + 5_usize.saturating_sub(self.pages),
            Quirk::RepeatsLast | Quirk::Wraps | Quirk::Phantom => usize::MAX >> 12,
            _ => users.len(),
        };
        // Each page has its own cursor, even a page without users.
        let next = goes_on.then(|| format!("{CURSOR}{last}.{}", self.pages));
        Ok(Window { rows, next, total })
    }

    fn write(&self, style: &str, parameters: &BTreeMap<String, String>, window: Window) -> Answer {
        let Window { rows, next, total } = window;
        let users: Vec<_> = rows.iter().map(|user| user.json(style)).collect();
        let mut body = Map::from_iter([("users".to_owned(), json!(users))]);
        let mut tell = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        match style {
            "offset" if self.quirk != Quirk::NoTotal => tell("total", json!(total)),
            "number" => tell("more", json!(next.is_some())),
            "cursor" => match (&next, self.quirk) {
                (None, Quirk::EmptyNext) => tell("next", json!("")),
                (None, Quirk::NoTotal) => {}
                (next, _) => tell("next", json!(next)),
            },
            "next" => {
                tell("next", json!(next.map(|next| format!("https://api.example.com/next?size=3&{}", encoded(&next)))))
            }
            "link" => {
                let links = next.map(|next| self.links(&next)).unwrap_or_default();
                let answer = Answer::json(200, &json!(users));
                return links.iter().fold(answer, |answer, link| answer.header("link", link));
            }
            "scim" => {
                let start: usize = parameters.get("startIndex").map_or(1, |text| text.parse().expect("a number"));
                let mut list = json!({"startIndex": start, "itemsPerPage": users.len(), "Resources": users});
                if users.is_empty() {
                    list.as_object_mut().expect("an object").remove("Resources");
                }
                if self.quirk != Quirk::NoTotal {
                    list["totalResults"] = json!(total);
                }
                return Answer::json(200, &list);
            }
            _ => {}
        }
        Answer::json(200, &Value::Object(body))
    }

    /// The lines of the `link` header to the next page.
    fn links(&self, next: &str) -> Vec<String> {
        let query = encoded(next);
        let url = format!("https://api.example.com/link?ids=1,2&{query}#top");
        let first = "<https://api.example.com/link?ids=1,2>; title=\"first, \\\"best\\\"\"; rel=\"first\"";
        match self.quirk {
            Quirk::Link(0) => vec![format!("{first}, <{url}>; rel=\"next\"")],
            Quirk::Link(1) => vec![first.to_owned(), format!("<{url}>; rel=\"next\"")],
            Quirk::Link(2) => vec![format!("<{url}>;rel=next,{first}")],
            Quirk::Link(3) => vec![format!("</link?{query}>; title=next; rel=\"last next\"")],
            Quirk::Link(4) => vec![format!("<http://api.example.com/link?{query}>; rel=\"next\"")],
            Quirk::Link(5) => vec![format!("<https://attacker.example/link?{query}>; rel=\"next\"")],
            _ => vec![format!("<{url}>; rel=\"next\"")],
        }
    }

    /// The changes of the list after a page.
    fn change(&mut self) {
        if matches!(self.quirk, Quirk::Moves | Quirk::Grows) {
            self.users.insert(0, Person { email: format!("new{}@x.io", self.newest), ..person(self.newest) });
            self.newest += 1;
        }
        if self.quirk == Quirk::Moves {
            // Deletes the newest of the listed users that were there from the start.
            self.users.remove(self.pages);
            if let Some(last) = self.users.last_mut() {
                last.email = format!("changed{}@x.io", self.pages);
            }
        }
    }
}

/// The identifier in a cursor of this vendor.
fn place(cursor: &str) -> Option<u64> {
    cursor.strip_prefix(CURSOR)?.split_once('.')?.0.parse().ok()
}

fn encoded(cursor: &str) -> String {
    let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair("cursor", cursor).finish();
    // Outside forms, a `+` in a URL means a plus.
    pair.replace('+', "%20")
}
