use mortise_sdk::mock::{Exchange, Mock, get, page};
use mortise_sdk::{Call, Capabilities, Category, Integration, Listing, Page, Result, Support, UsersPage};
use serde_json::{Value, json};

use super::Person;

fn by_page_number(call: &Call, page: &Page) -> Result<UsersPage> {
    let number = page.number()?;
    let answer = call.get("/people").query("page", number).query("per_page", page.size()).primary().send()?;
    answer.users_in::<Person>("people")?.next(|answer| answer.flag("/has_more").then(|| (number + 1).to_string()))
}

fn by_offset(call: &Call, page: &Page) -> Result<UsersPage> {
    let request = call.get("/people").query("offset", page.offset()?).query("limit", page.size());
    let people = request.primary().send()?.users_in::<Person>("people")?;
    let total = people.number("/total");
    people.next_offset(page, total)
}

fn by_cursor(call: &Call, page: &Page) -> Result<UsersPage> {
    let request = call.get("/people").query("limit", page.size()).query_some("after", page.cursor());
    request.primary().send()?.users_in::<Person>("people")?.next(|answer| answer.text("/meta/after"))
}

fn by_link(call: &Call, page: &Page) -> Result<UsersPage> {
    let request = call.get("/people").query("limit", page.size()).query_some("after", page.cursor());
    // Only the parameter of that address goes on, never the address itself.
    request.primary().send()?.users::<Person>()?.next(|answer| answer.link("after"))
}

fn unpaged(call: &Call, _: &Page) -> Result<UsersPage> {
    call.get("/people").primary().send()?.users::<Person>()?.last()
}

/// Makes a vendor whose `list_users` is this function.
macro_rules! lists {
    ($($vendor:ident: $list:path),*) => { $(
        struct $vendor;

        impl Integration for $vendor {
            fn capabilities() -> Capabilities {
                let list = Support::list(Category::Ticketing, Listing::pages(50, 100));
                Capabilities::new("vendor", "Vendor").serves(list.response(["id", "name", "emails"]))
            }

            fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
                $list(call, page)
            }
        }
    )* };
}

lists!(Numbers: by_page_number, Offsets: by_offset, Cursors: by_cursor, Links: by_link, Unpaged: unpaged);

/// Plays these exchanges, one for each page, and returns the number of rows.
fn pages<V: Integration>(exchanges: impl IntoIterator<Item = Exchange>) -> usize {
    let (mut cursor, mut rows) = (None::<String>, 0);
    for exchange in exchanges {
        let asked = cursor.as_deref().map_or_else(|| page(2), |cursor| page(2).at(cursor));
        let found = Mock::new(Category::Ticketing).on(exchange).list::<V>(&asked).unwrap();
        rows += found.rows.len();
        cursor = found.next;
    }
    assert_eq!(cursor, None, "the last page has no cursor");
    rows
}

fn people(ids: &[u8]) -> Value {
    ids.iter().map(|id| json!({"id": id})).collect()
}

#[test]
fn each_style_reads_to_the_end() {
    let asked = |query: &[(&str, &str)]| query.iter().fold(get("/people"), |get, (name, value)| get.query(name, value));
    let (first, last) = (people(&[1, 2]), people(&[3]));
    let numbers = [
        asked(&[("page", "1"), ("per_page", "2")]).answers(200, json!({"people": first, "has_more": true})),
        asked(&[("page", "2"), ("per_page", "2")]).answers(200, json!({"people": last, "has_more": false})),
    ];
    assert_eq!(pages::<Numbers>(numbers), 3);
    let offsets = [
        asked(&[("offset", "0"), ("limit", "2")]).answers(200, json!({"people": first, "total": 3})),
        asked(&[("offset", "2"), ("limit", "2")]).answers(200, json!({"people": last, "total": 3})),
    ];
    assert_eq!(pages::<Offsets>(offsets), 3);
    let cursors = [
        asked(&[("limit", "2")]).answers(200, json!({"people": first, "meta": {"after": "c1"}})),
        asked(&[("limit", "2"), ("after", "c1")]).answers(200, json!({"people": last, "meta": {"after": null}})),
    ];
    assert_eq!(pages::<Cursors>(cursors), 3);
    let link = "<https://api.example.com/people?after=c%3D1>; rel=\"next\"";
    let links = [
        asked(&[("limit", "2")]).answers(200, first.clone()).header("link", link),
        asked(&[("limit", "2"), ("after", "c=1")]).answers(200, last),
    ];
    assert_eq!(pages::<Links>(links), 3);
    assert_eq!(pages::<Unpaged>([asked(&[]).answers(200, first)]), 2);
}
