use mortise_sdk::mock::{Mock, get, page, patch};
use mortise_sdk::{
    Call, Capabilities, Category, End, Integration, Listing, Page, Result, Support, User, UsersPage, path, scim,
};
use serde_json::json;

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    call.patch(path!("/Users/{id}")).scim(&scim::Patch::from(user)).primary().send()?.user::<scim::UserRead>()
}

fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
    // `startIndex` counts rows from 1, as does the cursor of this list.
    let start = page.number()?;
    let request = call.get("/Users").query("startIndex", start).query("count", page.size());
    request.primary().send()?.users_in::<scim::UserRead>("Resources")?.next(|answer| {
        let next = start.saturating_add(answer.count());
        let goes_on = answer.count() > 0 && answer.number("/totalResults").is_some_and(|total| next <= total);
        goes_on.then(|| next.to_string())
    })
}

struct Vendor;

impl Integration for Vendor {
    fn capabilities() -> Capabilities {
        let listing = Listing::pages(100, 100).ends(End::Total);
        Capabilities::new("vendor", "Vendor").serves(Support::list(Category::UserDirectory, listing).response(["id"]))
    }

    fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
        list_users(call, page)
    }
}

#[test]
fn a_user_is_changed_by_operations() {
    let operations = json!([{"op": "replace", "path": "displayName", "value": "Ada"}]);
    let sent = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    let answer = json!({"id": "7", "userName": "ada", "displayName": "Ada"});
    let vendor = Mock::new(Category::UserDirectory).on(patch("/Users/7").json(sent).answers(200, answer));
    let user = User { name: "Ada".into(), ..User::default() };
    let user = update_user(&vendor.call(), "7", user).unwrap().unwrap();
    assert_eq!(user.username, "ada".into());
}

#[test]
fn a_list_ends_with_the_number_of_all() {
    let rows = |ids: &[&str]| json!({"totalResults": 3, "Resources": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()});
    let asked = |start: &str| get("/Users").query("startIndex", start).query("count", "2");
    let vendor = Mock::new(Category::UserDirectory);
    let first = vendor.clone().on(asked("1").answers(200, rows(&["a", "b"]))).list::<Vendor>(&page(2)).unwrap();
    assert_eq!(first.next.as_deref(), Some("3"));
    let last = vendor.on(asked("3").answers(200, rows(&["c"]))).list::<Vendor>(&page(2).at("3")).unwrap();
    assert_eq!((last.rows.len(), last.next), (1, None));
}
