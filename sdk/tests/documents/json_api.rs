use mortise_sdk::mock::{Mock, patch};
use mortise_sdk::{Call, Category, Field, Id, Resource, Result, Text, User, numeric_id, path};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::shown;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PersonChange {
    first_name: Field<String>,
}

#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    name: Text,
}

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    let id = numeric_id(id)?;
    let change = Resource { kind: "user", id, attributes: PersonChange { first_name: user.first_name } };
    call.patch(path!("/users/{id}")).json_api(&change).primary().send()?.user_in::<Person>("data")
}

impl From<Person> for User {
    fn from(Person { id, attributes }: Person) -> Self {
        User { id: id.into(), name: attributes.name.into(), ..User::default() }
    }
}

#[test]
fn a_resource_is_changed() {
    let sent = json!({"data": {"type": "user", "id": 7, "attributes": {"firstName": "Ada"}}});
    let answer = json!({"data": {"type": "user", "id": 7, "attributes": {"name": "Ada"}}});
    let vendor = Mock::new(Category::Crm).on(patch("/users/7").json(sent).answers(200, answer));
    let user = User { first_name: "Ada".into(), ..User::default() };
    assert_eq!(shown(update_user(&vendor.call(), "7", user).unwrap().unwrap()), ("7".into(), "Ada".into()));
}
