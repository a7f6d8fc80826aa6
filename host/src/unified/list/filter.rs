//! The filters of a list: read from the query, passed to the plugin, and checked again on every row.

use jiff::Timestamp;
use mortise_model::{Category, Operator, User};

use crate::call::operation;
use crate::plugin::listing::{Compared, FilterName, compared};
use crate::unified::failure::{Failure, Failures, Place};
use crate::unified::respond::is_rfc_3339;

/// One filter.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    field: String,
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Address(String),
    Flag(bool),
    Time(Timestamp),
}

impl Filter {
    /// Reads the value of a declared filter. `None` if it has another type, which is then one of the failures.
    pub(super) fn read(category: Category, name: FilterName<'_>, value: &str, failures: &mut Failures) -> Option<Self> {
        let (value, rule) = match compared(category, name.field)? {
            Compared::Text => (Some(Value::Text(value.to_owned())), ""),
            Compared::Address => (Some(Value::Address(value.to_owned())), ""),
            Compared::Flag => (flag(value).map(Value::Flag), "must be true or false"),
            Compared::Time => {
                let time = Some(value).filter(|value| is_rfc_3339(value)).and_then(|value| value.parse().ok());
                (time.map(Value::Time), "must be a time of RFC 3339, such as `2026-01-31T09:30:00Z`")
            }
        };
        if value.is_none() {
            failures.push(Failure::new(Place::Query, name.to_string(), rule));
        }
        Some(Self { field: name.field.to_owned(), operator: name.operator, value: value? })
    }

    /// The name of its parameter.
    pub(super) fn name(&self) -> String {
        FilterName { field: &self.field, operator: self.operator }.to_string()
    }

    /// The field that it compares.
    pub(super) fn field(&self) -> &str {
        &self.field
    }

    /// Its value in one spelling: times are in UTC.
    pub(super) fn value(&self) -> String {
        match &self.value {
            Value::Text(text) | Value::Address(text) => text.clone(),
            Value::Flag(flag) => flag.to_string(),
            Value::Time(time) => time.to_string(),
        }
    }

    /// The filter in the form for the plugin.
    pub(super) fn told(&self) -> operation::Filter {
        let operator = self.operator.as_str().to_owned();
        operation::Filter { field: self.field.clone(), operator, value: self.value() }
    }

    /// Whether a user passes. A user whose field is unknown passes, because only the vendor knows the value.
    pub(super) fn admits(&self, user: &User) -> bool {
        match &self.value {
            Value::Text(wanted) => self.text(user).is_none_or(|text| text == wanted),
            Value::Address(wanted) => user.emails.value().is_none_or(|emails| {
                emails.iter().filter_map(|email| email.email.value()).any(|email| email.eq_ignore_ascii_case(wanted))
            }),
            Value::Flag(wanted) => user.is_active().value().is_none_or(|is_active| is_active == wanted),
            Value::Time(bound) => {
                let time = if self.field == "created_at" { &user.created_at } else { &user.updated_at };
                time.value().and_then(|time| time.parse::<Timestamp>().ok()).is_none_or(|time| match self.operator {
                    Operator::Eq => time == *bound,
                    Operator::Gt => time > *bound,
                    Operator::Gte => time >= *bound,
                    Operator::Lt => time < *bound,
                    Operator::Lte => time <= *bound,
                })
            }
        }
    }

    fn text<'u>(&self, user: &'u User) -> Option<&'u str> {
        let field = match self.field.as_str() {
            "name" => &user.name,
            "first_name" => &user.first_name,
            "last_name" => &user.last_name,
            "username" => &user.username,
            "external_id" => &user.external_id,
            "user_type" => &user.user_type,
            "status" => return user.status.value().map(|status| status.as_str()),
            _ => return None,
        };
        field.value().map(String::as_str)
    }
}

/// Python writes `True`.
fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        _ => None,
    }
}
