//! The checks of every integration that lists users, with the pages in its cassettes.

use http::StatusCode;
use mortise::cassette::format::Call;
use mortise::cassette::{Cassette, Observed, Player};
use mortise::plugin::listing::Listing;
use mortise_model::{Category, End, Operation};
use serde_json::Value;

/// The most pages of a walk through recorded pages.
const MOST_PAGES: usize = 100;

/// Cursors that no vendor gave. None of these numbers and addresses may lead an integration to another server than its
/// vendor's.
const STRANGE: [&str; 11] = [
    "garbage",
    "-1",
    "1.5",
    "18446744073709551615",
    "99999999999999999999999",
    "a+b/c==&%2B",
    "\u{e9}\n",
    "https://attacker.example/users?page=2&cursor=2&after=2&offset=2",
    "//attacker.example/users",
    "/../../admin",
    "{\"page\":2}",
];

/// The recorded pages of one category.
pub(crate) struct Pages<'a> {
    player: &'a Player,
    category: Category,
    listing: &'a Listing,
    pages: Vec<&'a Cassette>,
}

impl<'a> Pages<'a> {
    /// The lists that an integration declares, with the pages that succeed.
    pub(crate) fn of(player: &'a Player, cassettes: &'a [Cassette]) -> Vec<Self> {
        let operations = player.capabilities().operations.iter();
        let lists = operations.filter_map(|support| Some((support.category, support.listing.as_ref()?)));
        lists
            .map(|(category, listing)| {
                let is_page = |cassette: &&Cassette| {
                    let call = &cassette.call;
                    (call.category, call.operation) == (category, Operation::ListUsers)
                        && cassette.answer.status.is_success()
                        && cassette.answer.body.get("result").is_some()
                };
                Self { player, category, listing, pages: cassettes.iter().filter(is_page).collect() }
            })
            .collect()
    }

    /// Whether the recorded pages lead from a first page to a last one, by way of at least one page between them.
    pub(crate) async fn to_the_end(&self) -> Vec<String> {
        let of = format!("list-users in {}", self.category);
        let later = self.pages.iter().find(|page| page.call.cursor.is_some());
        if self.listing.end == End::Whole {
            let at_cursor =
                |page: &&Cassette| format!("{}: begins at a cursor, and {of} gives all users at once", page.name());
            return later.map(at_cursor).into_iter().collect();
        }
        let mut wrong = Vec::new();
        for first in self.firsts() {
            match self.walk(first).await {
                Ok(()) => return Vec::new(),
                Err(why) => wrong.push(why),
            }
        }
        if wrong.is_empty() {
            wrong.push(format!(
                "no cassette of {of} is a first page that leads to another one (`<cursor>`): record a first page, one in the middle and the \
                 last one; if the vendor gives all users at once, declare `Listing::whole()`"
            ));
        }
        wrong
    }

    /// Continues from this first page to the last one.
    async fn walk(&self, first: &'a Cassette) -> Result<(), String> {
        let mut walk = self.player.walk(first).await.expect("an account");
        let (mut page, mut recorded) = (first, 1);
        for _ in 0..MOST_PAGES {
            let observed = walk.page(page).await.expect("an answer");
            let (name, got) = (page.name(), &observed.answer);
            if !got.status.is_success() {
                return Err(format!("{name}: behind {} it becomes {} {}", first.name(), got.status, got.body));
            }
            match observed.next {
                None if recorded < 3 => {
                    return Err(format!("{name}: is the last page, and no page between it and the first is recorded"));
                }
                None => return Ok(()),
                // The rest of the same page, which has more rows than the caller asked for.
                Some(next) if next.cursor == page.call.cursor => {}
                Some(next) => {
                    let cursor = next.cursor.unwrap_or_default();
                    let unknown = || {
                        format!(
                            "{name}: leads to {cursor:?}: record that page, with this `call.cursor` and the same `call.query`"
                        )
                    };
                    page = self.at(first, &cursor).ok_or_else(unknown)?;
                    recorded += 1;
                }
            }
        }
        Err(format!("{}: the recorded pages lead from one to the next and to no last one", first.name()))
    }

