//! JSON Schemas of the category shapes, derived from their types.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::{
    Activity, Category, CrmRequest, CrmResponse, EmailType, Field, Status, TicketingRequest, TicketingResponse, User,
    UserDirectoryRequest, UserDirectoryResponse,
};

impl Category {
    /// The JSON Schema (draft 2020-12) of a request body: every field may be absent or `null`, and further members are
    /// allowed. It has no references, so it can stand anywhere in another document.
    pub fn request_schema(self) -> Value {
        match self {
            Self::Ticketing => request::<TicketingRequest>(),
            Self::UserDirectory => request::<UserDirectoryRequest>(),
            Self::Crm => request::<CrmRequest>(),
        }
    }

    /// The JSON Schema (draft 2020-12) of an answer, `remote_data` included. It has no references either.
    pub fn response_schema(self) -> Value {
        match self {
            Self::Ticketing => response::<TicketingResponse>(),
            Self::UserDirectory => response::<UserDirectoryResponse>(),
            Self::Crm => response::<CrmResponse>(),
        }
    }
}

impl User {
    /// The JSON Schema (draft 2020-12) of the canonical user that a plugin may answer with.
    pub fn schema() -> Value {
        generate::<Self>(Contract::Deserialize).to_value()
    }
}

fn request<T: JsonSchema>() -> Value {
    let remote_data = json!({
        "type": ["object", "null"],
        "description": "Members for the vendor's own body. They are added to it as they are and win over mapped fields.",
    });
    with_remote_data(generate::<T>(Contract::Deserialize), remote_data)
}

fn response<T: JsonSchema>() -> Value {
    let remote_data = json!({ "description": "The vendor's answer as it came." });
    with_remote_data(generate::<T>(Contract::Serialize), remote_data)
}

fn with_remote_data(mut schema: Schema, remote_data: Value) -> Value {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("remote_data".to_owned(), remote_data);
    }
    schema.to_value()
}

fn generate<T: JsonSchema>(contract: Contract) -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.contract = contract;
    });
    settings.into_generator().into_root_schema_for::<T>()
}

/// Implements [`JsonSchema`] by an expression, for types whose JSON differs from the one that a derive describes.
macro_rules! json_schema_of {
    ([$($parameter:ident)?] $type:ty, $name:literal, |$generator:pat_param| $schema:expr) => {
        impl $(<$parameter: JsonSchema>)? JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

/// The pattern of a visible character: not a blank, not a control character, and not a character that Unicode ignores
/// by default or draws as nothing. It ends with the Basic Multilingual Plane, because some readers of patterns know no
/// characters beyond. The host checks those itself.
pub const VISIBLE: &str = concat!(
    r"[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e",
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8]",
);

/// A name or an address in a request: not blank.
pub(crate) struct VisibleText;

/// Addresses in a request. Each has one that is not blank.
pub(crate) struct Addresses<T>(PhantomData<T>);

/// A time: free text in requests, RFC 3339 in answers.
pub(crate) struct DateTime;

/// An identifier, which requests may write as an integer.
pub(crate) struct Id;

/// Roles, which requests may write by their names.
pub(crate) struct Roles<T>(PhantomData<T>);

json_schema_of!([T] Field<T>, "Field", |generator| Option::<T>::json_schema(generator));
json_schema_of!([] EmailType, "EmailType", |_| words(EmailType::ALL.iter().map(|word| word.as_str())));
json_schema_of!([] Activity, "Activity", |_| words(Activity::ALL.iter().map(|word| word.as_str())));
json_schema_of!([] DateTime, "DateTime", |generator| if generator.contract().is_deserialize() {
    json_schema!({ "type": "string" })
} else {
    json_schema!({ "type": "string", "format": "date-time" })
});
json_schema_of!([] Id, "Id", |generator| if generator.contract().is_deserialize() {
    json_schema!({ "type": ["string", "integer"] })
} else {
    json_schema!({ "type": "string" })
});
json_schema_of!([] VisibleText, "VisibleText", |_| json_schema!({ "type": "string", "pattern": VISIBLE }));
json_schema_of!([T] Addresses<T>, "Addresses", |generator| {
    let mut address = generator.subschema_for::<T>();
    address.insert("required".to_owned(), json!(["email"]));
    if let Some(email) = address.pointer_mut("/properties/email").and_then(Value::as_object_mut) {
        email.extend([("type".to_owned(), json!("string")), ("pattern".to_owned(), json!(VISIBLE))]);
    }
    json_schema!({ "type": "array", "items": address })
});
json_schema_of!([] Status, "Status", |generator| if generator.contract().is_deserialize() {
    words(Status::KNOWN.iter().copied())
} else {
    json_schema!({ "type": "string", "examples": Status::KNOWN })
});
json_schema_of!([T] Roles<T>, "Roles", |generator| {
    let mut role = generator.subschema_for::<T>();
    if generator.contract().is_deserialize() {
        role.insert("type".to_owned(), json!(["string", "object"]));
        json_schema!({ "type": ["string", "array"], "items": role })
    } else {
        json_schema!({ "type": "array", "items": role })
    }
});

fn words(words: impl Iterator<Item = &'static str>) -> Schema {
    json_schema!({ "type": "string", "enum": words.collect::<Vec<_>>() })
}
