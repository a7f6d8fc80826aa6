use mortise_sdk::mock::{Mock, get, page, patch};
use mortise_sdk::{
    Call, Capabilities, Category, End, Integration, Listing, Page, Result, Support, User, UsersPage, path, scim,
};
use serde_json::json;

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    call.patch(path!("/Users/{id}")).scim(&scim::Patch::from(user)).primary().send()?.user::<scim::UserRead>()
}

fn list_users(call: &Call, page: &Page) -> Result<UsersPage> {
    // `scim::list` adds `startIndex` and `count`. The next page begins behind these users.
    scim::list::<scim::UserRead>(call.get("/Users").primary(), page)
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
    assert_eq!(first.next.as_deref(), Some("2"));
    let last = vendor.on(asked("3").answers(200, rows(&["c"]))).list::<Vendor>(&page(2).at("2")).unwrap();
    assert_eq!((last.rows.len(), last.next), (1, None));
}
