//! An operation's requests and answers in the document, in any version.

use std::collections::HashMap;

use http::StatusCode;
use serde_json::{Map, Value};

use super::document::{Document, Operation, Version};
use crate::pointer::part;

/// Where a request has a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Form,
    Body,
}

impl Place {
    /// The place of a parameter; `None` for parameters that are not checked.
    pub(crate) fn of(parameter: &Value) -> Option<Self> {
        match parameter.get("in")?.as_str()? {
            "path" => Some(Self::Path),
            "query" => Some(Self::Query),
            "header" => Some(Self::Header),
            "formData" => Some(Self::Form),
            "body" => Some(Self::Body),
            _ => None,
        }
    }
}

impl<'a> Operation<'a> {
    /// The parameters, each with its pointer. Those of the operation replace those of the path.
    pub(crate) fn parameters(&self, document: &'a Document) -> Vec<(&'a Value, String)> {
        let item_pointer = self.pointer.rsplit_once('/').map(|(item, _)| item).unwrap_or_default();
        let mut found: Vec<(&Value, String)> = Vec::new();
        let mut places = HashMap::new();
        for (members, pointer) in [(self.item, item_pointer), (self.operation, self.pointer.as_str())] {
            let list = members.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            for (index, parameter) in list.iter().enumerate() {
                let resolved = document.resolve(parameter, &format!("{pointer}/parameters/{index}"));
                let Some((parameter, pointer)) = resolved else { continue };
                let place = *places.entry((name(parameter), parameter.get("in"))).or_insert(found.len());
                match found.get_mut(place) {
                    Some(known) => *known = (parameter, pointer),
                    None => found.push((parameter, pointer)),
                }
            }
        }
        found
    }

    /// The body of a request, with its pointer. In Swagger 2.0 it is the parameter of that kind.
    pub(crate) fn request_body(&self, document: &'a Document) -> Option<(&'a Value, String)> {
        if document.version == Version::V2 {
            let mut parameters = self.parameters(document).into_iter();
            return parameters.find(|(parameter, _)| Place::of(parameter) == Some(Place::Body));
        }
        let body = self.operation.get("requestBody")?;
        document.resolve(body, &format!("{}/requestBody", self.pointer))
    }

    /// The answers by their keys: statuses, `4XX`, `default`.
    pub(crate) fn responses(&self, document: &'a Document) -> impl Iterator<Item = (&'a str, &'a Value, String)> {
        let responses = self.operation.get("responses").and_then(Value::as_object);
        let pointer = format!("{}/responses", self.pointer);
        responses.into_iter().flatten().filter_map(move |(key, response)| {
            let (response, pointer) = document.resolve(response, &format!("{pointer}/{}", part(key)))?;
            Some((key.as_str(), response, pointer))
        })
    }

    /// The declared answer for a status: by number, by class, by default.
    pub(super) fn response(&self, document: &'a Document, status: StatusCode) -> Option<(&'a Value, String)> {
        let class = format!("{}xx", status.as_u16() / 100);
        let wanted = [status.as_u16().to_string(), class, "default".to_owned()];
        wanted.iter().find_map(|wanted| {
            let mut responses = self.responses(document);
            responses
                .find(|(key, ..)| key.eq_ignore_ascii_case(wanted))
                .map(|(_, response, pointer)| (response, pointer))
        })
    }
}

/// The name of a parameter.
pub(crate) fn name(parameter: &Value) -> &str {
    parameter.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// The entry of a `content` for a media type: the type itself, its range, everything.
pub(crate) fn media_type<'a>(content: &'a Map<String, Value>, kind: &str) -> Option<&'a str> {
    let essence = |kind: &str| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = essence(kind);
    let range = kind.split_once('/').map(|(major, _)| format!("{major}/*")).unwrap_or_default();
    let wanted = [kind, range, "*/*".to_owned()];
    wanted.iter().find_map(|wanted| content.keys().find(|key| essence(key) == *wanted)).map(String::as_str)
}
