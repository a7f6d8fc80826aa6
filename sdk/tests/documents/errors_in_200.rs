use mortise_sdk::mock::{Mock, post};
use mortise_sdk::{Call, Category, FailureKind, FieldExt, Result, User};
use serde::Serialize;
use serde_json::json;

use super::Person;

#[derive(Serialize)]
struct NewPerson {
    name: String,
}

fn create_user(call: &Call, user: User) -> Result<Option<User>> {
    let person = NewPerson { name: user.name.required("name")? };
    let answer = call.post("/people").json(&person).primary().send()?;
    // The vendor says 200 and {"success": false, "error": "name is taken"}.
    answer.refused_if("/success", false)?.user_in::<Person>("data")
}

#[test]
fn an_error_in_a_200_is_a_refusal() {
    let answer = json!({"success": false, "error": "name is taken"});
    let vendor = Mock::new(Category::Crm).on(post("/people").answers(200, answer));
    let user = User { name: "Ada".into(), ..User::default() };
    assert_eq!(create_user(&vendor.call(), user).unwrap_err().kind(), FailureKind::Refused);
}
