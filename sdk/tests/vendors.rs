//! The SDK's knowledge of the ways in which vendors differ from the unified API.

use mortise_sdk::mock::{Mock, get, page, patch, post, put};
use mortise_sdk::{
    Category, DateTime, Error, FailureKind, Field, Id, Millis, Phone, Resource, Text, User, UserExt, Value,
    numeric_ids, path,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

#[derive(Debug, Deserialize)]
struct Person {
    id: Id,
}

impl From<Person> for User {
    fn from(person: Person) -> Self {
        User { id: person.id.0.into(), ..User::default() }
    }
}

#[test]
fn a_record_is_written_into_its_envelope() {
    let vendor = mock().on(post("/users").json(json!({"user": {"name": "Ada"}})).answers(201, json!(null)));
    vendor.call().post("/users").json_in("user", &json!({"name": "Ada"})).send().unwrap();
    assert_eq!(vendor.requests()[0].headers[0].1, "application/json");
}

#[test]
fn a_record_is_read_out_of_its_envelope_whatever_else_is_there() {
    let deep = json!({"a": null, "data": {"node": {"user": {"id": 7}}, "user": {"id": 8}}});
    let vendor = mock().on(get("/users/7").answers(200, deep.clone()));
    assert_eq!(vendor.call().get("/users/7").send().unwrap().json_in::<Person>("/data/node/user").unwrap().id.0, "7");
    let vendor = mock().on(get("/users/7").answers(200, deep));
    let error = vendor.call().get("/users/7").send().unwrap().json_in::<Person>("/data/nobody/user").unwrap_err();
    assert!(error.message().ends_with("missing field `/data/nobody/user`"), "{error}");
    for (body, found) in [
        (json!({"data": {"user": null}}), false),
        (json!({"data": null}), false),
        (json!({}), false),
        (json!({"data": {"user": {"id": 7}}}), true),
    ] {
        let vendor = mock().on(get("/users/7").answers(200, body));
        let person = vendor.call().get("/users/7").send().unwrap().find_in::<Person>("/data/user").unwrap();
        assert_eq!(person.is_some(), found);
    }
    for answer in
        [json!({"user": {"id": 7}}), json!({"meta": {"user": [null]}, "user": {"id": "7", "x": 1}, "a": null})]
    {
        let vendor = mock().on(get("/users/7").answers(200, answer));
        assert_eq!(vendor.call().get("/users/7").send().unwrap().json_in::<Person>("user").unwrap().id.0, "7");
    }
}

#[test]
fn a_record_is_read_out_of_a_list_by_its_place() {
    let answer = |users: Value| mock().on(get("/users/7").answers(200, json!({ "users": users })));
    let first = |vendor: Mock| vendor.call().get("/users/7").send()?.json_in::<Person>("/users/0");
    let second = |vendor: Mock| vendor.call().get("/users/7").send()?.json_in::<Person>("/users/1/user");
    assert_eq!(first(answer(json!([{"id": 7}, {"id": 8}, null]))).unwrap().id.0, "7");
    assert_eq!(second(answer(json!([[], {"user": {"id": 8}}, 3]))).unwrap().id.0, "8");
    for nobody in [json!([]), json!(null), json!({})] {
        let error = first(answer(nobody.clone())).unwrap_err();
        assert!(error.message().ends_with("missing field `/users/0`"), "{nobody}: {}", error.message());
    }
    assert!(second(answer(json!([3, [4]]))).is_err());
}

#[test]
fn a_record_is_read_out_of_an_envelope_that_may_not_be_there() {
    for (answer, found) in [
        (json!({"user": {"id": 7}, "id": 8}), Ok(Some(Field::from("7")))),
        (json!({"user": null, "id": 8}), Ok(Some(Field::from("8")))),
        (json!({"id": 8}), Ok(Some(Field::from("8")))),
        (json!({"user": {"id": true}, "id": 8}), Err(FailureKind::Internal)),
        (json!({"error": "no"}), Err(FailureKind::Refused)),
    ] {
        let vendor = mock().on(get("/users/7").answers(200, answer.clone()));
        let user = vendor.call().get("/users/7").send().unwrap().user_in_or_root::<Person>("user");
        assert_eq!(user.map(|user| user.map(|user| user.id)).map_err(|error| error.kind()), found, "{answer}");
    }
}

#[test]
fn an_envelope_without_the_record_is_told_with_its_place() {
    for (answer, reason) in [
        (json!({}), "missing field `user`"),
        (json!([]), "invalid type: sequence, expected an object with `user`"),
        (json!({"user": null}), "`user`: invalid type: null, expected struct Person"),
        (json!({"user": {"id": true}}), "`user.id`: invalid type: boolean `true`, expected an identifier"),
    ] {
        let vendor = mock().on(get("/users/7").answers(200, answer));
        let error = vendor.call().get("/users/7").send().unwrap().json_in::<Person>("user").unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (FailureKind::Internal, &*format!("cannot read the vendor's answer: {reason}"))
        );
    }
}

