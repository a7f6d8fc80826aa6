//! A document and its operations.

use std::borrow::Cow;
use std::sync::OnceLock;

use jsonschema::Registry;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::schema::ROOT;
use super::translate::{Side, translate};
use crate::pointer::part;

/// How many references are followed from one place. A longer chain counts as a circle.
const MAX_REFERENCES: usize = 32;

/// The methods whose members are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Why a text is not a document that can be used.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// Neither JSON nor YAML.
    #[error("it is neither JSON nor YAML: {0}")]
    Text(String),
    /// Not an OpenAPI document of a known version.
    #[error(
        "it is not an OpenAPI document: it needs `openapi: 3.0.x`, `openapi: 3.1.x` or `swagger: \"2.0\"`, and `paths`"
    )]
    Kind,
    /// Its schemas refer to something that is not there.
    #[error("its references cannot be followed: {0}")]
    References(String),
}

/// The kind of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1, whose schemas are JSON Schemas.
    V31,
}

/// The document, and the two translations of its schemas.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) version: Version,
    pub(crate) root: Value,
    requests: Translation,
    responses: Translation,
}

/// One translation: the document with JSON Schemas in it, and the resolver of its references.
#[derive(Debug)]
struct Translation {
    document: Value,
    registry: OnceLock<Registry<'static>>,
}

/// One operation of the document.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    /// In small letters, as in the document.
    pub(crate) method: &'a str,
    /// The path in the document: `/users/{id}`.
    pub(crate) template: &'a str,
    /// The URL paths below which it is.
    bases: Vec<String>,
    pub(crate) item: &'a Map<String, Value>,
    pub(crate) operation: &'a Map<String, Value>,
    /// Its place in the document.
    pub(crate) pointer: String,
}

impl Document {
    pub(crate) fn read(text: &str) -> Result<Self, SpecError> {
        let root: Value = match serde_json::from_str(text) {
            Ok(root) => root,
            Err(_) => serde_saphyr::from_str(text).map_err(|error| SpecError::Text(first_line(&error.to_string())))?,
        };
        let version = |name: &str| match root.get(name) {
            Some(Value::String(version)) => version.clone(),
            // YAML without quotes.
            Some(Value::Number(version)) => version.to_string(),
            _ => String::new(),
        };
        let version = match (version("openapi"), version("swagger")) {
            (openapi, _) if openapi.starts_with("3.1") => Version::V31,
            (openapi, _) if openapi.starts_with("3.0") => Version::V30,
            (_, swagger) if swagger == "2.0" || swagger == "2" => Version::V2,
            _ => return Err(SpecError::Kind),
        };
        if !root.get("paths").is_some_and(Value::is_object) {
            return Err(SpecError::Kind);
        }
        let side = |side| Translation { document: translate(&root, version, side), registry: OnceLock::new() };
        let (requests, responses) = (side(Side::Request), side(Side::Response));
        let document = Self { version, root, requests, responses };
        document.registry(Side::Request)?;
        document.registry(Side::Response)?;
        Ok(document)
    }

    fn side(&self, side: Side) -> &Translation {
        match side {
            Side::Request => &self.requests,
            Side::Response => &self.responses,
        }
    }

    /// The resolver of references from schemas for this side.
    pub(super) fn registry(&self, side: Side) -> Result<&Registry<'static>, SpecError> {
        let Translation { document, registry } = self.side(side);
        if let Some(registry) = registry.get() {
            return Ok(registry);
        }
        let prepared = Registry::new().add(ROOT, document.clone()).and_then(jsonschema::RegistryBuilder::prepare);
        let prepared = prepared.map_err(|error| SpecError::References(error.to_string()))?;
        Ok(registry.get_or_init(|| prepared))
    }

    /// Whether there is something at a pointer, even a reference that leads nowhere.
    pub(super) fn has(&self, side: Side, pointer: &str) -> bool {
        self.side(side).document.pointer(pointer).is_some()
    }

    /// The value at a pointer in the translation for this side, with references followed.
    pub(super) fn at(&self, side: Side, pointer: &str) -> Option<&Value> {
        let document = &self.side(side).document;
        follow(document, document.pointer(pointer)?, pointer).map(|(value, _)| value)
    }

    /// A value and its place, with references followed.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value, pointer: &str) -> Option<(&'a Value, String)> {
        follow(&self.root, value, pointer)
    }

    /// All operations, in the document's order.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.root.get("paths").and_then(Value::as_object);
        paths.into_iter().flatten().flat_map(move |(template, item)| {
            let pointer = format!("/paths/{}", part(template));
            let resolved = follow(&self.root, item, &pointer);
            let item = resolved.and_then(|(item, pointer)| Some((item.as_object()?, pointer)));
            item.into_iter().flat_map(move |(item, pointer)| {
                METHODS.into_iter().filter_map(move |method| {
                    let operation = item.get(method)?.as_object()?;
                    let bases = self.bases(item, operation);
                    let pointer = format!("{pointer}/{method}");
                    Some(Operation { method, template, bases, item, operation, pointer })
                })
            })
        })
    }

    /// The URL paths below which operations are, by the servers nearest to the operation.
    fn bases(&self, item: &Map<String, Value>, operation: &Map<String, Value>) -> Vec<String> {
        if self.version == Version::V2 {
            let base = self.root.get("basePath").and_then(Value::as_str).unwrap_or_default();
            return vec![base.trim_end_matches('/').to_owned()];
        }
        let servers = operation.get("servers").or_else(|| item.get("servers")).or_else(|| self.root.get("servers"));
        let servers = servers.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let bases: Vec<_> = servers.iter().filter_map(base).collect();
        if bases.is_empty() { vec![String::new()] } else { bases }
    }
}

impl Operation<'_> {
    /// The values of the path's parameters, if this operation has that URL path.
    pub(super) fn matches(&self, path: &str) -> Option<Vec<(String, String)>> {
        self.bases.iter().find_map(|base| fit(&format!("{base}{}", self.template), path))
    }
}

/// The path of a server's URL, with the defaults of its variables.
fn base(server: &Value) -> Option<String> {
    let mut url = server.get("url")?.as_str()?.to_owned();
    for (name, variable) in server.get("variables").and_then(Value::as_object).into_iter().flatten() {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => &url,
    };
    Some(path.trim_end_matches('/').to_owned())
}

/// Compares a path with a template, segment by segment. A parameter may be a part of a segment.
fn fit(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if template.len() != path.len() {
        return None;
    }
    let mut values = Vec::new();
    for (template, segment) in template.into_iter().zip(path) {
        match template.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
            None => (decoded(template) == decoded(segment)).then_some(())?,
            Some((before, (name, after))) => {
                let value = segment.strip_prefix(before)?.strip_suffix(after).filter(|value| !value.is_empty())?;
                values.push((name.to_owned(), decoded(value).into_owned()));
            }
        }
    }
    Some(values)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Follows `$ref`s inside the document.
fn follow<'a>(root: &'a Value, value: &'a Value, pointer: &str) -> Option<(&'a Value, String)> {
    let (mut value, mut pointer) = (value, pointer.to_owned());
    for _ in 0..MAX_REFERENCES {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return Some((value, pointer)) };
        pointer = decoded(reference.strip_prefix('#')?).into_owned();
        value = root.pointer(&pointer)?;
    }
    None
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
