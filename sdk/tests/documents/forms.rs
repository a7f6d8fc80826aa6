use mortise_sdk::mock::{Mock, post};
use mortise_sdk::{Call, Category, FieldExt, Result, User};
use serde::Serialize;
use serde_json::json;

use super::{Person, shown};

#[derive(Serialize)]
struct NewPerson {
    name: String,
    email: String,
    roles: Option<Vec<String>>,
}

fn create_user(call: &Call, user: User) -> Result<Option<User>> {
    let person = NewPerson {
        email: user.primary_email().required("emails")?,
        name: user.name.required("name")?,
        roles: Some(vec!["agent".to_owned()]),
    };
    // name=Ada&email=ada%40example.com&roles[]=agent
    call.post("/people").form(&person).primary().send()?.user::<Person>()
}

#[test]
fn a_form_is_written_of_a_struct() {
    let vendor = Mock::new(Category::Ticketing).on(post("/people").answers(201, json!({"id": 7, "name": "Ada"})));
    let email = mortise_sdk::Email::primary("ada@example.com".to_owned());
    let user = User { name: "Ada".into(), emails: vec![email].into(), ..User::default() };
    assert_eq!(shown(create_user(&vendor.call(), user).unwrap().unwrap()), ("7".into(), "Ada".into()));
    let request = vendor.requests().pop().unwrap();
    let mut fields: Vec<_> = std::str::from_utf8(request.body.as_deref().unwrap()).unwrap().split('&').collect();
    fields.sort_unstable();
    assert_eq!(fields, ["email=ada%40example.com", "name=Ada", "roles%5B%5D=agent"]);
}