#[test]
fn what_follows_an_envelope_is_a_mistake() {
    let vendor = mock().on(get("/users/7").answers_bytes(200, r#"{"user": {"id": 7}} ?"#));
    assert!(vendor.call().get("/users/7").send().unwrap().json_in::<Person>("user").is_err());
}

#[test]
fn an_answer_that_nobody_wants_may_be_anything_but_an_error() {
    for (answer, kind) in [
        ("no JSON", None),
        (r#"{"what": "ever"}"#, None),
        (r#"{"user": {"id": 7, "name": "Ada"}, "error": "of old"}"#, None),
        (r#"{"success": false, "error": "no"}"#, Some(FailureKind::Refused)),
    ] {
        let vendor = mock().without_user().on(get("/users/7").answers_bytes(200, answer));
        let user = vendor.call().get("/users/7").send().unwrap().user_in::<Person>("user");
        assert_eq!(user.map_err(|error| error.kind()), kind.map_or(Ok(None), Err), "{answer}");
    }
}

#[test]
fn a_resource_of_json_api_says_what_it_is_and_what_changes() {
    let document = json!({"data": {"type": "user", "id": 42, "attributes": {"firstName": "Ada"}}});
    let vendor = mock().on(patch("/users/42").json(document).answers(200, json!(null)));
    let change = Resource { kind: "user", id: 42, attributes: json!({"firstName": "Ada"}) };
    vendor.call().patch("/users/42").json_api(&change).send().unwrap();
    assert_eq!(
        vendor.requests()[0].headers,
        ["accept", "content-type"].map(|name| (name.to_owned(), "application/vnd.api+json".to_owned()))
    );
}

#[test]
fn what_a_document_of_json_api_includes_is_read_by_its_type() {
    let included = json!([{"type": "roles", "id": 7}, {"type": "orgs", "id": 8}, {"type": "roles"}, {"type": "roles", "id": "9"}, 1]);
    for (answer, ids) in [
        (json!({"data": [], "included": included}).to_string(), vec!["7", "9"]),
        (json!({"data": [], "included": null}).to_string(), vec![]),
        ("no JSON".to_owned(), vec![]),
    ] {
        let vendor = mock().on(get("/users").answers_bytes(200, answer));
        let roles = vendor.call().get("/users").send().unwrap().included::<Person>("roles");
        assert_eq!(roles.into_iter().map(|role| role.id.0).collect::<Vec<_>>(), ids);
    }
}

#[test]
fn what_cannot_be_read_back_does_not_undo_the_write() {
    let vendor = mock().on(get("/users/7").answers(200, json!({"id": 7})));
    let call = vendor.call();
    assert_eq!(
        call.read_back(|| call.get("/users/7").send()?.json::<Person>()).map(|person| person.id.0),
        Some("7".into())
    );
    for (status, answer) in [(500, json!({})), (404, json!({})), (200, json!([]))] {
        let vendor = mock().on(get("/users/7").answers(status, answer));
        let call = vendor.call();
        assert!(call.read_back(|| call.get("/users/7").send()?.json::<Person>()).is_none());
    }
}

#[test]
fn nothing_is_read_back_for_an_answer_that_nobody_wants() {
    let vendor = mock().without_user();
    let call = vendor.call();
    assert!(call.read_back(|| call.get("/users/7").send()?.json::<Person>()).is_none());
}

#[test]
fn a_user_whom_the_answer_does_not_tell_whole_is_read_and_a_refusal_stands() {
    let user = |id: &str| User { id: id.into(), ..User::default() };
    let internal = || Error::internal("the write is done, but the vendor's answer cannot be read");
    for (told, read, expected) in [
        (Ok(Some(user("7"))), None, Ok(Some(user("7")))),
        (Ok(Some(user("part"))), Some(Ok(Some(user("7")))), Ok(Some(user("7")))),
        (Ok(Some(user("part"))), Some(Err(Error::vendor(""))), Ok(Some(user("part")))),
        (Ok(None), Some(Ok(Some(user("7")))), Ok(Some(user("7")))),
        (Err(internal()), Some(Ok(Some(user("7")))), Ok(Some(user("7")))),
        (Err(internal()), Some(Err(Error::vendor(""))), Err(internal())),
        (Err(Error::refused("")), None, Err(Error::refused(""))),
    ] {
        let is_whole = |user: &User| user.id == Field::from("7");
        let answer = mock().call().told_or_read(told, is_whole, || read.expect("nothing is to be read"));
        assert_eq!(answer, expected);
    }
    let part = || Ok(Some(user("part")));
    assert_eq!(mock().without_user().call().told_or_read(part(), |_| false, || panic!("nobody wants it")), part());
}

#[test]
fn a_vendor_says_by_a_member_that_it_refused() {
    for (answer, has_failed, has_not_succeeded) in [
        (json!({"ok": {"is": false}}), true, true),
        (json!({"ok": {"is": true}}), false, false),
        (json!({"ok": {"is": "no"}}), false, true),
        (json!({"ok": {"is": null}}), false, true),
        (json!({"ok": {}}), false, false),
        (json!([]), false, false),
    ] {
        let send = || mock().on(post("/users").answers(200, answer.clone())).call().post("/users").send().map(drop);
        assert_eq!(send(), Ok(()));
        let vendor = mock().on(post("/users").answers(200, answer.clone()));
        let refused = vendor.call().post("/users").send().unwrap().refused_if("/ok/is", false).is_err();
        let vendor = mock().on(post("/users").answers(200, answer.clone()));
        let answered = vendor.call().post("/users").send().unwrap().refused_unless("/ok/is", true).map(drop);
        assert_eq!((refused, answered.is_err()), (has_failed, has_not_succeeded), "{answer}");
        assert!(answered.err().is_none_or(|error| error.kind() == FailureKind::Refused));
    }
    for (error, has_failed) in [(json!(null), false), (json!(""), false), (json!([]), false), (json!("no"), true)] {
        let vendor = mock().on(post("/users").answers(200, json!({"error": error.clone()})));
        assert_eq!(vendor.call().post("/users").send().unwrap().refused_by("/error").is_err(), has_failed, "{error}");
    }
}

#[test]
fn a_vendor_says_under_a_status_of_success_that_it_has_no_such_user() {
    let asked = |answer: Value| {
        let vendor = mock().on(get("/users/7").answers(200, answer));
        vendor.call().get("/users/7").send()?.not_found_if("/users", json!([])).map(drop)
    };
    assert_eq!(asked(json!({"users": []})).unwrap_err().kind(), FailureKind::NotFound);
    for somebody in [json!({"users": [{"id": 7}]}), json!({}), json!(null)] {
        assert_eq!(asked(somebody), Ok(()));
    }
}

#[test]
fn graphql_gets_its_variables_and_can_fail_under_a_status_of_success() {
    let sent = json!({"query": "{ me(id: $id) { id } }", "variables": {"id": 7}});
    let ask = |answer: Value| {
        let vendor = mock().on(post("/graphql").json(sent.clone()).answers(200, answer));
        let call = vendor.call();
        let variables = GraphQlVariables { id: 7, name: Field::Absent };
        call.post("/graphql")
            .graphql("{ me(id: $id) { id } }", &variables)
            .send()?
            .graphql()?
            .user_in::<Person>("/data/me")
    };
    assert_eq!(ask(json!({"data": {"me": {"id": 7}}})), Ok(Some(User::with_id("7"))));
    let error = ask(json!({"data": {"me": {"id": 7}}, "errors": [{"message": "no"}]})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Refused);
}

#[derive(Serialize)]
struct GraphQlVariables {
    id: u64,
    name: Field<String>,
}

#[derive(Deserialize, Serialize)]
struct Agent {
    name: Option<String>,
    phone: Option<Value>,
    title: Option<String>,
}

#[derive(Serialize)]
struct AgentChange {
    name: Field<String>,
    title: Field<String>,
}

#[test]
fn a_record_is_replaced_by_what_is_there_and_the_change() {
    let vendor = mock()
        .on(get("/agents/7").answers(200, json!({"id": 7, "name": "Ada", "phone": {"home": "1"}, "title": "Dr."})))
        .on(put("/agents/7").json(json!({"name": "Ida", "phone": {"home": "1"}})).answers(200, json!({})));
    let (call, id) = (vendor.call(), 7);
    let change = AgentChange { name: "Ida".into(), title: Field::Null };
    call.replace::<Agent>(path!("/agents/{id}"), &change).unwrap().send().unwrap();

    let vendor = mock().on(get("/agents/7").answers(404, json!({})));
    assert_eq!(
        vendor.call().replace::<Agent>("/agents/7", &change).err().map(|error| error.kind()),
        Some(FailureKind::Vendor)
    );
}

#[test]
fn what_vendors_spell_in_their_own_way_becomes_a_field() {
    #[derive(Deserialize)]
    struct Record {
        id: Option<Id>,
        name: Text,
        joined: Option<Millis>,
        changed: Option<DateTime>,
    }
    fn read(json: Value) -> [Field<String>; 4] {
        let Record { id, name, joined, changed } = serde_json::from_value(json).unwrap();
        [id.into(), name.into(), joined.into(), changed.into()]
    }
    let told = json!({"id": 7, "name": "Ada", "joined": 0, "changed": "2024-03-01 10:00:00"});
    let expected = ["7", "Ada", "1970-01-01T00:00:00Z", "2024-03-01T10:00:00Z"].map(Field::<String>::from);
    assert_eq!(read(told), expected);
    for nothing in [json!({}), json!({"name": "", "joined": i64::MAX, "changed": "0000-00-00"})] {
        assert_eq!(read(nothing), [const { Field::Absent }; 4]);
    }
}

#[test]
fn a_failure_says_what_was_done_before_it() {
    let error = Error::vendor("").after("the user was created, but not put into group 7");
    assert_eq!(
        (error.kind(), error.message()),
        (FailureKind::Vendor, "the user was created, but not put into group 7")
    );
    let error = Error::invalid_input("is not known").at("groups[0]").after("the user was created");
    assert_eq!((error.message(), error.field()), ("the user was created: is not known", Some("groups[0]")));
}

#[test]
fn a_name_is_split_only_for_what_is_not_given() {
    let names = |name: Field<String>, first_name: Field<String>, last_name: Field<String>| {
        User { name, first_name, last_name, ..User::default() }.names()
    };
    let absent = || Field::Absent;
    for (name, first, last) in [
        ("Ada Example", Field::from("Ada"), Field::from("Example")),
        (" Ada  King  Lovelace ", "Ada  King".into(), "Lovelace".into()),
        ("Ada\u{a0}Example", "Ada".into(), "Example".into()),
        ("Ada", "Ada".into(), absent()),
        (" ", absent(), absent()),
        ("Example, Ada", "Ada".into(), "Example".into()),
        ("van der Berg ,Ada Maria", "Ada Maria".into(), "van der Berg".into()),
        ("Example,", "Example".into(), absent()),
        (", Ada Example", "Ada".into(), "Example".into()),
        (" , ", absent(), absent()),
        ("Ada Example, Ph.D.", "Ada".into(), "Example, Ph.D.".into()),
        ("King, Martin Luther, Jr.", "Martin Luther, Jr.".into(), "King".into()),
    ] {
        assert_eq!(names(name.into(), absent(), absent()), (first, last), "{name:?}");
    }
    assert_eq!(names("Ada Example".into(), "A".into(), absent()), ("A".into(), "Example".into()));
    assert_eq!(names("Ada Example".into(), "A".into(), Field::Null), ("A".into(), Field::Null));
    assert_eq!(names(Field::Null, absent(), "E".into()), (Field::Null, "E".into()));
    assert_eq!(names(absent(), absent(), absent()), (absent(), absent()));
}

#[test]
fn the_first_language_is_the_preferred_one() {
    for (languages, expected) in [
        (Field::Value(vec!["da".to_owned(), "en".to_owned()]), Field::from("da")),
        (Field::Value(Vec::new()), Field::Absent),
        (Field::Null, Field::Null),
        (Field::Absent, Field::Absent),
    ] {
        assert_eq!(User { languages, ..User::default() }.language(), expected);
    }
}

#[test]
fn phones_are_found_by_their_type() {
    let untyped = Phone { number: "3".into(), ..Phone::default() };
    let number = |phone: Field<&Phone>| phone.and_then(|phone| phone.number.clone());
    for (phones, main, mobile) in [
        (Field::Absent, Field::Absent, Field::Absent),
        (Field::Null, Field::Null, Field::Null),
        (Field::Value(Vec::new()), Field::Absent, Field::Absent),
        (Field::Value(vec![Phone::mobile("2"), untyped.clone(), Phone::main("1")]), Field::from("1"), Field::from("2")),
        (Field::Value(vec![Phone::mobile("2"), untyped.clone()]), "3".into(), "2".into()),
        (Field::Value(vec![Phone { kind: "fax".into(), ..untyped }]), Field::Absent, Field::Absent),
    ] {
        let user = User { phones, ..User::default() };
        assert_eq!((number(user.main_phone()), number(user.mobile_phone())), (main.clone(), mobile));
        assert_eq!(user.phone_number(), main);
    }
    let mobile = User { phones: Field::Value(vec![Phone::mobile("2")]), ..User::default() };
    assert_eq!(mobile.phone_number(), "2".into());
}

#[test]
fn times_of_vendors_become_rfc_3339() {
    for (text, expected) in [
        ("2024-03-01T10:00:00.000+0000", Some("2024-03-01T10:00:00.000Z")),
        ("2024-03-01T10:00:00+0530", Some("2024-03-01T10:00:00+05:30")),
        ("2024-03-01T10:00:00-05:00", Some("2024-03-01T10:00:00-05:00")),
        ("2024-03-01T10:00:00-05", Some("2024-03-01T10:00:00-05:00")),
        ("2024-03-01T10:00:00+00:00", Some("2024-03-01T10:00:00Z")),
        ("2024-03-01T10:00:00Z", Some("2024-03-01T10:00:00Z")),
        ("2024-03-01t10:00:00z", Some("2024-03-01T10:00:00Z")),
        ("2024-03-01 10:00:00", Some("2024-03-01T10:00:00Z")),
        (" 2024-03-01T10:00:00.5 ", Some("2024-03-01T10:00:00.5Z")),
        ("0000-00-00 00:00:00", None),
        ("2024-13-01 10:00:00", None),
        ("2024-03-32 10:00:00", None),
        ("2024-03-01 24:00:00", None),
        ("2024-03-01 10:60:00", None),
        ("2024-03-01 23:59:60", Some("2024-03-01T23:59:60Z")),
        ("2024-03-01", None),
        ("2024-03-01T10:00", None),
        ("2024-03-01T10:00:00.", None),
        ("2024-03-01T10:00:00.1.2", None),
        ("2024-03-01T10:00:001", None),
        ("2024-03-01T10:00:00 UTC", None),
        ("2024-03-01T10:00:00+5", None),
        ("01.03.2024 10:00:00", None),
        ("2024-03-0\u{e9}T10:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ] {
        assert_eq!(DateTime(text.to_owned()).rfc3339().as_deref(), expected, "{text:?}");
    }
}

#[test]
fn an_answer_of_nothing_is_no_user_and_one_that_tells_nobody_is_a_failure() {
    for (status, body) in [(204, ""), (200, ""), (201, " \r\n")] {
        let vendor = mock().on(post("/users").answers_bytes(status, body));
        assert_eq!(vendor.call().post("/users").primary().send().unwrap().user::<Person>(), Ok(None));
        let vendor = mock().on(post("/users").answers_bytes(status, body));
        assert!(vendor.call().post("/users").primary().send().unwrap().record::<Person>().is_err());
    }
    for (body, kind) in [
        ("{\"id\": \"\"}", FailureKind::Internal),
        ("{\"message\": \"done\"}", FailureKind::Internal),
        ("null", FailureKind::Internal),
        ("{\"success\": false}", FailureKind::Refused),
        ("{\"errors\": [{\"message\": \"no\"}]}", FailureKind::Refused),
    ] {
        let vendor = mock().on(post("/users").answers_bytes(200, body));
        let error = vendor.call().post("/users").primary().send().unwrap().user::<Person>().unwrap_err();
        assert_eq!(error.kind(), kind, "{body}");
        assert!(kind == FailureKind::Refused || error.message().starts_with("the write is done"), "{error}");
    }
}

#[test]
fn a_page_for_people_is_no_answer_whether_or_not_one_is_wanted() {
    for vendor in [mock(), mock().without_user()] {
        let vendor = vendor.on(post("/users").answers_bytes(200, "<!doctype html><title>Sign in</title>"));
        let error = vendor.call().post("/users").primary().send().err().unwrap();
        assert!(
            error.kind() == FailureKind::Internal && error.message().starts_with("the outcome is unknown"),
            "{error}"
        );
    }
}

#[test]
fn a_header_tells_how_many_pages_there_are_and_without_it_a_full_page_is_followed() {
    for (number, pages, next) in [
        ("1", Some("3"), Some("2")),
        ("2", Some("3"), Some("3")),
        ("3", Some("3"), None),
        ("4", Some("3"), None),
        ("1", Some("0"), None),
        ("1", Some("many"), Some("2")),
        ("1", None, Some("2")),
    ] {
        let asked = pages.map_or(get("/users"), |pages| get("/users").header("x-pages", pages));
        let vendor = mock().on(asked.answers(200, json!([{"id": 7}])));
        let call = vendor.call();
        let rows = call.get("/users").send().unwrap().users::<Person>().unwrap();
        let pages = rows.header_number("x-pages");
        let listed = rows.next_number(&page(1).at(number), pages).unwrap();
        assert_eq!(listed.next.as_deref(), next, "{number} of {pages:?}");
    }
    let vendor = mock().on(get("/users").answers(200, json!([{"id": 7}])));
    let call = vendor.call();
    let rows = call.get("/users").send().unwrap().users::<Person>().unwrap();
    assert_eq!(rows.next_number(&page(2), None).unwrap().next, None, "a page that is not full");
}

#[test]
fn a_page_of_skipped_rows_goes_on_by_the_number_of_all_or_else_if_it_is_full() {
    for (size, total, next) in [
        (2, Some(7), Some("6")),
        (2, Some(6), None),
        (3, Some(7), Some("6")),
        (2, None, Some("6")),
        (1, None, Some("6")),
        (3, None, None),
    ] {
        let vendor = mock().on(get("/users").answers(200, json!([{"id": 7}, {"id": 8}])));
        let call = vendor.call();
        let rows = call.get("/users").send().unwrap().users::<Person>().unwrap();
        let listed = rows.next_offset(&page(size).at("4"), total).unwrap();
        assert_eq!(listed.next.as_deref(), next, "{size}, {total:?}");
    }
}

#[test]
fn a_cursor_that_is_no_number_is_no_cursor() {
    for cursor in ["", "abc", "-1", "1.5"] {
        assert_eq!(page(1).at(cursor).number(), Err(Error::invalid_cursor()), "{cursor}");
        assert_eq!(page(1).at(cursor).offset(), Err(Error::invalid_cursor()), "{cursor}");
    }
}

#[test]
fn a_page_tells_its_bounds_its_activity_and_its_direction() {
    let asked = page(1).by("created_at[gt]", "2024-01-01T00:00:00Z").by("created_at[lt]", "2025-01-01T00:00:00Z");
    assert_eq!((asked.since("created_at"), asked.since("updated_at")), (Some("2024-01-01T00:00:00Z"), None));
    assert_eq!(page(1).by("updated_at[gte]", "2024").since("updated_at"), Some("2024"));
    assert_eq!(asked.is_active(), None);
    for (value, is_active) in [("true", true), ("false", false)] {
        assert_eq!(page(1).by("is_active", value).is_active(), Some(is_active));
    }
    for (descending, direction) in [(false, "asc"), (true, "desc")] {
        assert_eq!(page(1).sorted("name", descending).sort().unwrap().direction(), direction);
    }
}

#[test]
fn a_license_is_one_of_those_that_the_vendor_knows() {
    let known = [("full_time", false), ("occasional", true)];
    let user = |licenses: Value| serde_json::from_value::<User>(json!({"licenses": licenses})).unwrap();
    assert_eq!(User::default().license_of(&known), Ok(Field::Absent));
    assert_eq!(user(json!([])).license_of(&known), Ok(Field::Absent));
    for (license, expected) in
        [(json!({"id": "occasional", "name": "Occasional"}), true), (json!({"name": "full_time"}), false)]
    {
        assert_eq!(user(json!([license])).license_of(&known), Ok(Field::Value(expected)));
    }
    for (licenses, field, message) in [
        (json!(null), "licenses", "the vendor cannot clear this"),
        (json!([{"id": "trial"}]), "licenses[0]", "must be `full_time` or `occasional`"),
        (json!([{}]), "licenses[0]", "must be `full_time` or `occasional`"),
        (json!([{"id": "occasional"}, {"id": "full_time"}]), "licenses[1]", "the vendor takes one entry"),
    ] {
        let error = user(licenses).license_of(&known).unwrap_err();
        assert_eq!((error.kind(), error.field(), error.message()), (FailureKind::InvalidInput, Some(field), message));
    }
}

#[test]
fn identifiers_in_a_list_are_numbers_or_the_callers_mistake() {
    let ids = |ids: &[&str]| Field::Value(ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
    assert_eq!(numeric_ids(ids(&["7", "0"]), "groups"), Ok(Field::Value(vec![7, 0])));
    assert_eq!(numeric_ids(Field::Null, "groups"), Ok(Field::Null));
    for wrong in ["", "07", "-1", "seven", "99999999999999999999"] {
        let error = numeric_ids(ids(&["7", wrong]), "groups").unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups[1]")), "{wrong}");
    }
}