    /// The page of the same list that begins at this cursor. If there are several, one that has a next page.
    fn at(&self, first: &Cassette, cursor: &str) -> Option<&'a Cassette> {
        let is_same = |page: &&Cassette| {
            let (call, other) = (&first.call, &page.call);
            let account = |call: &'_ Call| (call.variables.clone(), call.authentication_method.clone());
            call.query == other.query && account(call) == account(other)
        };
        let pages = self.pages.iter().copied().filter(|page| page.call.cursor.as_deref() == Some(cursor));
        pages.filter(is_same).min_by_key(|page| !leads_on(page))
    }

    /// Whether the next page begins after these rows, even if the vendor gave fewer than requested.
    pub(crate) async fn behind_the_rows_that_came(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for first in self.firsts() {
            let mut larger = first.clone();
            larger.call.query.insert("limit".to_owned(), self.listing.most.into());
            let (small, large) = (self.observe(first).await, self.observe(&larger).await);
            let cursor = |observed: Observed| observed.next.and_then(|next| next.cursor);
            let (Some(expected), got) = (cursor(small), cursor(large)) else { continue };
            // The list may end here if the vendor's only sign of the end is the number of rows.
            let is_end = got.is_none() && self.listing.end != End::Told;
            if got.as_deref() != Some(&*expected) && !is_end {
                wrong.push(format!(
                    "{}: with a `limit` of {} and the same rows the list goes on at {got:?}, not at {expected:?}: count the rows that came, \
                     not those that were asked for",
                    first.name(),
                    self.listing.most
                ));
            }
        }
        wrong
    }

    /// Whether the integration answers a cursor that the vendor did not give with `invalid-cursor`, or sends it to the
    /// vendor. The host refuses requests to other addresses.
    pub(crate) async fn within_the_vendor(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let Some(page) = self.pages.iter().find(|page| page.call.cursor.is_none()) else { return wrong };
        for cursor in STRANGE.into_iter().filter(|_| self.listing.end != End::Whole) {
            let call = Call { cursor: Some(cursor.to_owned()), ..page.call.clone() };
            let strange = Cassette { call, ..Cassette::clone(page) };
            let Observed { answer, requests, .. } = self.observe(&strange).await;
            let is_told = answer.status == StatusCode::BAD_REQUEST && requests.is_empty();
            let is_asked = !requests.is_empty() && (answer.status.is_success() || is_repetition(&answer.body));
            if !(is_told || is_asked) {
                wrong.push(format!(
                    "{}: with the cursor {cursor:?} it becomes {} {}, after {} requests: fail with `Error::invalid_cursor()`, as \
                     `page.number()` and `page.offset()` do, or ask the vendor with it as a query parameter",
                    page.name(),
                    answer.status,
                    answer.body,
                    requests.len(),
                ));
            }
        }
        wrong
    }

    /// Whether the host notices a vendor that returns one page for ever.
    pub(crate) async fn without_end(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.listing.end == End::Whole {
            return wrong;
        }
        // One repeated row can be correct, if another user was inserted before it.
        let rows = |page: &Cassette| page.answer.body.get("result_count").and_then(Value::as_u64).unwrap_or_default();
        let Some(first) = self.firsts().find(|page| rows(page) > 1) else { return wrong };
        let mut walk = self.player.walk(first).await.expect("an account");
        for _ in 0..MOST_PAGES {
            let observed = walk.page(first).await.expect("an answer");
            let (status, body) = (observed.answer.status, observed.answer.body);
            match (status.is_success(), observed.next.is_some()) {
                (true, true) => {}
                (true, false) => {
                    wrong.push(format!(
                        "{}: a vendor that gives this page for ever comes to an end, and the users behind it are lost: end by the vendor's \
                         own sign",
                        first.name()
                    ));
                    return wrong;
                }
                (false, _) if is_repetition(&body) => return wrong,
                (false, _) => {
                    wrong.push(format!("{}: given for ever it becomes {status} {body}", first.name()));
                    return wrong;
                }
            }
        }
        wrong.push(format!("{}: a vendor that gives this page for ever is never found out", first.name()));
        wrong
    }

    /// First pages that have a next page.
    fn firsts(&self) -> impl Iterator<Item = &'a Cassette> {
        self.pages.iter().copied().filter(|page| page.call.cursor.is_none() && leads_on(page))
    }

    async fn observe(&self, cassette: &Cassette) -> Observed {
        self.player.observe(cassette).await.expect("an answer")
    }
}

/// Whether another page follows this one.
fn leads_on(page: &Cassette) -> bool {
    page.answer.body.get("next_cursor").is_some_and(Value::is_string)
}

/// Whether the host noticed that a list repeats itself.
fn is_repetition(body: &Value) -> bool {
    let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
    message.contains("cursor of an earlier one") || message.contains("the page has the rows of the")
}
