use mortise_sdk::mock::{Mock, patch};
use mortise_sdk::{Call, Category, Field, Result, User, path};
use serde::Serialize;
use serde_json::json;

use super::{Person, shown};

#[derive(Serialize)]
struct PersonChange {
    name: Field<String>,
}

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    let change = PersonChange { name: user.name };
    // {"person": {"name": …}} goes out, {"data": {"person": {…}}} comes back.
    let answer = call.patch(path!("/people/{id}")).json_in("person", &change).primary().send()?;
    answer.user_in::<Person>("/data/person")
}

#[test]
fn a_record_is_written_and_read_in_its_envelope() {
    let answer = json!({"data": {"person": {"id": 7, "name": "Ada"}}});
    let sent = json!({"person": {"name": "Ada"}});
    let vendor = Mock::new(Category::Ticketing).on(patch("/people/7").json(sent).answers(200, answer));
    let user = User { name: "Ada".into(), ..User::default() };
    assert_eq!(shown(update_user(&vendor.call(), "7", user).unwrap().unwrap()), ("7".into(), "Ada".into()));
}
