use mortise_sdk::mock::{Mock, get, patch};
use mortise_sdk::{Call, Category, Field, Flag, Result, User, path};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Person;

#[derive(Serialize)]
struct PersonChange {
    name: Field<String>,
    title: Field<String>,
}

#[derive(Deserialize)]
struct Kind {
    managed: Flag,
}

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    let mut change = PersonChange { name: user.name, title: user.title };
    // The directory of the vendor's customer writes the titles of managed users.
    let Kind { managed: Flag(is_managed) } = call.get(path!("/people/{id}")).send()?.json()?;
    if is_managed && !change.title.is_absent() {
        call.ignore("title");
        change.title = Field::Absent;
    }
    call.patch(path!("/people/{id}")).json(&change).primary().send()?.user::<Person>()
}

#[test]
fn a_field_is_left_out_and_told() {
    let vendor = Mock::new(Category::UserDirectory).on(get("/people/7").answers(200, json!({"managed": 1}))).on(patch(
        "/people/7",
    )
    .json(json!({"name": "Ada"}))
    .answers(200, json!({"id": 7})));
    let user = User { name: "Ada".into(), title: "Boss".into(), ..User::default() };
    update_user(&vendor.call(), "7", user).unwrap();
    assert_eq!(vendor.ignored(), ["title"]);
}
