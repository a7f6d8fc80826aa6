use mortise_sdk::mock::{Mock, page as page_of, post};
use mortise_sdk::{Call, Capabilities, Category, FailureKind, Integration, Listing, Page, Result, Support, UsersPage};
use serde::Serialize;
use serde_json::json;

use super::Person;

const USERS: &str = "query($first: Int!, $after: String) {
  users(first: $first, after: $after) { edges { node { id name email } } pageInfo { hasNextPage endCursor } }
}";

#[derive(Serialize)]
struct Variables<'a> {
    first: u32,
    after: Option<&'a str>,
}

fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
    let variables = Variables { first: page.size(), after: page.cursor() };
    let answer = call.post("/graphql").graphql(USERS, &variables).primary().send()?.graphql()?;
    answer.users_below::<Person>("/data/users/edges", "/node")?.next(|answer| {
        answer.text("/data/users/pageInfo/endCursor").filter(|_| answer.flag("/data/users/pageInfo/hasNextPage"))
    })
}

struct Vendor;

impl Integration for Vendor {
    fn capabilities() -> Capabilities {
        let list = Support::list(Category::UserDirectory, Listing::pages(50, 100));
        Capabilities::new("vendor", "Vendor").serves(list.response(["id", "name", "emails"]))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        list_users(call, page)
    }
}

#[test]
fn a_page_is_read_below_its_edges_and_an_error_under_200_is_none() {
    let mock = || Mock::new(Category::UserDirectory);
    let asked = |after: Option<&str>| {
        let mut variables = json!({"first": 2});
        if let Some(after) = after {
            variables["after"] = json!(after);
        }
        post("/graphql").json(json!({"query": USERS, "variables": variables}))
    };
    let answer = |more: bool| {
        let info = json!({"hasNextPage": more, "endCursor": "c1"});
        json!({"data": {"users": {"edges": [{"node": {"id": "7", "name": "Ada"}}], "pageInfo": info}}})
    };
    let first = mock().on(asked(None).answers(200, answer(true))).list::<Vendor>(&page_of(2)).unwrap();
    assert_eq!((first.rows.len(), first.next.as_deref()), (1, Some("c1")));
    let at = page_of(2).at("c1");
    assert_eq!(mock().on(asked(Some("c1")).answers(200, answer(false))).list::<Vendor>(&at).unwrap().next, None);
    let error = json!({"data": null, "errors": [{"message": "no"}]});
    let failed = mock().on(asked(None).answers(200, error)).list::<Vendor>(&page_of(2));
    assert_eq!(failed.unwrap_err().kind(), FailureKind::Refused);
}
