//! Addresses that are equal, and addresses that are marked as the main address.

use mortise::unified::addresses;
use mortise::unified::failure::Failures;
use serde_json::{Value, json};

use crate::messages;

fn united(emails: Value) -> (Value, Failures) {
    let Value::Object(mut document) = json!({ "emails": emails }) else { panic!("an object") };
    let mut failures = Failures::default();
    addresses::unite(&mut document, &mut failures);
    (document.remove("emails").unwrap(), failures)
}

#[test]
fn equal_addresses_are_one_as_the_first_is_written() {
    for (emails, expected) in [
        (json!([{"email": "a@x.io"}, {"email": "a@x.io"}]), json!([{"email": "a@x.io"}])),
        (
            json!([{"email": "a@X.io"}, {"email": "b@x.io"}, {"email": " a@x.IO"}]),
            json!([{"email": "a@X.io"}, {"email": "b@x.io"}]),
        ),
        (json!([{"email": "Ada@x.io"}, {"email": "ada@x.io"}]), json!([{"email": "Ada@x.io"}, {"email": "ada@x.io"}])),
        (
            json!([{"email": "b@x.io"}, {"email": "a@X.io", "type": "other"}, {"email": "a@x.io", "type": "primary"}]),
            json!([{"email": "b@x.io"}, {"email": "a@X.io", "type": "primary"}]),
        ),
        (
            json!([{"email": "a@x.io", "is_primary": true, "type": "work"}, {"email": "a@x.io", "type": "primary"}]),
            json!([{"email": "a@x.io", "is_primary": true, "type": "work"}]),
        ),
        (json!([7, {"email": null}, {}, {"email": null}]), json!([7, {"email": null}, {}, {"email": null}])),
        (json!("a@x.io"), json!("a@x.io")),
        (json!(null), json!(null)),
    ] {
        assert_eq!(united(emails.clone()), (expected, Failures::default()), "{emails}");
    }
}

#[test]
fn only_one_address_is_marked_as_primary() {
    let emails = json!([
        {"email": "a@x.io", "type": "primary"},
        {"email": "b@x.io", "type": "other"},
        {"email": "a@X.io", "type": "primary"},
        {"email": "c@x.io", "is_primary": true},
        {"email": "d@x.io", "is_primary": false, "type": "primary"},
    ]);
    let (_, failures) = united(emails);
    assert_eq!(messages(&failures), ["emails[3] is marked as primary, and so is another address: only one may be"]);
}
