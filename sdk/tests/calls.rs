//! The functions of a call, from the side of an integration.

use mortise_sdk::mock::{Mock, delete, get, page, patch, post, put};
use mortise_sdk::{
    Call, Capabilities, Category, Error, FailureKind, Field, Id, Integration, Listing, Operation, Page, Path, Result,
    Support, User, UsersPage, Writes, path,
};
use serde::Deserialize;
use serde_json::{Value, json};

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

#[test]
fn a_request_carries_what_it_was_given() {
    let vendor = mock().on(post("/users/a%2Bb").query("x", "1 2").query("y", "true").answers(204, json!(null)));
    let call = vendor.call();
    let request =
        call.post(Path::new("/users").push("a+b")).query("x", "1 2").query("y", true).header("x-version", "3");
    request.json(&json!({"a": 1})).primary().send().unwrap().empty().unwrap();

    let sent = vendor.requests().remove(0);
    assert_eq!(sent.body.as_deref(), Some(&br#"{"a":1}"#[..]));
    let headers = [("x-version", "3"), ("content-type", "application/json")];
    assert_eq!(sent.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(sent.primary);
}

#[test]
fn a_form_is_percent_encoded() {
    let vendor = mock().on(post("/token").text("user%5Bname%5D=Ada%20%26%20Bo").answers(200, json!({})));
    vendor.call().post("/token").form(&json!({"user": {"name": "Ada & Bo"}})).send().unwrap();
    assert_eq!(vendor.requests()[0].headers[0].1, "application/x-www-form-urlencoded");
}

#[test]
fn only_success_is_success() {
    for (status, kind) in [
        (200, None),
        (204, None),
        (299, None),
        (302, Some(FailureKind::Internal)),
        (100, Some(FailureKind::Internal)),
        (400, Some(FailureKind::Vendor)),
        (404, Some(FailureKind::Vendor)),
        (503, Some(FailureKind::Vendor)),
    ] {
        let vendor = mock().on(get("/me").answers(status, json!({})));
        assert_eq!(vendor.call().get("/me").send().err().map(|error| error.kind()), kind, "{status}");
    }
}

#[test]
fn any_status_can_be_looked_at() {
    let vendor = mock().on(delete("/me").header("Retry-After", "7").answers(409, json!({"code": "busy"})));
    let call = vendor.call();
    let answer = call.delete("/me").send_any().unwrap();
    assert_eq!((answer.status(), answer.header("retry-after").as_deref()), (409, Some("7")));
    assert_eq!(answer.json::<Value>().unwrap(), json!({"code": "busy"}));
}

#[test]
fn a_refused_segment_is_never_sent() {
    let call = mock().call();
    for id in ["", "..", "a/b"] {
        let error = call.patch(Path::new("/users").push(id)).json(&json!({})).send().err().unwrap();
        assert_eq!(error.kind(), FailureKind::InvalidInput);
    }
}

#[test]
fn a_parameter_is_absent_or_what_it_should_be_or_the_callers_mistake() {
    let call = mock().parameter("organization_id", json!(42)).parameter("groups", json!([{"id": "7"}])).call();
    assert_eq!(call.required_parameter::<Id>("organization_id").unwrap().0, "42");
    assert_eq!(call.parameter::<Id>("user_id"), Ok(None));
    for error in
        [call.parameter::<String>("groups").unwrap_err(), call.required_parameter::<String>("user_id").unwrap_err()]
    {
        assert_eq!(error.kind(), FailureKind::InvalidInput);
        assert!(error.field().is_some_and(|field| ["groups", "user_id"].contains(&field)));
    }
}

#[test]
fn variables_are_read_by_name() {
    let call = mock().variable("site", "acme").call();
    assert_eq!((call.variable("site").as_deref(), call.variable("api_token")), (Some("acme"), None));
}

#[test]
fn json_as_deep_as_the_reader_allows_is_read() {
    let deep = format!("{}{}", "[".repeat(120), "]".repeat(120));
    let vendor = mock().on(get("/deep").answers_bytes(200, deep));
    assert!(vendor.call().get("/deep").send().unwrap().json::<Value>().is_ok());
}

/// Sends the user unchanged, and answers with the user in the vendor's answer.
struct Echo;

#[derive(Deserialize)]
struct Wrapped(User);

impl From<Wrapped> for User {
    fn from(Wrapped(user): Wrapped) -> Self {
        user
    }
}

impl Integration for Echo {
    fn capabilities() -> Capabilities {
        Capabilities::new("echo", "Echo")
            .origin("https://echo.example.com")
            .serves(
                Support::update(Category::Ticketing)
                    .writable(["name"])
                    .own("badge", mortise_sdk::JsonType::Integer)
                    .ignored([("avatar", "nobody sees it")])
                    .response(["id", "badge"]),
            )
            .serves(Support::get(Category::Ticketing).response(["id"]))
            .serves(Support::list(Category::Ticketing, Listing::pages(2, 2)).response(["id"]))
    }

    fn get_user(call: &Call, id: &str) -> Result<Option<User>> {
        call.post("/search").json(&json!({ "id": id })).primary().send()?.user::<Wrapped>()
    }

    fn list_users(call: &Call, _: &Page) -> Result<UsersPage> {
        call.post("/search").primary().send()?.users::<Wrapped>()?.last()
    }

    fn update_user(call: &Call, id: &str, user: User) -> Result<Option<User>> {
        call.patch(Path::new("/users").push(id)).json(&user).primary().send()?.user::<Wrapped>()
    }
}

#[test]
fn what_is_not_offered_is_unsupported() {
    let error = Echo::create_user(&mock().call(), User::default()).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Unsupported);
    assert!(Echo::capabilities().support(Category::Ticketing, Operation::CreateUser).is_none());
}

#[test]
fn an_integration_gets_declared_fields_only() {
    let vendor = mock().on(patch("/users/7").json(json!({"name": "Ada", "badge": 9})).answers(200, json!({"id": "7"})));
    let body = json!({"name": "Ada", "badge": 9, "avatar": "x", "title": "y", "remote_data": {"z": 1}});
    assert_eq!(vendor.update::<Echo>("7", body), Ok(Some(json!({"id": "7"}))));
}

#[test]
fn a_body_that_the_category_does_not_take_names_its_field() {
    let error = mock().update::<Echo>("7", json!({"name": 5})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
#[should_panic(expected = "2 requests were expected, 1 were sent")]
fn an_unplayed_exchange_fails_the_test() {
    let vendor = mock().on(patch("/users/7").answers(200, json!({"id": "7"}))).on(get("/users/7"));
    let _ = vendor.update::<Echo>("7", json!({}));
}

#[test]
#[should_panic(expected = "no further request was expected")]
fn an_unexpected_request_fails_the_test() {
    let _ = mock().update::<Echo>("7", json!({}));
}

#[test]
#[should_panic(expected = "the next request was expected to be PATCH /users/8")]
fn another_request_fails_the_test() {
    let _ = mock().on(patch("/users/8")).update::<Echo>("7", json!({}));
}

#[test]
#[should_panic(expected = "was expected to be")]
fn another_body_fails_the_test() {
    let vendor = mock().on(patch("/users/7").json(json!({"name": "Bo"})));
    let _ = vendor.update::<Echo>("7", json!({"name": "Ada"}));
}

#[test]
#[should_panic(expected = "holds `name`, which is not declared")]
fn an_undeclared_answer_fails_the_test() {
    let vendor = mock().on(patch("/users/7").answers(200, json!({"id": "7", "name": "Ada"})));
    let _ = vendor.update::<Echo>("7", json!({}));
}

#[test]
fn a_script_can_be_played_again() {
    let vendor = mock().on(patch("/users/7").answers(200, json!({"id": "7"})));
    for _ in 0..3 {
        vendor.update::<Echo>("7", json!({})).unwrap();
        assert_eq!(vendor.requests().len(), 1);
    }
}

#[test]
fn an_error_tells_who_where_and_why() {
    let error = Error::invalid_input("is no address").at("emails[0].email");
    assert_eq!(error.to_string(), "invalid-input at emails[0].email: is no address");
    assert_eq!(Error::vendor("").to_string(), "vendor");
}

#[test]
fn a_read_that_cannot_be_read_has_done_nothing() {
    for answer in [json!({"name": "Ada"}), json!("no")] {
        let vendor = mock().on(get("/users/7").answers(200, answer));
        let call = vendor.call();
        let error = call.get("/users/7").primary().send().unwrap().user::<User>().unwrap_err();
        assert!(error.message().starts_with("cannot read the vendor's answer"), "{error:?}");
    }
}

#[test]
fn a_search_by_post_has_written_nothing() {
    for (answer, reason) in [
        ("{}", "cannot read the vendor's answer"),
        ("<!DOCTYPE html>", "the vendor answered with a page for people"),
        ("no", "cannot read the vendor's answer"),
    ] {
        let vendor = mock().on(post("/search").answers_bytes(200, answer));
        for error in [vendor.get::<Echo>("7").unwrap_err(), vendor.list::<Echo>(&page(2)).unwrap_err()] {
            assert!(error.message().starts_with(reason), "{error:?}");
        }
    }
}

/// Requests the user's groups after a write that the call may have sent before. The last request fails.
fn joined(writes: Writes<'_>, call: &Call) -> Option<Error> {
    let group = |id: u64| call.put(path!("/groups/{id}/members/7"));
    let writes = writes.then(group(1), "they are in group 1").then(group(2), "they are in group 2");
    writes.then(group(3), "they are in group 3").send().err()
}

#[test]
fn of_several_writes_the_first_is_primary_and_a_failure_says_what_is_done() {
    let joins = |first: u16, last: u16| {
        let group = |id: u64, status| put(&format!("/groups/{id}/members/7")).answers(status, json!({"id": id}));
        let vendor = mock().on(group(1, first));
        if first < 300 { vendor.on(group(2, 201)).on(group(3, last)) } else { vendor }
    };
    let vendor = joins(200, 403);
    let error = joined(Writes::new(), &vendor.call()).unwrap();
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, "they are in group 1, they are in group 2"));
    assert_eq!(vendor.requests().iter().map(|request| request.primary).collect::<Vec<_>>(), [true, false, false]);

    let vendor = joins(403, 0);
    assert_eq!(joined(Writes::new(), &vendor.call()).unwrap().message(), "");
    let vendor = joins(403, 0);
    let error = joined(Writes::after("user 7 is created"), &vendor.call()).unwrap();
    assert_eq!(error.message(), "user 7 is created");
    assert!(!vendor.requests()[0].primary);
}

#[test]
fn of_several_writes_none_is_sent_if_one_has_no_address() {
    let group = "..";
    let (first, second) = (path!("/users/7"), path!("/groups/{group}/members"));
    let vendor = mock();
    let call = vendor.call();
    for (before, message) in [(Writes::new(), ""), (Writes::after("user 7 is created"), "user 7 is created")] {
        let error = before
            .then(call.patch(first.clone()), "the user is changed")
            .then(call.post(second.clone()), "they are in the group")
            .send()
            .err()
            .unwrap();
        assert!(error.message().contains(message), "{error:?}");
    }
    assert!(vendor.requests().is_empty());
}

#[test]
fn several_writes_end_at_an_error_inside_a_success_and_answer_with_the_first() {
    let vendor = mock()
        .on(post("/users/7/block").answers(201, json!({"id": 7})))
        .on(post("/users/7/leave").answers(200, json!({"success": false})));
    let call = vendor.call();
    let writes = || Writes::new().then(call.post("/users/7/block"), "they are blocked");
    assert_eq!((writes().len(), Writes::new().is_empty()), (1, true));
    let error = writes().then(call.post("/users/7/leave"), "they left").send().err().unwrap();
    assert_eq!((error.kind(), error.message()), (FailureKind::Refused, "they are blocked"));

    let vendor = mock().on(post("/users/7/block").answers(201, json!({"id": 7})));
    let call = vendor.call();
    let answer = Writes::new().then(call.post("/users/7/block"), "they are blocked").send().unwrap();
    assert_eq!(answer.json::<Value>().unwrap(), json!({"id": 7}));
    assert_eq!(Writes::new().send().err().unwrap().kind(), FailureKind::Internal);
}

#[test]
fn groups_are_those_of_the_body_and_of_the_query() {
    let user = |groups: Value| serde_json::from_value::<User>(json!({"groups": groups})).unwrap();
    let asked = mock().parameter("groups", json!([{"id": "2"}, {"id": 3}]));
    for (vendor, body, expected) in [
        (mock(), User::default(), Field::Absent),
        (mock(), user(json!(null)), Field::Null),
        (mock(), user(json!([])), Field::Value(vec![])),
        (asked.clone(), User::default(), Field::Value(vec!["2", "3"])),
        (asked.clone(), user(json!([{"id": 1}, {"id": "2"}])), Field::Value(vec!["1", "2", "3"])),
        (asked, user(json!(null)), Field::Null),
    ] {
        assert_eq!(
            vendor.call().group_ids(&body),
            Ok(expected.map(|ids| ids.into_iter().map(str::to_owned).collect()))
        );
    }
    assert_eq!(mock().call().groups_to_join(&User::default(), 1), Ok(vec![]));
    assert_eq!(mock().call().groups_to_join(&user(json!([{"id": 1}])), 1), Ok(vec!["1".to_owned()]));
    for (groups, message) in
        [(json!([{"id": 1}, {"id": 2}]), "must be at most 1 in a call"), (json!(null), "the vendor cannot clear this")]
    {
        let error = mock().call().groups_to_join(&user(groups), 1).unwrap_err();
        assert_eq!(
            (error.kind(), error.field(), error.message()),
            (FailureKind::InvalidInput, Some("groups"), message)
        );
    }
    let error = mock().call().group_ids(&user(json!([{"id": 1}, {"name": "Support"}]))).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups[1].id")));
}

#[test]
fn groups_of_a_vendor_that_knows_them_by_name_have_a_name_or_an_identifier() {
    let user = |groups: Value| serde_json::from_value::<User>(json!({"groups": groups})).unwrap();
    let asked = mock().parameter("groups", json!([{"id": "1", "name": "dev"}, {"id": "ops"}]));
    let names = asked.call().group_names(&user(json!([{"name": "ops"}])));
    assert_eq!(names, Ok(Field::Value(vec!["ops".to_owned(), "dev".to_owned()])));
    let error = mock().call().group_names(&user(json!([{"name": "ops"}, {}]))).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups[1].name")));
}
