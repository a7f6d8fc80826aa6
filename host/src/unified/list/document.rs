//! The page in the form that its caller gets.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::unified::respond::Document;

/// `{"result": […], "next_cursor": …, "prev_cursor": null, "result_count": …}`.
pub(super) struct PageDocument<'a> {
    pub(super) rows: Vec<Document<'a>>,
    /// The names of the members of `result`, if it is an object instead of an array.
    pub(super) keys: Option<Vec<String>>,
    pub(super) next_cursor: Option<String>,
    /// Whether rows have fewer fields than a single read.
    pub(super) is_partial: bool,
}

impl Serialize for PageDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut page = serializer.serialize_map(None)?;
        page.serialize_entry("result", &Rows(&self.rows, self.keys.as_deref()))?;
        page.serialize_entry("next_cursor", &self.next_cursor)?;
        page.serialize_entry("prev_cursor", &())?;
        page.serialize_entry("result_count", &self.rows.len())?;
        if self.is_partial {
            page.serialize_entry("is_partial_response", &true)?;
        }
        page.end()
    }
}

struct Rows<'a>(&'a [Document<'a>], Option<&'a [String]>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1 {
            None => {
                let mut rows = serializer.serialize_seq(Some(self.0.len()))?;
                self.0.iter().try_for_each(|row| rows.serialize_element(row))?;
                rows.end()
            }
            Some(keys) => {
                let mut rows = serializer.serialize_map(Some(self.0.len()))?;
                keys.iter().zip(self.0).try_for_each(|(key, row)| rows.serialize_entry(key, row))?;
                rows.end()
            }
        }
    }
}

/// Whether all keys differ.
pub(super) fn are_distinct(keys: &[String]) -> bool {
    let mut seen = BTreeSet::new();
    keys.iter().all(|key| seen.insert(key))
}
