//! The lists of the unified API's reference for each integration (`tests/reference/<category>.json`), for comparison
//! with the integrations' declarations.
//!
//! For ticketing's update, user-directory's update and part of ticketing's create, the reference names the integrations
//! that support a field. For the rest of ticketing's create, and for crm, it gives numbers
//! (`tests/reference/counts.json`), and the names are inferred from older pages and from the vendors' APIs. The
//! reference does not say whether a field can be written or is only answered. So an integration may declare a level of
//! `supported` as writable or as ignored. Every other level is exact; the levels of ticketing and crm come from the
//! vendors' facts.

use std::collections::{BTreeMap, BTreeSet};

use mortise::plugin::Capabilities;
use mortise::plugin::capabilities::FieldSupport;
use mortise_model::{Category, Level, Operation};
use serde::Deserialize;

/// One category: operation, then slug.
type Table = BTreeMap<Operation, BTreeMap<String, Row>>;

/// The list of one integration for one operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    query: BTreeMap<String, Listed>,
    request: BTreeMap<String, Listed>,
    /// Closed sets of values, by field of the request.
    #[serde(default)]
    values: BTreeMap<String, BTreeSet<String>>,
    response: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Listed {
    Required,
    Writable,
    Ignored,
    Supported,
}

impl Listed {
    fn is(self, level: Level) -> bool {
        match self {
            Self::Required => level == Level::Required,
            Self::Writable => level == Level::Writable,
            Self::Ignored => level == Level::Ignored,
            Self::Supported => level != Level::Required,
        }
    }
}

/// The numbers of a page for a field: how many integrations support it, and how many of these require it.
type Counts = BTreeMap<Category, BTreeMap<Operation, BTreeMap<String, (usize, usize)>>>;

/// The tables of all categories.
pub struct Reference(BTreeMap<Category, Table>);

impl Reference {
    /// Reads the tables.
    ///
    /// # Panics
    /// If a table cannot be read.
    pub fn read() -> Self {
        let tables = [
            (Category::Ticketing, include_str!("../reference/ticketing.json")),
            (Category::UserDirectory, include_str!("../reference/user-directory.json")),
            (Category::Crm, include_str!("../reference/crm.json")),
        ];
        let table = |text| serde_json::from_str(text).expect("a table");
        Self(tables.into_iter().map(|(category, text)| (category, table(text))).collect())
    }

    /// Every listed integration.
    pub fn slugs(&self) -> BTreeSet<&str> {
        self.0.values().flat_map(BTreeMap::values).flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    /// Differences between the tables and the counts of the pages: more integrations for a field than the page counts,
    /// or another number of integrations that require it.
    ///
    /// # Panics
    /// If the counts cannot be read.
    pub fn miscounted(&self) -> Vec<String> {
        let counts: Counts = serde_json::from_str(include_str!("../reference/counts.json")).expect("counts");
        let mut found = Vec::new();
        for (category, operation, field, (all, required)) in counts.into_iter().flat_map(|(category, operations)| {
            let fields =
                operations.into_iter().flat_map(|(operation, fields)| fields.into_iter().map(move |f| (operation, f)));
            fields.map(move |(operation, (field, counts))| (category, operation, field, counts)).collect::<Vec<_>>()
        }) {
            let rows =
                self.0.get(&category).and_then(|table| table.get(&operation)).into_iter().flat_map(BTreeMap::values);
            let listed: Vec<_> = rows.filter_map(|row| row.request.get(&field)).collect();
            let insist = listed.iter().filter(|listed| matches!(listed, Listed::Required)).count();
            if listed.len() > all || insist != required {
                let named = listed.len();
                found.push(format!(
                    "{category} {operation}: `{field}` is counted {all}, {required} required; named {named}, {insist}"
                ));
            }
        }
        found
    }

    /// Differences between a declaration and the list, one in each line: category, operation and field, and both
    /// levels.
    pub fn differences(&self, declared: &Capabilities) -> Vec<String> {
        let mut found = Vec::new();
        for (category, table) in &self.0 {
            for (operation, rows) in table {
                let Some(row) = rows.get(&declared.slug) else { continue };
                let place = format!("{category} {operation}");
                match declared.operation(*category, *operation) {
                    Some(support) => {
                        compare(&format!("{place}, query"), &row.query, &support.query, &mut found);
                        compare(&place, &row.request, &support.request, &mut found);
                        row.compare_values(&place, &support.request, &mut found);
                        let answered: BTreeSet<_> = support.response.iter().cloned().collect();
                        let missing = row.response.difference(&answered);
                        found
                            .extend(missing.map(|field| format!("{place}, answer: `{field}` is listed, not declared")));
                    }
                    None => found.push(format!("{place}: listed, not offered")),
                }
            }
        }
        found
    }
}

impl Row {
    fn compare_values(&self, place: &str, declared: &[FieldSupport], found: &mut Vec<String>) {
        for (name, values) in &self.values {
            let declared =
                declared.iter().find(|field| field.field == *name).into_iter().flat_map(|field| &field.values);
            let declared: BTreeSet<_> = declared.cloned().collect();
            if declared != *values {
                found.push(format!("{place}: `{name}` takes {values:?} as listed, {declared:?} as declared"));
            }
        }
    }
}

fn compare(place: &str, listed: &BTreeMap<String, Listed>, declared: &[FieldSupport], found: &mut Vec<String>) {
    let declared: BTreeMap<_, _> = declared.iter().map(|field| (field.field.as_str(), field.level)).collect();
    for (name, listed) in listed {
        match declared.get(name.as_str()) {
            Some(level) if listed.is(*level) => {}
            Some(level) => found.push(format!("{place}: `{name}` is {listed:?} as listed, {level:?} as declared")),
            None => found.push(format!("{place}: `{name}` is {listed:?} as listed, not declared")),
        }
    }
    let beyond = declared.iter().filter(|(name, level)| **level == Level::Required && !listed.contains_key(**name));
    found.extend(beyond.map(|(name, _)| format!("{place}: `{name}` is declared as required, not listed")));
}
