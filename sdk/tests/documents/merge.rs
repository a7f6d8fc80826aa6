use mortise_sdk::mock::{Mock, get, put};
use mortise_sdk::{Call, Category, Field, Result, User, path};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Person, shown};

/// The members that a `PUT` empties if it does not name them. Has writable members only.
#[derive(Deserialize, Serialize)]
struct Record {
    name: Option<String>,
    phone: Option<String>,
}

#[derive(Serialize)]
struct RecordChange {
    name: Field<String>,
}

fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
    let change = RecordChange { name: user.name };
    // Reads the record, applies the change to it, and writes all of it back.
    call.replace::<Record>(path!("/people/{id}"), &change)?.primary().send()?.user::<Person>()
}

#[test]
fn what_the_caller_does_not_change_is_written_back() {
    let record = json!({"id": 7, "name": "Ada", "phone": "+45", "created": "never"});
    let vendor = Mock::new(Category::Crm)
        .on(get("/people/7").answers(200, record))
        .on(put("/people/7").json(json!({"name": "Bo", "phone": "+45"})).answers(200, json!({"id": 7, "name": "Bo"})));
    let user = User { name: "Bo".into(), ..User::default() };
    assert_eq!(shown(update_user(&vendor.call(), "7", user).unwrap().unwrap()), ("7".into(), "Bo".into()));
}
