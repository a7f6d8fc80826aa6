//! An answer of the unified API as a cassette has it.

use http::StatusCode;
use mortise_model::Operation;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::format::{Answer, Call};
use crate::pointer::part;

/// Places of a cursor of the host in answers: in a page, in a page of the format `debug`, and in an error.
const CURSORS: [&str; 3] = ["/next_cursor", "/result/next_cursor", "/details/next_cursor"];
/// The placeholder of a cursor, which is another one each time.
const CURSOR: &str = "<cursor>";

/// The member with the vendor's own text of a user.
const REMOTE_DATA: &str = "remote_data";
/// Members with the vendor's own words, which the exchanges contain.
const OF_THE_VENDOR: [&str; 3] = [REMOTE_DATA, "raw_response", "truto_error_insight"];

impl Answer {
    /// An answer to a call, with a placeholder for its cursor, and that cursor. `ignored_fields` is the value of the
    /// header `mortise-ignored-fields`.
    pub fn of(call: &Call, status: StatusCode, ignored_fields: &str, body: &[u8]) -> (Self, Option<String>) {
        let names = ignored_fields.split(", ").filter(|name| !name.is_empty());
        let ignored_fields = names.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned()).collect();
        let mut body = match body {
            [] => Value::Null,
            body => serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body))),
        };
        let mut next = None;
        if call.operation == Operation::ListUsers && !call.wants_vendors_body() {
            for place in CURSORS {
                if let Some(Value::String(cursor)) = body.pointer_mut(place) {
                    next = Some(std::mem::replace(cursor, CURSOR.to_owned()));
                }
            }
        }
        (Self { status, body, ignored_fields }, next)
    }

    /// The parts of the answer that a recorded answer has.
    pub fn seen_by(mut self, recorded: &Self) -> Self {
        let is_recorded = |row: &str| recorded.body.pointer(&format!("/result/{row}/{REMOTE_DATA}")).is_some();
        self.rows(|row, members| members.retain(|name, _| name != REMOTE_DATA || is_recorded(row)));
        if let (Value::Object(got), Value::Object(expected)) = (&mut self.body, &recorded.body) {
            let is_error = recorded.status.as_u16() >= 400 && self.status == recorded.status;
            got.retain(|name, _| expected.contains_key(name) || !(is_error || name == REMOTE_DATA));
        }
        self
    }

    /// Changes the users of a page, each with its reference token (RFC 6901) in `result`, which is a list, or an object
    /// if `truto_key_by` asks for one.
    fn rows(&mut self, mut change: impl FnMut(&str, &mut Map<String, Value>)) {
        let page = self.body.as_object_mut().filter(|page| page.contains_key("next_cursor"));
        match page.and_then(|page| page.get_mut("result")) {
            Some(Value::Array(rows)) => {
                let rows = rows.iter_mut().map(Value::as_object_mut).enumerate();
                rows.for_each(|(index, row)| row.into_iter().for_each(|row| change(&index.to_string(), row)));
            }
            Some(Value::Object(rows)) => {
                let rows = rows.iter_mut().filter_map(|(key, row)| Some((key, row.as_object_mut()?)));
                rows.for_each(|(key, row)| change(&part(key), row));
            }
            _ => {}
        }
    }

    /// The answer that a cassette with this recorded answer should have instead.
    pub fn in_place_of(self, recorded: &Self) -> Self {
        let mut seen = self.seen_by(recorded).without(|name| recorded.body.get(name).is_none());
        if sorted(&seen.ignored_fields) == sorted(&recorded.ignored_fields) {
            seen.ignored_fields.clone_from(&recorded.ignored_fields);
        }
        seen
    }

    /// Without the vendor's words that nobody asked for.
    fn without(mut self, is_surplus: impl Fn(&str) -> bool) -> Self {
        if let Value::Object(members) = &mut self.body {
            members.retain(|name, _| !(OF_THE_VENDOR.contains(&name.as_str()) && is_surplus(name)));
        }
        self
    }

    /// Without any of the vendor's words.
    pub fn bare(mut self) -> Self {
        self.rows(|_, row| row.retain(|name, _| name != REMOTE_DATA));
        self.without(|_| true)
    }

    /// The form in which answers are compared.
    pub fn view(&self) -> Value {
        let Self { status, body, ignored_fields } = self;
        let mut view = Map::new();
        view.insert("status".to_owned(), StatusCode::as_u16(status).into());
        view.insert("body".to_owned(), body.clone());
        if !ignored_fields.is_empty() {
            view.insert("ignored_fields".to_owned(), json!(sorted(ignored_fields)));
        }
        view.into()
    }
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<_> = names.iter().collect();
    names.sort();
    names
}
