use mortise_sdk::mock::{Mock, post};
use mortise_sdk::{Call, Category, Email, FieldExt, Result, Status, User};
use serde::Serialize;
use serde_json::json;

#[derive(Serialize)]
struct Invitation {
    emails: [String; 1],
}

fn create_user(call: &Call, user: User) -> Result<Option<User>> {
    let email = user.primary_email().required("emails")?;
    call.post("/invitations").json(&Invitation { emails: [email.clone()] }).primary().send()?.empty()?;
    // The answer has nothing about the person, who has no identifier before the invitation is accepted.
    Ok(Some(User { emails: vec![Email::primary(email)].into(), status: Status::Invited.into(), ..User::default() }))
}

#[test]
fn whoever_is_invited_is_told_as_such() {
    let sent = json!({"emails": ["ada@example.com"]});
    let vendor =
        Mock::new(Category::UserDirectory).on(post("/invitations").json(sent).answers(202, json!({"queued": 1})));
    let given = User { emails: vec![Email::primary("ada@example.com".to_owned())].into(), ..User::default() };
    let user = create_user(&vendor.call(), given).unwrap().unwrap();
    assert!(user.id.is_absent() && user.status == Status::Invited.into());
}
