//! The mapping helpers, tested with the table of cases that the SDKs of all languages share.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::rc::Rc;

use mortise_sdk::{
    Answer, Call, Category, DateTime, Error, FailureKind, Field, FieldExt, Flag, Id, ListExt, Millis, Outgoing, Phone,
    Result, Role, Roles, Text, Transport, User, UserExt, numeric_id,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Every case by the name of its function. A missing member of a case means: not given, or not expected.
const CASES: &str = include_str!("../cases/mapping.json");

/// Takes the place of a host in a call.
struct Quiet {
    wants_user: bool,
    logs: Rc<RefCell<Vec<String>>>,
}

impl Transport for Quiet {
    fn send(&self, _request: Outgoing) -> Result<Box<dyn Answer>> {
        Err(Error::internal("there is no vendor"))
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn parameter(&self, _name: &str) -> Option<String> {
        None
    }

    fn wants_user(&self) -> bool {
        self.wants_user
    }

    fn authentication_method(&self) -> Option<String> {
        None
    }

    fn ignore(&self, _field: &str) {}

    fn log(&self, _level: &str, message: &str) {
        self.logs.borrow_mut().push(message.to_owned());
    }
}

/// A member of a case: a value of a vendor's answer, in which `null` means no value.
fn told<T: DeserializeOwned>(case: &Value, name: &str) -> T {
    serde_json::from_value(case[name].clone()).unwrap_or_else(|error| panic!("{error} in {case}"))
}

/// A member of a case: a field of a request.
fn given<T: DeserializeOwned>(case: &Value, name: &str) -> Field<T> {
    match case.get(name) {
        None => Field::Absent,
        Some(Value::Null) => Field::Null,
        Some(_) => Field::Value(told(case, name)),
    }
}

/// The result of a function; `None` if it is absent.
fn outcome<T: Serialize>(field: Field<T>) -> Option<Value> {
    match field {
        Field::Absent => None,
        Field::Null => Some(Value::Null),
        Field::Value(value) => Some(serde_json::to_value(value).expect("JSON")),
    }
}

fn failure(case: &Value) -> Error {
    let kind = case["kind"].as_str().and_then(FailureKind::named).expect("a kind");
    let error = Error::new(kind, case["message"].as_str().unwrap_or_default());
    case["field"].as_str().map_or(error.clone(), |field| error.at(field))
}

/// The value that a function read, or its failure.
fn read<T: DeserializeOwned>(case: &Value) -> Result<T> {
    match case["read"].get("kind") {
        Some(_) => Err(failure(&case["read"])),
        None => Ok(told(case, "read")),
    }
}

fn names(user: &User) -> Value {
    let (first, last) = user.names();
    let parts = [("first", first), ("last", last)];
    let given = parts.into_iter().filter_map(|(part, name)| Some((part.to_owned(), outcome(name)?)));
    Value::Object(given.collect::<Map<_, _>>())
}

fn run(name: &str, case: &Value, call: &Call) -> Result<Option<Value>> {
    let user: User = serde_json::from_value(case.get("user").cloned().unwrap_or(json!({}))).expect("a user");
    let (field, value) = (case["field"].as_str().unwrap_or_default(), given::<Value>(case, "value"));
    Ok(match name {
        "primary_email" => outcome(user.primary_email()),
        "other_emails" => outcome(user.other_emails()),
        "names" => Some(names(&user)),
        "full_name" => outcome(user.full_name()),
        "required" => Some(value.required(field)?),
        "not_null" => outcome(value.not_null(field)?),
        "or_empty" if case["empty"].is_array() => outcome(given::<Vec<Value>>(case, "value").or_empty()),
        "or_empty" => outcome(given::<String>(case, "value").or_empty()),
        "single" => outcome(given::<Vec<Value>>(case, "value").single(field)?),
        "role_words" => outcome(user.role_words()?),
        "roles" => outcome::<Vec<Role>>(told::<Roles>(case, "value").into()),
        "roles_by_id" => outcome(told::<Roles>(case, "value").by_id()),
        "main_phone" => outcome(user.main_phone()),
        "mobile_phone" => outcome(user.mobile_phone()),
        "main_and_mobile" => outcome(Phone::main_and_mobile(told::<Text>(case, "main"), told::<Text>(case, "mobile"))),
        "identifier" => outcome::<String>(told::<Option<Id>>(case, "value").into()),
        "numeric_id" => Some(json!(numeric_id(case["id"].as_str().expect("a text"))?)),
        "text" => outcome::<String>(told::<Text>(case, "value").into()),
        "flag" => told::<Option<Flag>>(case, "value").map(|flag| json!(flag)),
        "millis" => told::<Option<Millis>>(case, "value").and_then(Millis::rfc3339).map(Value::String),
        "date_time" => told::<Option<DateTime>>(case, "value").and_then(DateTime::rfc3339).map(Value::String),
        "read_back" => call.read_back(|| read(case)),
        "read_back_user" => {
            let id = case["id"].as_str().expect("a text");
            Some(serde_json::to_value(call.read_back_user(id, || read::<User>(case))).expect("JSON"))
        }
        "after" => return Err(failure(&case["failure"]).after(case["done"].as_str().expect("a text"))),
        _ => panic!("nobody runs {name}"),
    })
}

/// The result of a case, in the form that the table has.
fn shown(outcome: Result<Option<Value>>) -> Value {
    match outcome {
        Ok(None) => json!({}),
        Ok(Some(gives)) => json!({ "gives": gives }),
        Err(error) => {
            let mut fails = json!({ "kind": error.kind().as_str(), "message": error.message() });
            if let Some(field) = error.field() {
                fails["field"] = json!(field);
            }
            json!({ "fails": fails })
        }
    }
}

#[test]
fn mappings_do_what_the_table_of_all_languages_says() {
    let cases: Map<String, Value> = serde_json::from_str(CASES).expect("a table");
    for (name, case) in
        cases.iter().flat_map(|(name, cases)| cases.as_array().expect("cases").iter().map(move |case| (name, case)))
    {
        let logs = Rc::<RefCell<Vec<String>>>::default();
        let wants_user = case["wants_user"] != json!(false);
        let call = Call::new(Category::Crm, Box::new(Quiet { wants_user, logs: Rc::clone(&logs) }));
        let mut expected = case.clone();
        expected.as_object_mut().expect("a case").retain(|member, _| member == "gives" || member == "fails");
        assert_eq!(shown(run(name, case, &call)), expected, "{name} {case}");
        assert_eq!(json!(*logs.borrow()), case.get("logs").cloned().unwrap_or(json!([])), "{name} {case}");
    }
}
