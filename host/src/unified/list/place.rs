//! Finds each row's own text in the vendor's answer by its JSON pointer, in one pass over the answer.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::page::NotAPage;

/// Most tokens of a pointer.
const MAX_DEPTH: usize = 16;

/// Cuts the text at each pointer out of `body`. An empty pointer gives `None`: the answer has no text of its own for
/// that row.
///
/// # Errors
/// If the body is not JSON, if a pointer is malformed or finds nothing, or if two pointers find the same text or one
/// text is inside another.
pub(super) fn cut(body: &[u8], pointers: &[&str]) -> Result<Vec<Option<Box<RawValue>>>, NotAPage> {
    let mut tree = Place::default();
    for (row, pointer) in pointers.iter().enumerate().filter(|(_, pointer)| !pointer.is_empty()) {
        tree.put(row, pointer)?;
    }
    let mut texts = vec![None; pointers.len()];
    if tree.inner.is_empty() {
        return Ok(texts);
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let mut json = serde_json::Deserializer::from_slice(body);
    Seed { place: &tree, texts: &mut texts }.deserialize(&mut json).map_err(|_| NotAPage::NoJson)?;
    let missing = pointers.iter().zip(&texts).find(|(pointer, text)| !pointer.is_empty() && text.is_none());
    match missing {
        Some((pointer, _)) => Err(NotAPage::Nowhere(super::page::shown(pointer))),
        None => Ok(texts),
    }
}

/// A place in the answer: that of a row, or one on the path to rows.
#[derive(Default)]
struct Place {
    row: Option<usize>,
    inner: BTreeMap<String, Place>,
}

impl Place {
    fn put(&mut self, row: usize, pointer: &str) -> Result<(), NotAPage> {
        let malformed = || NotAPage::NoPointer(super::page::shown(pointer));
        let tokens = pointer.strip_prefix('/').ok_or_else(malformed)?;
        let mut place = self;
        for (depth, token) in tokens.split('/').enumerate() {
            if depth == MAX_DEPTH {
                return Err(malformed());
            }
            if place.row.is_some() {
                return Err(NotAPage::SamePlace(super::page::shown(pointer)));
            }
            place = place.inner.entry(unescaped(token)).or_default();
        }
        if place.row.is_some() || !place.inner.is_empty() {
            return Err(NotAPage::SamePlace(super::page::shown(pointer)));
        }
        place.row = Some(row);
        Ok(())
    }
}

/// A token of a pointer as it appears in the document (RFC 6901 §4).
fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// Reads a value that contains rows.
struct Seed<'a> {
    place: &'a Place,
    texts: &'a mut Vec<Option<Box<RawValue>>>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.place.row {
            None => deserializer.deserialize_any(self),
            Some(row) => {
                let text = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
                if let Some(place) = self.texts.get_mut(row) {
                    *place = Some(text.to_owned());
                }
                Ok(())
            }
        }
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<std::borrow::Cow<'de, str>>()? {
            match self.place.inner.get(&*name) {
                Some(place) => members.next_value_seed(Seed { place, texts: self.texts })?,
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0_usize.. {
            let more = match self.place.inner.get(index.to_string().as_str()) {
                Some(place) => items.next_element_seed(Seed { place, texts: self.texts })?.is_some(),
                None => items.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str, pointers: &[&str]) -> Result<Vec<Option<String>>, String> {
        let cut = cut(body.as_bytes(), pointers).map_err(|error| error.to_string())?;
        Ok(cut.into_iter().map(|text| text.map(|text| text.get().to_owned())).collect())
    }

    #[test]
    fn each_row_has_the_vendors_own_bytes() {
        let body = "\u{feff}{\"n\":1,\"data\":[ {\"id\": 1.50, \"z\":0,\"a\":1e2} ,{\"id\":12345678901234567890}],\"a/b\":{\"~\":[7]}}";
        let found = texts(body, &["/data/1", "", "/data/0", "/a~1b/~0/0"]).expect("texts");
        let expected =
            [Some("{\"id\":12345678901234567890}"), None, Some("{\"id\": 1.50, \"z\":0,\"a\":1e2}"), Some("7")];
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)));
        let edges = r#"{"edges":[{"node":{"id":1}},{"node":{"id":2}}]}"#;
        let found = texts(edges, &["/edges/0/node", "/edges/1/node"]).expect("texts");
        assert_eq!(found, [Some(r#"{"id":1}"#.to_owned()), Some(r#"{"id":2}"#.to_owned())]);
    }

    #[test]
    fn a_place_that_no_row_can_have_is_named() {
        let body = r#"{"data":[{"id":1,"of":{"id":2}},{"id":3}],"n":1}"#;
        for (pointers, named) in [
            (&["/data/2"][..], "/data/2"),
            (&["/data/x"], "/data/x"),
            (&["/n/0"], "/n/0"),
            (&["data/0"], "data/0"),
            (&["/data/0", "/data/0"], "/data/0"),
            (&["/data/0", "/data/0/of"], "/data/0/of"),
            (&["/data/0/of", "/data/0"], "/data/0"),
        ] {
            let error = texts(body, pointers).expect_err("no text");
            assert!(error.contains(&format!("`{named}`")), "{pointers:?}: {error}");
        }
        assert!(texts("<users/>", &["/data/0"]).is_err());
    }
}
