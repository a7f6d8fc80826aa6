//! Reads the body of a unified call strictly: it must be one JSON object.

use std::fmt::{self, Write as _};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::failure::{Failure, Failures, Place, cut};

/// Larger integers do not keep their exact value.
const LARGEST: f64 = u64::MAX as f64;
/// Fields of an ordinary body. The reader reserves room for them.
const FIELDS: usize = 8;
/// Bytes of the longest path in an ordinary body. The reader reserves room for it.
const PATH: usize = 64;
const NOT_AN_OBJECT: &str = "must be a JSON object";

/// A caller's document.
#[derive(Debug)]
pub struct Body {
    /// The fields, without `remote_data`.
    pub document: Map<String, Value>,
    /// `remote_data` exactly as the caller wrote it: the text of numbers, the order of keys and the spaces stay.
    pub remote_data: Option<Box<RawValue>>,
}

/// Why a body is not usable.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The content type names something other than JSON (415).
    #[error("send the body as application/json")]
    MediaType,
    /// The body is not a JSON object, or two readers could understand it differently (400).
    #[error("the body is not a usable JSON object")]
    Invalid(Failures),
}

/// Reads a body. `application/json`, `application/*+json`, `text/plain` and a missing content type all mean JSON.
///
/// Skips a byte order mark. A key that comes twice in one object, at any depth and also in `remote_data`, is a
/// violation, because two readers could understand the document differently. So are numbers that lose their exact
/// value, and nesting of more than 127 levels.
///
/// # Errors
///
/// [`BodyError::MediaType`] for another content type, [`BodyError::Invalid`] with every violation found.
pub fn read(content_type: Option<&str>, bytes: &[u8]) -> Result<Body, BodyError> {
    let mut reader = Reader { path: String::with_capacity(PATH), ..Reader::default() };
    let body = parse(content_type, bytes, Root(&mut reader))?;
    reader.finish(body)
}

/// Reads a body like [`read`], but treats `remote_data` as an ordinary field.
///
/// # Errors
///
/// As [`read`].
pub fn object(content_type: Option<&str>, bytes: &[u8]) -> Result<Map<String, Value>, BodyError> {
    let mut reader = Reader::default();
    let value = parse(content_type, bytes, Strict(&mut reader))?;
    match reader.finish(value)? {
        Value::Object(object) => Ok(object),
        _ => Err(BodyError::Invalid(Failure::new(Place::Body, "", NOT_AN_OBJECT).into())),
    }
}

fn parse<'t, S: DeserializeSeed<'t>>(
    content_type: Option<&str>,
    bytes: &'t [u8],
    seed: S,
) -> Result<S::Value, BodyError> {
    if !content_type.is_none_or(means_json) {
        return Err(BodyError::MediaType);
    }
    let invalid = |rule: &str| BodyError::Invalid(Failure::new(Place::Body, "", rule).into());
    let text = std::str::from_utf8(bytes).map_err(|_| invalid("must be UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii();
    if !text.starts_with('{') {
        return Err(invalid(NOT_AN_OBJECT));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let read = seed.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    read.map_err(|error| invalid(&syntax(&error)))
}

/// Whether the host reads a content type as JSON.
fn means_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if ["", "application/json", "text/json", "text/plain"].iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return true;
    }
    let essence = essence.to_ascii_lowercase();
    essence.starts_with("application/") && essence.ends_with("+json")
}

/// The parser's own text contains no value of the document, except for errors of category `Data`.
fn syntax(error: &serde_json::Error) -> String {
    if error.is_data() { NOT_AN_OBJECT.to_owned() } else { format!("is not valid JSON: {error}") }
}

#[derive(Default)]
struct Reader {
    path: String,
    /// Whether numbers keep their text, because the document is passed on as text.
    verbatim: bool,
    failures: Failures,
}

impl Reader {
    fn finish<T>(self, value: T) -> Result<T, BodyError> {
        if self.failures.is_empty() { Ok(value) } else { Err(BodyError::Invalid(self.failures)) }
    }

    fn fail(&mut self, rule: &str) {
        self.failures.push(Failure::new(Place::Body, self.path.as_str(), rule));
    }

    /// Runs `inner` one step deeper in the document.
    fn within<T>(&mut self, step: impl FnOnce(&mut String), inner: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        // The answer cuts deep paths, and building them must not cost more than reading the document.
        if length < 256 {
            step(&mut self.path);
        }
        let result = inner(self);
        cut(&mut self.path, length);
        result
    }

    fn within_key<T>(&mut self, key: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.within(
            |path| {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            },
            inner,
        )
    }
}

struct Root<'r>(&'r mut Reader);

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = Body;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let reader = self.0;
        let mut body = Body { document: Map::with_capacity(FIELDS), remote_data: None };
        let mut seen_remote_data = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "remote_data" {
                let raw = map.next_value::<Box<RawValue>>()?;
                reader.within_key(&key, |reader| {
                    if std::mem::replace(&mut seen_remote_data, true) {
                        reader.fail("is given twice");
                    }
                    body.remote_data = remote_data(reader, raw);
                });
                continue;
            }
            let value = reader.within_key(&key, |reader| {
                if body.document.contains_key(&key) {
                    reader.fail("is given twice");
                }
                map.next_value_seed(Strict(reader))
            })?;
            body.document.insert(key, value);
        }
        Ok(body)
    }
}

/// `null` means no data.
fn remote_data(reader: &mut Reader, raw: Box<RawValue>) -> Option<Box<RawValue>> {
    match raw.get().as_bytes().first() {
        Some(b'{') => {}
        Some(b'n') => return None,
        _ => {
            reader.fail("must be an object");
            return None;
        }
    }
    reader.verbatim = true;
    let mut json = serde_json::Deserializer::from_str(raw.get());
    if let Err(error) = Strict(reader).deserialize(&mut json) {
        reader.fail(&format!("is not usable JSON: {error}"));
    }
    reader.verbatim = false;
    Some(raw)
}

/// Builds a value, and collects every violation on the way.
struct Strict<'r>(&'r mut Reader);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        if !self.0.verbatim && value.abs() >= LARGEST {
            self.0.fail("is a number that is too large");
        }
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let index = items.len();
            let step = |path: &mut String| {
                // Writing to a string cannot fail.
                let _ = write!(path, "[{index}]");
            };
            match self.0.within(step, |reader| seq.next_element_seed(Strict(reader)))? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = self.0.within_key(&key, |reader| {
                if object.contains_key(&key) {
                    reader.fail("is given twice");
                }
                map.next_value_seed(Strict(reader))
            })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
